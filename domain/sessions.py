"""Login sessions: rows in PostgreSQL, so that every process knows them and anyone's can be ended at once."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select, update

from domain import audit, capabilities, database
from domain.models import Account, Customer, LoginSession, Membership, SupportVisit
from domain.models.base import now
from domain.settings import settings

IDLE = timedelta(hours=12)  # without a request, a page session ends after this
WHOLE = timedelta(days=7)  # however busy, it ends after this
PROGRAM = timedelta(days=14)  # an API session lives so long after it was last prolonged
PROGRAM_WHOLE = timedelta(days=90)  # and, however often that is, not longer than this
FRESH = timedelta(minutes=15)  # how long a proof counts for what is dangerous
SLIDE_EVERY = timedelta(minutes=5)  # a write for every request would be one too many

_FORGET_OLD = text("delete from login_session where expires_at < now() - interval '7 days'")


@dataclass(frozen=True)
class Person:
    """Somebody with the roles that are open to them; `lacks_factor`: others are withheld."""

    login: str
    staff_role: str | None
    memberships: dict[int, str]
    lacks_factor: bool


@dataclass(frozen=True)
class Visit:
    """Staff in a customer's portal, by the customer's leave: until when, and whether they may act (`acts`)."""

    id: int
    customer_id: int
    company: str
    ends_at: datetime
    acts: bool


@dataclass(frozen=True)
class Identity:
    """Who is asking. `staff_role` and the roles in `memberships` (customer id -> role) are those of `capabilities`.

    `customer_id` is the customer whose portal they see: the first they joined. `lacks_factor`: what needs a second
    factor is withheld from this login, which had only one. `proved_at`: when they last proved that it is them.
    `scopes`: of an API key, beyond which it may nothing. `visit`: staff who see a customer's portal; `login` then names
    both.
    """

    account_id: int
    login: str
    name: str
    staff_role: str | None
    memberships: dict[int, str]
    customer_id: int | None
    session_id: str
    lacks_factor: bool = False
    proved_at: datetime | None = None
    scopes: frozenset[str] | None = None
    visit: Visit | None = None

    def may(self, capability: str, customer_id: int | None = None) -> bool:
        """Whether they have a capability: as staff, or for a customer (without a word: the one whose portal it is)."""
        if self.scopes is not None and capability not in self.scopes:
            return False
        return capabilities.staff_may(self.staff_role, capability) or self.may_there(capability, customer_id)

    def may_there(self, capability: str, customer_id: int | None = None) -> bool:
        """Whether they have it as one of a customer's people; staff are none."""
        if self.scopes is not None and capability not in self.scopes:
            return False
        place = self.memberships.get((self.customer_id or 0) if customer_id is None else customer_id)
        return capabilities.member_may(place, capability)

    @property
    def fresh(self) -> bool:
        """Whether they proved within the last minutes who they are."""
        return self.proved_at is not None and now() - self.proved_at < FRESH


def begin(
    session: Session,
    account_id: int,
    *,
    address: str,
    agent: str,
    kind: str = "page",
    means: str = "password",
    strong: bool = False,
) -> LoginSession:
    """A new session in this transaction, which begins with a proof. `kind` page slides for 12 hours up to 7 days; `api`
    lasts 14 days after it was last prolonged; `half` is ended by the second factor."""
    session.execute(_FORGET_OLD)
    row = LoginSession(
        id=secrets.token_urlsafe(32),
        account_id=account_id,
        kind=kind,
        address=address,
        agent=agent.encode("utf-8", "replace").decode().replace("\0", "")[:200],
        means=means,
        strong=strong,
        proved_at=now(),
        expires_at=now() + (IDLE if kind == "page" else PROGRAM),
    )
    session.add(row)
    return row


def identity(session_id: str, *, kind: str = "page") -> Identity | None:
    """Who this session belongs to; None when it ended, expired, is of another kind, or the account was disabled."""
    with database.reading() as session:
        found = session.exec(
            select(LoginSession, Account)
            .join(Account, col(Account.id) == LoginSession.account_id)
            .where(LoginSession.id == session_id, LoginSession.kind == kind)
        ).one_or_none()
        if found is None or not _valid(*found):
            return None
        row, account = found
        who = _person(session, account, strong=row.strong)
        visit = _visit(session, row) if row.visit_id and who.staff_role else None
    if kind == "page":
        _slide(row)
    memberships = {visit.customer_id: "helper" if visit.acts else "guest"} if visit else who.memberships
    return Identity(
        account_id=row.account_id,
        login=f"{who.login}{audit.AS}{visit.company}" if visit else who.login,
        name=account.name,
        staff_role=who.staff_role,
        memberships=memberships,
        customer_id=next(iter(memberships), None),
        session_id=row.id,
        lacks_factor=who.lacks_factor,
        proved_at=row.proved_at,
        visit=visit,
    )


def person(session: Session, account_id: int, *, strong: bool) -> Person | None:
    """Somebody and their roles, whatever they came with; None where they may not come in."""
    account = session.get(Account, account_id)
    return _person(session, account, strong=strong) if account and account.disabled_at is None else None


def _person(session: Session, account: Account, *, strong: bool) -> Person:
    memberships, strict = _memberships(session, account.id or 0)
    if strong:
        return Person(account.login, account.staff_role, memberships, lacks_factor=False)
    # What asks for two factors is not there for who showed one.
    withheld = account.staff_role if settings().staff_second_factor else None
    open_ = {one: role for one, role in memberships.items() if one not in strict}
    role = None if withheld else account.staff_role
    return Person(account.login, role, open_, lacks_factor=bool(withheld or strict))


def _visit(session: Session, row: LoginSession) -> Visit | None:
    found = session.get(SupportVisit, row.visit_id)
    if found is None or found.ended_at is not None or found.ends_at <= now():
        return None
    company = session.get_one(Customer, found.customer_id).company
    return Visit(found.id or 0, found.customer_id, company, found.ends_at, found.acts)


def _valid(row: LoginSession, account: Account) -> bool:
    return row.revoked_at is None and row.expires_at > now() and account.disabled_at is None


def _memberships(session: Session, account_id: int) -> tuple[dict[int, str], set[int]]:
    """Roles by customer, and which customers want a second factor of everybody."""
    rows = session.exec(
        select(Membership.customer_id, Membership.role, Customer.second_factor)
        .join(Customer, col(Customer.id) == Membership.customer_id)
        .where(Membership.account_id == account_id)
        .order_by(col(Membership.created_at), col(Membership.customer_id))
    ).all()
    return {one: role for one, role, _ in rows}, {one for one, _, strict in rows if strict}


def _slide(row: LoginSession) -> None:
    until = min(now() + IDLE, row.created_at + WHOLE)
    if until - row.expires_at < SLIDE_EVERY:
        return
    with database.transaction() as session:
        session.exec(
            update(LoginSession)
            .where(col(LoginSession.id) == row.id, col(LoginSession.revoked_at).is_(None))
            .values(expires_at=until)
        )


def alive(session_ids: set[str]) -> set[str]:
    """Those of `session_ids` that still open doors."""
    if not session_ids:
        return set()
    with database.reading() as session:
        found = session.exec(
            select(LoginSession, Account)
            .join(Account, col(Account.id) == LoginSession.account_id)
            .where(col(LoginSession.id).in_(session_ids))
        ).all()
        return {row.id for row, account in found if _valid(row, account)}


@dataclass(frozen=True)
class Login:
    """A login that is open. `seen_at`: within five minutes, when it was used last; `kind`: page or api."""

    session_id: str
    kind: str
    address: str
    agent: str
    began_at: datetime
    seen_at: datetime


def of(account_id: int) -> list[Login]:
    """An account's open logins, the newest first."""
    query = select(LoginSession).where(LoginSession.account_id == account_id, col(LoginSession.revoked_at).is_(None))
    query = query.where(LoginSession.kind != "half")
    with database.reading() as session:
        rows = session.exec(
            query.where(LoginSession.expires_at > now()).order_by(col(LoginSession.created_at).desc()).limit(50)
        ).all()
    return [
        Login(
            row.id, row.kind, row.address, row.agent, row.created_at,
            max(row.created_at, row.expires_at - (IDLE if row.kind == "page" else PROGRAM)),
        )
        for row in rows
    ]  # fmt: skip


def end_others(account_id: int, kept: str, *, by: str) -> int:
    """Ends every login of an account but one; returns how many."""
    query = select(LoginSession).where(LoginSession.account_id == account_id, col(LoginSession.revoked_at).is_(None))
    with database.transaction() as session:
        rows = session.exec(query.where(LoginSession.id != kept, LoginSession.expires_at > now())).all()
        for row in rows:
            revoke(session, row)
        if rows:
            audit.record(session, actor=by, action="login.end_others", target=f"account:{account_id}", ended=len(rows))
        return len(rows)


def end_one(account_id: int, session_id: str, *, by: str) -> None:
    """Ends one login of an account. Another's, or one that is over, is left as it is."""
    with database.transaction() as session:
        row = session.get(LoginSession, session_id)
        if row is not None and row.account_id == account_id and row.revoked_at is None:
            revoke(session, row)
            audit.record(session, actor=by, action="login.end", target=f"account:{account_id}", address=row.address)


def end(session_id: str) -> None:
    """Ends one session; its open pages are told in every process."""
    with database.transaction() as session:
        revoke(session, session.get(LoginSession, session_id))


def end_all(session: Session, account_id: int) -> None:
    """Ends every session and token of an account, in the caller's transaction."""
    rows = session.exec(
        select(LoginSession).where(LoginSession.account_id == account_id, col(LoginSession.revoked_at).is_(None))
    ).all()
    for row in rows:
        revoke(session, row)


def revoke(session: Session, row: LoginSession | None) -> None:
    """Ends it, in the caller's transaction."""
    if row is not None and row.revoked_at is None:
        row.revoked_at = now()
        session.add(row)
        database.notify(session, f"session:{row.id}")
