"""A customer's people: who may be added, by whom it cannot be abused, and that a role holds at once."""

import pytest
from sqlmodel import col, select

from domain import database, identities, invitations, links, new_passwords, team
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
    assert [(one.login, one.role, one.invited) for one in team.members(sol)] == [
        ("marta@sol.do", "owner", False), (EVA, "billing", True),
    ]  # fmt: skip
    assert letters() == [("invited", EVA)]
    with pytest.raises(Conflict, match="o ya la invitaste"):
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


def test_nobody_belongs_who_has_not_accepted_and_nothing_is_told_of_them(sol: int) -> None:
    eva = web_stand.person(EVA, name="Eva", verified_at=now())
    opened = web_stand.open_session(eva.id or 0)
    team.invite(sol, EVA, "technical", by="marta@sol.do")
    who = identities.read(opened)
    assert who is not None
    assert (who.memberships, who.invited) == ({}, True)
    shown = team.members(sol)[1]
    assert (shown.name, shown.invited, shown.waits, shown.factor) == ("", True, False, False)
    invitations.accept(eva.id or 0, sol, by=EVA)
    who = identities.read(opened)
    assert who is not None
    assert (who.memberships, who.invited) == ({sol: "technical"}, False)
    assert team.members(sol)[1].name == "Eva"
    with pytest.raises(NotFound):
        invitations.accept(eva.id or 0, sol, by=EVA)


def test_an_invitation_takes_nothing_away_and_is_no_way_in_for_who_did_not_prove_the_address(sol: int) -> None:
    stranger = web_stand.person(EVA)
    opened = web_stand.open_session(stranger.id or 0)
    team.invite(sol, EVA, "technical", by="marta@sol.do")
    assert account().password_hash
    assert set(identities.present({opened})) == {opened}
    with pytest.raises(Conflict) as refused:
        invitations.accept(stranger.id or 0, sol, by=EVA)
    assert refused.value.code == "unproved"


def test_a_first_password_from_the_letter_accepts_and_one_that_was_asked_for_later_does_not(sol: int) -> None:
    team.invite(sol, EVA, "reader", by="marta@sol.do")
    with database.transaction() as session:
        token = links.make(session, account(), links.PASSWORD)
    new_passwords.choose_password(token, "la clave de Eva Luna")
    assert [one.invited for one in team.members(sol)] == [False, False]
    luna = web_stand.owner("ana@luna.do", "luna")
    with database.transaction() as session:
        there = session.exec(select(Membership.customer_id).where(Membership.account_id == luna.id)).one()
    team.invite(there, EVA, "reader", by="ana@luna.do")
    with database.transaction() as session:
        token = links.make(session, account(), links.PASSWORD)
    new_passwords.choose_password(token, "otra clave de Eva Luna")
    assert [one.company for one in invitations.waiting(account().id or 0)] == ["Panadería Sol"]


def test_who_declines_is_gone_and_may_be_asked_again(sol: int) -> None:
    eva = web_stand.person(EVA, verified_at=now())
    team.invite(sol, EVA, "reader", by="marta@sol.do")
    invitations.decline(eva.id or 0, sol, by=EVA)
    assert len(team.members(sol)) == 1
    with pytest.raises(NotFound):
        invitations.decline(eva.id or 0, sol, by=EVA)
    team.invite(sol, EVA, "reader", by="marta@sol.do")
    with pytest.raises(NotFound):  # what was accepted is not declined
        marta = account("marta@sol.do").id or 0
        invitations.decline(marta, sol, by="marta@sol.do")


async def test_a_role_holds_at_once_on_pages_that_are_open(sol: int) -> None:
    eva = web_stand.joined(sol, EVA, "billing").id or 0
    page = identities.read(web_stand.open_session(eva, address="203.0.113.1", agent="x"))
    assert (await auth.allow(page, "billing.change")).account_id == eva
    team.change(sol, eva, "reader", by="marta@sol.do")
    with pytest.raises(Forbidden):
        await auth.allow(page, "billing.change")
    await auth.allow(page, "invoices.see")
    team.remove(sol, eva, by="marta@sol.do")
    with pytest.raises(Forbidden):
        await auth.allow(page, "invoices.see")
    assert page is not None  # what else they are stays open
    assert set(identities.present({page.session_id})) == {page.session_id}


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
