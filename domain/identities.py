"""Who is asking, and what is open to them now: one question to the database, whatever somebody came with."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlmodel import Session, col, update

from domain import audit, capabilities, database
from domain.models import Account, Customer, LoginSession, Membership, SupportVisit
from domain.models.base import now
from domain.settings import settings

IDLE = timedelta(hours=12)  # without a request, a page session ends after this
WHOLE = timedelta(days=7)  # however busy, it ends after this
FRESH = timedelta(minutes=15)  # how long a proof counts for what is dangerous
SLIDE_EVERY = timedelta(minutes=5)  # a write for every request would be one too many


@dataclass(frozen=True)
class Person:
    """Somebody with the roles that are open to them; `lacks_factor`: others are withheld. `invited`: a team waits for
    their answer."""

    login: str
    staff_role: str | None
    memberships: dict[int, str]
    lacks_factor: bool
    invited: bool


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
    both. `invited`: a team waits for their answer.
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
    invited: bool = False

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

    def holds(self, then: "Identity") -> bool:
        """Whether each role that was theirs `then` still is, unchanged. More may have come."""
        return (
            then.staff_role in (None, self.staff_role)
            and then.memberships.items() <= self.memberships.items()
            and then.visit in (None, self.visit)
        )


def read(session_id: str, *, kind: str = "page") -> Identity | None:
    """Who this session belongs to; None when it ended, expired, is of another kind, or the account was disabled.

    A page's session slides: it was used.
    """
    with database.reading() as session:
        found = session.execute(_SESSIONS, {"ids": [session_id], "now": now()}).one_or_none()
    if found is None or found[0].kind != kind:
        return None
    if kind == "page":
        _slide(found[0])
    return _identity(found)


def present(session_ids: Iterable[str]) -> dict[str, Identity]:
    """Those of the sessions that still open doors, and whose they are. Nothing slides."""
    with database.reading() as session:
        found = session.execute(_SESSIONS, {"ids": list(session_ids), "now": now()}).all()
    return {row[0].id: _identity(row) for row in found}


def person(session: Session, account_id: int, *, strong: bool) -> Person | None:
    """Somebody and their roles, whatever they came with; None where they may not come in."""
    query = select(Account, _places()).where(col(Account.id) == account_id, col(Account.disabled_at).is_(None))
    found = session.execute(query).one_or_none()
    return _person(*found, strong=strong) if found else None


def _places() -> Any:
    """The account's customers, the first joined first: [customer, role, whether they want a second factor, whether the
    invitation was accepted]."""
    accepted = col(Membership.accepted_at).is_not(None)
    one = func.jsonb_build_array(Membership.customer_id, Membership.role, Customer.second_factor, accepted)
    order = (col(Membership.created_at), col(Membership.customer_id))
    return (
        select(func.coalesce(func.jsonb_agg(aggregate_order_by(one, *order)), func.jsonb_build_array()))
        .select_from(Membership)
        .join(Customer, col(Customer.id) == Membership.customer_id)
        .where(col(Membership.account_id) == Account.id)
        .correlate(Account)
        .scalar_subquery()
    )


def _of_sessions() -> Select[Any]:
    visit = (col(SupportVisit.id) == LoginSession.visit_id) & col(SupportVisit.ended_at).is_(None)
    company = select(Customer.company).where(col(Customer.id) == SupportVisit.customer_id).scalar_subquery()  # type: ignore[call-overload]
    moment: Any = bindparam("now")
    return (
        select(LoginSession, Account, SupportVisit, company, _places())
        .join(Account, col(Account.id) == LoginSession.account_id)
        .outerjoin(SupportVisit, visit & (col(SupportVisit.ends_at) > moment))
        .where(col(LoginSession.id).in_(bindparam("ids", expanding=True)), col(LoginSession.expires_at) > moment)
        .where(col(LoginSession.revoked_at).is_(None), col(Account.disabled_at).is_(None))
    )


def _identity(found: Any) -> Identity:
    row, account, seen, company, places = found
    who = _person(account, places, strong=row.strong)
    visit = Visit(seen.id, seen.customer_id, company, seen.ends_at, seen.acts) if seen and who.staff_role else None
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
        invited=who.invited,
    )


def _person(account: Account, places: list[tuple[int, str, bool, bool]], *, strong: bool) -> Person:
    joined = [(one, role, strict) for one, role, strict, accepted in places if accepted]
    invited = len(joined) < len(places)
    if strong:
        roles = {one: role for one, role, _ in joined}
        return Person(account.login, account.staff_role, roles, lacks_factor=False, invited=invited)
    # What asks for two factors is not there for who showed one.
    withheld = account.staff_role if settings().staff_second_factor else None
    open_ = {one: role for one, role, strict in joined if not strict}
    lacks = bool(withheld) or len(open_) < len(joined)
    role = None if withheld else account.staff_role
    return Person(account.login, role, open_, lacks_factor=lacks, invited=invited)


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


_SESSIONS = _of_sessions()  # built once: that costs more than asking
