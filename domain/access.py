"""One click into Odoo: who may enter which tenant. Customers enter their own, staff with the customer's consent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from domain import access_tokens, audit, database, own_domains, support_visits, usage
from domain.errors import Conflict, FieldProblem, Forbidden, Invalid, NotFound
from domain.models import SupportConsent, Tenant, TenantUsage
from domain.models.base import now
from domain.states import TenantState

PATH = "/alta/enter"  # where the addon listens
STAFF_STAY = timedelta(minutes=30)  # how long one visit of staff may last: a withdrawn consent is felt by then
CONSENT_DAYS = (1, 3, 7)
NO_CONSENT = (
    "El cliente no ha dado permiso para ver lo que hay en su Odoo, o ya terminó. Puede darlo en su portal, en «Ayuda "
    "de nuestro equipo»."
)


@dataclass(frozen=True)
class Entry:
    """A form for the browser to send: `token` by POST to `url`, within `expires_in` seconds, once."""

    url: str
    token: str
    expires_in: int = access_tokens.LIFE


@dataclass(frozen=True)
class Consent:
    """Until when, and by whose word, staff may enter; `acts`: and change things in the portal."""

    ends_at: datetime
    given_by: str
    acts: bool = False


@dataclass(frozen=True)
class SupportDoor:
    """What a tenant's page shows to staff: whether they may enter now, and how much of it is used."""

    tenant_id: int
    running: bool
    consent: Consent | None
    usage: TenantUsage | None


def for_customer(customer_id: int, login: str, role: str, tenant_id: int | None = None) -> Entry:
    """The way in for one of the customer's people; without `tenant_id` their newest Odoo. Written to the audit.

    `role` is theirs at the customer: an owner enters as administrator, others as who
    they are there. Raises NotFound, Conflict where it does not run.
    """
    with database.transaction() as session:
        query = select(Tenant).where(Tenant.customer_id == customer_id)
        if tenant_id is not None:
            query = query.where(Tenant.id == tenant_id)
        else:
            query = query.where(col(Tenant.requested_at).is_not(None), col(Tenant.staging_of).is_(None))
        tenant = session.exec(query.order_by(col(Tenant.id).desc())).first()
        if tenant is None:
            raise NotFound("Todavía no tienes un Odoo.")
        _running(tenant)
        audit.record(session, actor=login, action="access.enter", target=f"tenant:{tenant.id}")
        return _entry(session, tenant, login, "owner" if role == "owner" else "member")


def for_staff(tenant_id: int, *, by: str) -> Entry:
    """The way in for support, as the tenant's administrator, while the consent lasts. Written to the audit.

    Raises NotFound, Conflict (it does not run), Forbidden (no consent).
    """
    with database.transaction() as session:
        tenant = session.get(Tenant, tenant_id)
        if tenant is None:
            raise NotFound("No existe esa instancia.")
        _running(tenant)
        consent = consented(session, tenant)
        until = int(min(consent.ends_at, now() + STAFF_STAY).timestamp())
        audit.record(
            session,
            actor=by,
            action="access.enter_staff",
            target=f"tenant:{tenant_id}",
            consent=consent.id,
            until=until,
        )
        return _entry(session, tenant, by, "staff", staff=by, until=until)


def _running(tenant: Tenant) -> None:
    if tenant.observed != TenantState.RUNNING:
        raise Conflict("Este Odoo no está en marcha ahora; no se puede entrar.", code="not_running")


def _entry(session: Session, tenant: Tenant, login: str, role: str, **more: Any) -> Entry:
    token = access_tokens.sign(tenant.subdomain, login, role, copy=tenant.staging_of is not None, **more)
    return Entry(own_domains.address(session, tenant) + PATH, token)


def consent(tenant_id: int) -> Consent | None:
    """The consent in force, if there is one."""
    with database.reading() as session:
        row = _in_force(session, tenant_id)
        return Consent(row.ends_at, row.given_by, row.acts) if row else None


def consented(session: Session, tenant: Tenant) -> SupportConsent:
    """The consent in force; a copy's is that of what it is a copy of. Raises Forbidden where there is none."""
    found = _in_force(session, tenant.staging_of or tenant.id or 0)
    if found is None:
        raise Forbidden(NO_CONSENT, code="no_consent")
    return found


def ask_consented(tenant_id: int) -> None:
    """The same, asked now. Raises NotFound, Forbidden."""
    with database.reading() as session:
        tenant = session.get(Tenant, tenant_id)
        if tenant is None:
            raise NotFound("No existe esa instancia.")
        consented(session, tenant)


def door(tenant_id: int) -> SupportDoor:
    """The door as it is now. Raises NotFound."""
    with database.reading() as session:
        tenant = session.get(Tenant, tenant_id)
        if tenant is None:
            raise NotFound("No existe esa instancia.")
        row = _in_force(session, tenant.staging_of or tenant_id)
        given = Consent(row.ends_at, row.given_by, row.acts) if row else None
        return SupportDoor(tenant_id, tenant.observed == TenantState.RUNNING, given, usage.of(session, tenant_id))


def _in_force(session: Session, tenant_id: int) -> SupportConsent | None:
    return session.exec(
        select(SupportConsent)
        .where(SupportConsent.tenant_id == tenant_id, col(SupportConsent.withdrawn_at).is_(None))
        .where(col(SupportConsent.ends_at) > now())
        .order_by(col(SupportConsent.ends_at).desc())
    ).first()


def give_consent(customer_id: int, tenant_id: int, days: int, *, by: str, acts: bool = False) -> None:
    """An owner lets staff in for `days` (one of CONSENT_DAYS), in place of what was given before. `acts`: in the portal
    they may also change things of the Odoo, not only look.

    Raises NotFound where the tenant is another's, Invalid.
    """
    if days not in CONSENT_DAYS:
        raise Invalid([FieldProblem("days", "unknown", "Elige 1, 3 o 7 días.")])
    with database.transaction() as session:
        _own(session, customer_id, tenant_id)
        if _withdraw(session, tenant_id) and not acts:
            support_visits.end_all(session, customer_id, only_acting=True)
        row = SupportConsent(tenant_id=tenant_id, given_by=by, ends_at=now() + timedelta(days=days), acts=acts)
        session.add(row)
        _tell(session, tenant_id, by, "access.consent", days=days, acts=acts)


def withdraw_consent(customer_id: int, tenant_id: int, *, by: str) -> None:
    """Ends it now: nobody of staff enters any more, and who is inside is out within STAFF_STAY. Raises NotFound."""
    with database.transaction() as session:
        _own(session, customer_id, tenant_id)
        if _withdraw(session, tenant_id):
            support_visits.end_all(session, customer_id)
            _tell(session, tenant_id, by, "access.consent_withdrawn")


def _own(session: Session, customer_id: int, tenant_id: int) -> None:
    # Locked, so that two clicks at once leave one consent.
    owned = select(Tenant).where(Tenant.id == tenant_id, Tenant.customer_id == customer_id)
    if session.exec(owned.with_for_update(key_share=True)).first() is None:
        raise NotFound("No existe esa instancia.")


def _withdraw(session: Session, tenant_id: int) -> bool:
    rows = session.exec(
        select(SupportConsent)
        .where(SupportConsent.tenant_id == tenant_id, col(SupportConsent.withdrawn_at).is_(None))
        .where(col(SupportConsent.ends_at) > now())
    ).all()
    for row in rows:
        row.withdrawn_at = now()
        session.add(row)
    return bool(rows)


def _tell(session: Session, tenant_id: int, by: str, action: str, **details: int) -> None:
    audit.record(session, actor=by, action=action, target=f"tenant:{tenant_id}", **details)
    database.notify(session, f"tenant:{tenant_id}")
