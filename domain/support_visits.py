"""Staff see a customer's portal as the customer does ("ver como"): by the customer's leave, for an hour, on record.

The leave is the consent that lets staff into the Odoo (`access`): given in the portal by itself, or when asked for.
"""

from datetime import timedelta

from sqlmodel import Session, col, select

from domain import audit, database, formats, letters, throttle
from domain.errors import Conflict, FieldProblem, Forbidden, Invalid, NotFound
from domain.identities import Identity
from domain.models import Account, Customer, LoginSession, Membership, SupportConsent, SupportVisit, Tenant
from domain.models.base import now

LASTS = timedelta(minutes=60)
ASKED = throttle.Limit("consent-asked", tries=3, seconds=86_400)  # for each customer
REASON = (5, 300)  # characters
NO_LEAVE = "El cliente no ha dado permiso. Pídeselo: lo da en su portal, por los días que quiera."


def leave(customer_id: int) -> SupportConsent | None:
    """The consent of a customer that is in force and lasts longest."""
    with database.reading() as session:
        return _leave(session, customer_id)


def ask(customer_id: int, reason: str, *, by: str) -> None:
    """Writes to the customer's owners that staff would like to help. Raises Invalid, NotFound, TooMany."""
    words = _reason(reason)
    throttle.take(ASKED, str(customer_id))
    with database.transaction() as session:
        owners = _owners(session, customer_id)
        if not owners:
            raise NotFound("Ese cliente no tiene a nadie a quien pedírselo.")
        for account in owners:
            told = f"{_first(by)}, de nuestro equipo, pide permiso para ver tu portal y entrar en tu Odoo: {words}"
            letters.write(session, "consent_asked", account.login, {"words": told}, account=account)
        audit.record(session, actor=by, action="support.ask", target=f"customer:{customer_id}", reason=words)


def begin(who: Identity, customer_id: int, reason: str, *, by: str) -> None:
    """From now on this login sees the customer's portal, for an hour or until the consent ends.

    Raises Invalid, Forbidden (no consent), Conflict.
    """
    words = _reason(reason)
    with database.transaction() as session:
        consent = _leave(session, customer_id)
        if consent is None:
            raise Forbidden(NO_LEAVE, code="no_consent")
        login = session.get(LoginSession, who.session_id, with_for_update={"key_share": True})
        if login is None or login.revoked_at is not None:
            raise Conflict("Tu sesión terminó. Vuelve a entrar.", code="session_ended")
        until = min(consent.ends_at, now() + LASTS)
        visit = SupportVisit(
            account_id=who.account_id, customer_id=customer_id, reason=words, acts=consent.acts, ends_at=until
        )
        session.add(visit)
        session.flush()
        login.visit_id = visit.id
        session.add(login)
        told = f"{_first(by)}, de nuestro equipo, ve tu portal hasta el {formats.day_clock(until)} UTC. Motivo: {words}"
        for account in _owners(session, customer_id):
            letters.write(session, "support_visit", account.login, {"words": told}, account=account)
        audit.record(
            session, actor=by, action="support.visit", target=f"customer:{customer_id}", reason=words,
            acts=consent.acts, until=until.isoformat(timespec="seconds"),
        )  # fmt: skip


def end(who: Identity, *, by: str) -> int | None:
    """Back to being only oneself; returns the customer whose portal it was."""
    if who.visit is None:
        return None
    with database.transaction() as session:
        visit = session.get_one(SupportVisit, who.visit.id)
        _end(session, visit)
        audit.record(session, actor=by.partition(audit.AS)[0], action="support.leave",
                     target=f"customer:{visit.customer_id}")  # fmt: skip
        return visit.customer_id


def end_all(session: Session, customer_id: int, *, only_acting: bool = False) -> None:
    """Nobody of staff sees this customer's portal any more (`only_acting`: who may change things there): the consent
    went. In the caller's transaction."""
    query = select(SupportVisit).where(SupportVisit.customer_id == customer_id, col(SupportVisit.ended_at).is_(None))
    query = query.where(SupportVisit.acts) if only_acting else query
    for visit in session.exec(query).all():
        _end(session, visit)


def _end(session: Session, visit: SupportVisit) -> None:
    visit.ended_at = visit.ended_at or now()
    session.add(visit)
    for login in session.exec(select(LoginSession).where(LoginSession.visit_id == visit.id)).all():
        login.visit_id = None
        session.add(login)
        database.notify(session, f"session:{login.id}")


def _leave(session: Session, customer_id: int) -> SupportConsent | None:
    query = (
        select(SupportConsent)
        .join(Tenant, col(Tenant.id) == SupportConsent.tenant_id)
        .where(Tenant.customer_id == customer_id, col(SupportConsent.withdrawn_at).is_(None))
        .where(col(SupportConsent.ends_at) > now())
    )
    return session.exec(query.order_by(col(SupportConsent.ends_at).desc())).first()


def _owners(session: Session, customer_id: int) -> list[Account]:
    if session.get(Customer, customer_id) is None:
        raise NotFound("No existe ese cliente.")
    query = select(Account).join(Membership, col(Membership.account_id) == Account.id)
    query = query.where(Membership.customer_id == customer_id, Membership.role == "owner")
    return list(session.exec(query.where(col(Account.disabled_at).is_(None))).all())


def _first(login: str) -> str:
    return login.split("@", maxsplit=1)[0]


def _reason(reason: str) -> str:
    words = " ".join(reason.split())
    if not REASON[0] <= len(words) <= REASON[1]:
        raise Invalid([FieldProblem("reason", "missing", "Escribe el motivo: el cliente lo lee.")])
    return words
