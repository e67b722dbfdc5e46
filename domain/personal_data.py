"""What we hold on a customer: all of it handed over, and erased as far as the law lets it be.

What stays after an erasure, and why, is `KEPT`; the page says it before, and the audit afterwards.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col, delete, or_, select

from domain import audit, database, sessions
from domain.errors import Conflict, FieldProblem, Invalid, NotFound
from domain.models import (
    Account,
    ApiKey,
    AuditEntry,
    Authenticator,
    Customer,
    EmailChange,
    HookDelivery,
    HookEndpoint,
    Job,
    KnownDevice,
    Letter,
    LoginSession,
    Membership,
    OidcIdentity,
    OneTimeToken,
    Passkey,
    RecoveryCode,
    SignupDraft,
    Subscription,
    SupportConsent,
    SupportVisit,
    Tenant,
    TenantUsage,
)  # fmt: skip
from domain.models.base import now
from domain.states import SubscriptionStatus, TenantState

KEPT = (
    "Las facturas y sus datos fiscales (empresa, identificación fiscal, país e importes): la ley obliga a guardarlos.",
    "El registro de quién hizo qué, que no se puede cambiar: nombra a las personas por su correo y deja de mostrarse "
    "fuera de administración.",
    "Las copias de seguridad que ya existen, hasta que caducan por su plazo.",
)
ERASED = "borrado"
_ACCEPTED = col(Membership.accepted_at).is_not(None)
# Never handed over: what would let whoever reads the file in, or is nobody's but ours.
_HIDDEN = {"password_hash", "odoo_password_hash", "secret", "digest", "public_key", "search"}


def export(customer_id: int, *, by: str) -> dict[str, Any]:
    """Everything, by table, as JSON; times in ISO 8601, amounts in cents. Written to the audit. Raises NotFound.

    Of people who belong to somebody else too there is only what they are and did here.
    """
    with database.transaction() as session:
        customer = session.get(Customer, customer_id)
        if customer is None:
            raise NotFound("No existe ese cliente.")
        found = {
            name: [row if isinstance(row, dict) else _plain(row) for row in rows(session, customer)]
            for name, rows in _TABLES.items()
        }
        audit.record(session, actor=by, action="data.export", target=f"customer:{customer_id}")
    return {"made_at": now().isoformat(timespec="seconds"), "customer_id": customer_id, "tables": found}


def erase(customer_id: int, typed: str, *, by: str) -> None:
    """Erases what is not in `KEPT`. `typed`: the company's name, so that it is meant. For ever.

    Raises NotFound, Invalid, Conflict while something is still in use.
    """
    with database.transaction() as session:
        customer = session.get(Customer, customer_id, with_for_update={"key_share": True})
        if customer is None or customer.erased_at is not None:
            raise NotFound("No existe ese cliente, o ya se borró.")
        if typed.strip() != customer.company:
            raise Invalid([FieldProblem("typed", "mismatch", "Escribe el nombre de la empresa tal como está.")])
        _nothing_in_use(session, customer_id)
        for letter in _letters(session, customer):
            letter.to, letter.args = ERASED, {}
            session.add(letter)
        people = _only_here(session, customer_id)
        for account in people:
            _erase_account(session, account)
        session.exec(delete(Membership).where(col(Membership.customer_id) == customer_id))
        session.exec(delete(SignupDraft).where(col(SignupDraft.data)["email"].astext == customer.email))
        for key in session.exec(select(ApiKey).where(ApiKey.customer_id == customer_id)).all():
            key.revoked_at, key.name, key.last_address = key.revoked_at or now(), ERASED, ""
            session.add(key)
        for hook in session.exec(select(HookEndpoint).where(HookEndpoint.customer_id == customer_id)).all():
            hook.removed_at, hook.secret, hook.url = hook.removed_at or now(), "", ERASED
            session.add(hook)
        customer.full_name, customer.email, customer.erased_at = ERASED, f"{ERASED}-{customer_id}@localhost", now()
        session.add(customer)
        audit.record(session, actor=by, action="data.erase", target=f"customer:{customer_id}", accounts=len(people))


def _nothing_in_use(session: Session, customer_id: int) -> None:
    live = (SubscriptionStatus.ACTIVE.value, SubscriptionStatus.PAST_DUE.value, SubscriptionStatus.PENDING.value)
    subscriptions = select(Subscription.id).where(Subscription.customer_id == customer_id)
    if session.exec(subscriptions.where(col(Subscription.status).in_(live))).first() is not None:
        raise Conflict("Tiene una suscripción: termínala antes.", code="in_use")
    gone = (TenantState.DELETED.value, TenantState.ABSENT.value)
    tenants = select(Tenant.id).where(Tenant.customer_id == customer_id, col(Tenant.observed).not_in(gone))
    if session.exec(tenants).first() is not None:
        raise Conflict("Su Odoo todavía existe: bórralo antes.", code="in_use")


def _erase_account(session: Session, account: Account) -> None:
    account_id = account.id or 0
    sessions.end_all(session, account_id)
    for table in (Authenticator, RecoveryCode, Passkey, OidcIdentity, KnownDevice, OneTimeToken, EmailChange):
        session.exec(delete(table).where(col(table.account_id) == account_id))
    for login in session.exec(select(LoginSession).where(LoginSession.account_id == account_id)).all():
        login.address, login.agent = "", ""
        session.add(login)
    account.login, account.name, account.password_hash = f"{ERASED}-{account_id}", "", None
    account.disabled_at = account.disabled_at or now()
    session.add(account)


def _people(session: Session, customer_id: int) -> list[Account]:
    query = select(Account).join(Membership, col(Membership.account_id) == Account.id)
    return list(session.exec(query.where(Membership.customer_id == customer_id, _ACCEPTED)).all())


def _only_here(session: Session, customer_id: int) -> list[Account]:
    """Those of the customer's people who are nobody else's, nor staff: what their accounts hold is the customer's."""
    other = aliased(Membership)
    elsewhere = select(other.account_id).where(
        col(other.account_id) == Account.id, col(other.customer_id) != customer_id, col(other.accepted_at).is_not(None)
    )
    query = select(Account).join(Membership, col(Membership.account_id) == Account.id)
    query = query.where(Membership.customer_id == customer_id, _ACCEPTED, col(Account.staff_role).is_(None))
    return list(session.exec(query.where(~elsewhere.exists())).all())


def _accounts(session: Session, customer: Customer) -> list[dict[str, Any]]:
    """Whole where they are only here; else by what the customer sees of them anyway."""
    whole = {account.id for account in _only_here(session, customer.id or 0)}
    return [
        _plain(one) if one.id in whole else {"id": one.id, "login": one.login, "name": one.name}
        for one in _people(session, customer.id or 0)
    ]


def _of_people(table: Any) -> Callable[[Session, Customer], list[SQLModel]]:
    """Rows of a table that belong to people who are only here."""

    def rows(session: Session, customer: Customer) -> list[SQLModel]:
        ids = [account.id for account in _only_here(session, customer.id or 0)]
        return list(session.exec(select(table).where(table.account_id.in_(ids))).all())

    return rows


def _of_customer(table: Any) -> Callable[[Session, Customer], list[SQLModel]]:
    return lambda session, customer: list(session.exec(select(table).where(table.customer_id == customer.id)).all())


def _of_tenants(table: Any) -> Callable[[Session, Customer], list[SQLModel]]:
    def rows(session: Session, customer: Customer) -> list[SQLModel]:
        ids = session.exec(select(Tenant.id).where(Tenant.customer_id == customer.id)).all()
        return list(session.exec(select(table).where(table.tenant_id.in_(ids))).all())

    return rows


def _letters(session: Session, customer: Customer) -> list[Letter]:
    """To people who are only here, and about the customer's Odoos to whomever."""
    logins = [account.login for account in _only_here(session, customer.id or 0)]
    tenants = [str(one) for one in _tenants(session, customer)]
    about = col(Letter.args)["tenant_id"].astext.in_(tenants)
    query = select(Letter).where(or_(col(Letter.to).in_(logins), about))
    return list(session.exec(query.order_by(col(Letter.id))).all())


def _tenants(session: Session, customer: Customer) -> Sequence[int | None]:
    return session.exec(select(Tenant.id).where(Tenant.customer_id == customer.id)).all()


def _record(session: Session, customer: Customer) -> list[AuditEntry]:
    people = _only_here(session, customer.id or 0)
    targets = [f"customer:{customer.id}", *(f"tenant:{one}" for one in _tenants(session, customer))]
    targets += [f"account:{one.id}" for one in people]
    logins = [account.login for account in people]
    query = select(AuditEntry).where(or_(col(AuditEntry.target).in_(targets), col(AuditEntry.actor).in_(logins)))
    found = list(session.exec(query.order_by(col(AuditEntry.id))).all())
    for entry in found:
        session.expunge(entry)
        if entry.actor.partition(" (")[0] not in logins:
            entry.address = None  # where our own people sit is not the customer's data
    return found


def _deliveries(session: Session, customer: Customer) -> list[SQLModel]:
    query = select(HookDelivery).join(HookEndpoint, col(HookEndpoint.id) == HookDelivery.endpoint_id)
    return list(session.exec(query.where(HookEndpoint.customer_id == customer.id)).all())


_TABLES: dict[str, Callable[[Session, Customer], list[Any]]] = {
    "customer": lambda _, customer: [customer],
    "accounts": _accounts,
    "memberships": _of_customer(Membership),
    "login_sessions": _of_people(LoginSession),
    "authenticators": _of_people(Authenticator),
    "passkeys": _of_people(Passkey),
    "other_providers": _of_people(OidcIdentity),
    "subscriptions": _of_customer(Subscription),
    "tenants": _of_customer(Tenant),
    "usage": _of_tenants(TenantUsage),
    "jobs": _of_tenants(Job),
    "support_consents": _of_tenants(SupportConsent),
    "support_visits": _of_customer(SupportVisit),
    "api_keys": _of_customer(ApiKey),
    "webhooks": _of_customer(HookEndpoint),
    "webhook_deliveries": _deliveries,
    "letters": _letters,
    "record": _record,
}


def _plain(row: SQLModel) -> dict[str, Any]:
    shown = {}
    for name, value in row.model_dump().items():
        if name not in _HIDDEN and not (name == "id" and isinstance(row, LoginSession)):
            shown[name] = value.isoformat() if isinstance(value, datetime) else value
    return shown
