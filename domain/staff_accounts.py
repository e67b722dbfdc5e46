"""Staff: who they are, inviting, another role, shutting out; for administrators. And helping customers' people."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from domain import accounts, audit, database, emails, factors, letters, sessions
from domain.capabilities import STAFF_ROLES
from domain.errors import Conflict, FieldProblem, Invalid, NotFound
from domain.models import Account, Customer, Membership
from domain.models.base import now


@dataclass(frozen=True)
class View:
    """Somebody of staff; `factor`: they have a second one."""

    account_id: int
    login: str
    name: str
    role: str
    factor: bool
    last_login_at: datetime | None
    disabled_at: datetime | None


def everybody() -> list[View]:
    """Who may come in first, by login."""
    query = select(Account).where(col(Account.staff_role).is_not(None))
    with database.reading() as session:
        rows = session.exec(query.order_by(col(Account.disabled_at).is_not(None), col(Account.login))).all()
        strong = factors.among(session, [row.id or 0 for row in rows])
        return [
            View(
                row.id or 0, row.login, row.name, row.staff_role or "", row.id in strong,
                row.last_login_at, row.disabled_at,
            )
            for row in rows
        ]  # fmt: skip


def invite(email: str, name: str, role: str, *, by: str) -> None:
    """Somebody more, with a letter to choose a password. Raises Invalid, Conflict."""
    address = emails.canonical(email[:1000])
    faults = [FieldProblem("email", *fault)] if (fault := emails.problem(address)) else []
    faults += [] if role in STAFF_ROLES else [FieldProblem("role", "unknown", "Elige su papel.")]
    if faults:
        raise Invalid(faults)
    with database.transaction() as session:
        if accounts.find(session, address) is not None:
            raise Conflict("Ese correo ya tiene una cuenta: usa otro para el equipo.", code="already_there")
        account = Account(login=accounts.tidy(address), name=" ".join(name.split())[:80], staff_role=role)
        session.add(account)
        session.flush()
        letters.write(session, "password", account.login, account=account)
        audit.record(session, actor=by, action="staff.invite", target=f"account:{account.id}", role=role)


def change(account_id: int, role: str, *, by: str) -> None:
    """Another role from now on. Raises Invalid, NotFound, Conflict for oneself and for the last administrator."""
    if role not in STAFF_ROLES:
        raise Invalid([FieldProblem("role", "unknown", "Elige su papel.")])
    with database.transaction() as session:
        account = _other(session, account_id, by)
        before, account.staff_role = account.staff_role, role
        session.add(account)
        _still_an_admin(session)
        sessions.changed(session, account_id)
        audit.record(
            session, actor=by, action="staff.change", target=f"account:{account_id}", before=before, after=role
        )


def shut_out(account_id: int, *, by: str) -> None:
    """They come in no more, and what they have open closes. Raises NotFound, Conflict."""
    with database.transaction() as session:
        account = _other(session, account_id, by)
        account.disabled_at = now()
        session.add(account)
        sessions.end_all(session, account_id)
        _still_an_admin(session)
        audit.record(session, actor=by, action="staff.shut_out", target=f"account:{account_id}")


def let_in(account_id: int, *, by: str) -> None:
    """They may come in again. Raises NotFound, Conflict for oneself."""
    with database.transaction() as session:
        account = _other(session, account_id, by)
        account.disabled_at = None
        session.add(account)
        audit.record(session, actor=by, action="staff.let_in", target=f"account:{account_id}")


def reset_factor(account_id: int, *, by: str) -> None:
    """Takes a lost second factor away; they are asked for a new one. Raises NotFound, Conflict for oneself."""
    with database.transaction() as session:
        factors.take_away(session, _other(session, account_id, by), by=by)


def require_factor(customer_id: int, wanted: bool, *, by: str) -> None:
    """Whether everybody of a customer needs a second factor, at once. Raises NotFound."""
    with database.transaction() as session:
        customer = session.get(Customer, customer_id, with_for_update={"key_share": True})
        if customer is None:
            raise NotFound("No existe ese cliente.")
        if customer.second_factor != wanted:
            customer.second_factor = wanted
            session.add(customer)
            for account_id in session.exec(select(Membership.account_id).where(Membership.customer_id == customer_id)):
                sessions.changed(session, account_id)
            action = "customer.factor_on" if wanted else "customer.factor_off"
            audit.record(session, actor=by, action=action, target=f"customer:{customer_id}")


def help_with_factor(account_id: int, *, by: str) -> None:
    """Takes the second factor of a customer's person away, who lost it and was recognised. Raises NotFound."""
    with database.transaction() as session:
        account = session.get(Account, account_id, with_for_update={"key_share": True})
        if account is None or account.staff_role is not None:
            raise NotFound("No existe esa cuenta.")
        factors.take_away(session, account, by=by)


def close_sessions(account_id: int, *, by: str) -> None:
    """Ends every login and program session of a customer's person, as when they fear that somebody is in. Raises
    NotFound."""
    with database.transaction() as session:
        account = session.get(Account, account_id)
        if account is None or account.staff_role is not None:
            raise NotFound("No existe esa cuenta.")
        sessions.end_all(session, account_id)
        audit.record(session, actor=by, action="login.end_all", target=f"account:{account_id}")


def _other(session: Session, account_id: int, by: str) -> Account:
    account = session.get(Account, account_id, with_for_update={"key_share": True})
    if account is None or account.staff_role is None:
        raise NotFound("Esa persona no es del equipo.")
    if account.login == by.partition(audit.AS)[0]:
        raise Conflict("Lo tuyo lo cambia otra persona del equipo.", code="oneself")
    return account


def _still_an_admin(session: Session) -> None:
    session.flush()
    # Locked as a whole: two administrators may shut each other out in the same moment.
    session.execute(func.pg_advisory_xact_lock(0x616C7461).select())
    query = select(Account.id).where(Account.staff_role == "admin", col(Account.disabled_at).is_(None))
    if session.exec(query).first() is None:
        raise Conflict("Tiene que quedar alguien que administre.", code="last_admin")
