"""A customer's people: who may be added, by whom it cannot be abused, and that a role holds at once."""

import pytest
from sqlmodel import col, select

from domain import database, identities, team
from domain.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from domain.models import Account, AuditEntry, Letter, Membership
from domain.models.base import now
from tests.integration import web_stand
from ui import auth

EVA = "eva@contable.do"


@pytest.fixture
def sol(configured: str) -> int:
    """Marta's customer."""
    account = web_stand.owner()
    with database.reading() as session:
        return session.exec(select(Membership.customer_id).where(Membership.account_id == account.id)).one()


def account(login: str = EVA) -> Account:
    with database.reading() as session:
        return session.exec(select(Account).where(Account.login == login)).one()


def letters() -> list[tuple[str, str]]:
    with database.reading() as session:
        return list(session.exec(select(Letter.kind, Letter.to).order_by(col(Letter.id))).all())


def test_somebody_new_is_written_to_and_belongs_with_the_role(sol: int) -> None:
    team.invite(sol, " Eva@Contable.DO ", "billing", by="marta@sol.do")
    assert [(one.login, one.role, one.waits) for one in team.members(sol)] == [
        ("marta@sol.do", "owner", False), (EVA, "billing", True),
    ]  # fmt: skip
    assert letters() == [("invited", EVA)]
    with pytest.raises(Conflict, match="ya está en tu equipo"):
        team.invite(sol, EVA, "reader", by="marta@sol.do")
    assert letters() == [("invited", EVA)]


@pytest.mark.parametrize(
    ("email", "role", "field"),
    [
        ("eva", "billing", "email"), ("", "billing", "email"), (EVA, "owner", "role"), (EVA, "admin", "role"),
        (EVA, "", "role"),
    ],
)  # fmt: skip
def test_what_is_no_address_or_no_role_is_said(sol: int, email: str, role: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        team.invite(sol, email, role, by="marta@sol.do")
    assert [one.field for one in refused.value.problems] == [field]


def test_a_password_that_a_stranger_chose_for_that_address_opens_nothing(sol: int) -> None:
    stranger = web_stand.person(EVA)
    opened = web_stand.open_session(stranger.id or 0, address="203.0.113.1", agent="x")
    team.invite(sol, EVA, "technical", by="marta@sol.do")
    assert account().password_hash is None
    assert set(identities.present({opened})) == set()


def test_who_proved_their_address_keeps_their_password(sol: int) -> None:
    web_stand.person(EVA, verified_at=now())
    team.invite(sol, EVA, "technical", by="marta@sol.do")
    assert account().password_hash


async def test_a_role_holds_at_once_on_pages_that_are_open(sol: int) -> None:
    web_stand.person(EVA, verified_at=now())
    team.invite(sol, EVA, "billing", by="marta@sol.do")
    eva = account().id or 0
    page = identities.read(web_stand.open_session(eva, address="203.0.113.1", agent="x"))
    assert (await auth.allow(page, "billing.change")).account_id == eva
    team.change(sol, eva, "reader", by="marta@sol.do")
    with pytest.raises(Forbidden):
        await auth.allow(page, "billing.change")
    await auth.allow(page, "invoices.see")
    team.remove(sol, eva, by="marta@sol.do")
    with pytest.raises(Forbidden) as over:
        await auth.allow(page, "invoices.see")
    assert over.value.code == "session_ended"


def test_the_owner_stays_and_others_are_out_of_reach(sol: int) -> None:
    owner = account("marta@sol.do").id or 0
    other = web_stand.owner("ana@luna.do", "luna")
    with pytest.raises(Conflict):
        team.change(sol, owner, "reader", by="x")
    with pytest.raises(Conflict):
        team.remove(sol, owner, by="x")
    with pytest.raises(NotFound):
        team.change(sol, other.id or 0, "reader", by="x")
    with pytest.raises(NotFound):
        team.remove(sol, other.id or 0, by="x")


def test_each_act_is_on_record_and_letters_are_limited(sol: int) -> None:
    for number in range(20):
        team.invite(sol, f"eva{number}@contable.do", "reader", by="marta@sol.do")
    with pytest.raises(TooMany):
        team.invite(sol, EVA, "reader", by="marta@sol.do")
    eva = account("eva0@contable.do").id or 0
    team.change(sol, eva, "technical", by="marta@sol.do")
    team.change(sol, eva, "technical", by="marta@sol.do")
    team.remove(sol, eva, by="marta@sol.do")
    with database.reading() as session:
        query = select(AuditEntry).where(col(AuditEntry.action).startswith("team."))
        entries = session.exec(query.order_by(col(AuditEntry.id))).all()
    assert [one.action for one in entries][-3:] == ["team.invite", "team.change", "team.remove"]
    assert entries[-2].details == {"who": "eva0@contable.do", "before": "reader", "after": "technical"}
