"""A customer's people: invited by the owner, with a role, which holds at once and everywhere.

There is one owner, whose password is also that of the Odoo's first user; others have a role beside.
"""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from domain import accounts, audit, database, emails, factors, letters, sessions, throttle
from domain.capabilities import CUSTOMER_ROLES
from domain.errors import Conflict, FieldProblem, Invalid, NotFound
from domain.models import Account, Membership, Tenant

INVITED = tuple(role for role in CUSTOMER_ROLES if role != "owner")
INVITES = throttle.Limit("invite", tries=20, seconds=3600)  # for each customer: the letters bear our name
LARGEST = 50


@dataclass(frozen=True)
class Member:
    """`invited`: they have not accepted, and nothing is told of their account. `waits`: they have not chosen a password
    yet; `factor`: they have a second factor."""

    account_id: int
    login: str
    name: str
    role: str
    invited: bool
    waits: bool
    factor: bool


def members(customer_id: int) -> list[Member]:
    """The customer's people, the owner first."""
    query = (
        select(Account, Membership)
        .join(Membership, col(Membership.account_id) == Account.id)
        .where(Membership.customer_id == customer_id)
        .order_by((col(Membership.role) == "owner").desc(), col(Membership.created_at), col(Account.id))
    )
    with database.reading() as session:
        rows = session.exec(query).all()
        strong = factors.among(session, [row.id or 0 for row, _ in rows])
        return [
            Member(
                account_id=row.id or 0,
                login=row.login,
                name=row.name if belongs.accepted_at else "",
                role=belongs.role,
                invited=belongs.accepted_at is None,
                waits=belongs.accepted_at is not None and row.password_hash is None,
                factor=belongs.accepted_at is not None and row.id in strong,
            )
            for row, belongs in rows
        ]


def invite(customer_id: int, email: str, role: str, *, by: str) -> None:
    """Somebody more: an account where there is none, and a letter; they belong to it once they accept.

    Raises Invalid, Conflict where they belong to it or were invited already, TooMany.
    """
    address = emails.canonical(email[:1000])
    faults = [FieldProblem("email", *fault)] if (fault := emails.problem(address)) else []
    faults += [] if role in INVITED else [FieldProblem("role", "unknown", "Elige qué podrá hacer.")]
    if faults:
        raise Invalid(faults)
    throttle.take(INVITES, str(customer_id))
    with database.transaction() as session:
        if len(_memberships(session, customer_id)) >= LARGEST:
            raise Conflict(f"Caben {LARGEST} personas.", code="team_full")
        account = accounts.ensure(session, address, "")
        if not accounts.belong(session, account, customer_id, role, None):
            raise Conflict("Esa persona ya está en tu equipo, o ya la invitaste.", code="already_there")
        tenant = session.exec(
            select(Tenant.id).where(Tenant.customer_id == customer_id).order_by(col(Tenant.id).desc())
        ).first()
        letters.write(session, "invited", account.login, {"tenant_id": tenant}, account=account)
        audit.record(
            session, actor=by, action="team.invite", target=f"customer:{customer_id}", who=account.login, role=role
        )


def change(customer_id: int, account_id: int, role: str, *, by: str) -> None:
    """Another role from now on. Raises Invalid, NotFound, Conflict for the owner."""
    if role not in INVITED:
        raise Invalid([FieldProblem("role", "unknown", "Elige qué podrá hacer.")])
    with database.transaction() as session:
        row, login = _other(session, customer_id, account_id)
        if row.role == role:
            return
        audit.record(
            session, actor=by, action="team.change", target=f"customer:{customer_id}", who=login, before=row.role,
            after=role,
        )  # fmt: skip
        row.role = role
        session.add(row)
        sessions.changed(session, account_id)


def remove(customer_id: int, account_id: int, *, by: str) -> None:
    """They belong to this customer no more; pages that show it close. Raises NotFound, Conflict for the owner."""
    with database.transaction() as session:
        row, login = _other(session, customer_id, account_id)
        session.delete(row)
        sessions.changed(session, account_id)
        audit.record(session, actor=by, action="team.remove", target=f"customer:{customer_id}", who=login)


def _memberships(session: Session, customer_id: int) -> list[int]:
    return list(session.exec(select(Membership.account_id).where(Membership.customer_id == customer_id)).all())


def _other(session: Session, customer_id: int, account_id: int) -> tuple[Membership, str]:
    query = select(Membership).where(Membership.customer_id == customer_id, Membership.account_id == account_id)
    row = session.exec(query.with_for_update(key_share=True)).one_or_none()
    if row is None:
        raise NotFound("Esa persona ya no está en tu equipo.")
    if row.role == "owner":
        raise Conflict("La persona titular no se cambia ni se quita aquí: escríbenos.", code="owner_stays")
    return row, session.get_one(Account, account_id).login
