"""In with a link from a letter; and what an account's owner is told: new devices, another address."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from domain import accounts, challenges, database, email_change, factors, links, passkeys
from domain.errors import Conflict, Invalid, NotFound
from domain.models import Account, Customer, EmailChange, Letter, OneTimeToken
from domain.models.base import now
from tests.integration.web_stand import another, browser, log_in, owner, person, post
from ui.pages.public import login_link


@pytest.fixture
def client(configured: str) -> Iterator[TestClient]:
    with browser() as started:
        yield started


def _link(account: Account, visitor: str | None = None) -> str:
    with database.transaction() as session:
        return links.make(session, account, links.ENTER, visitor=challenges.digest(visitor) if visitor else None)


def _confirming(session: Session, account: Account) -> list[str]:
    """The links of the two letters about the address that is wished for now."""
    change = session.exec(select(EmailChange).order_by(col(EmailChange.id).desc())).first()
    assert change is not None
    mark = f"change:{change.id}"
    return [links.make(session, account, purpose, visitor=mark) for purpose in (links.MAIL_OLD, links.MAIL_NEW)]


def _written(kind: str) -> list[Letter]:
    with database.reading() as session:
        return list(session.exec(select(Letter).where(Letter.kind == kind).order_by(col(Letter.id))).all())


def test_the_link_enters_once_and_proves_the_address(client: TestClient) -> None:
    account = owner(password=False)
    client.get("/login")
    visitor = client.cookies["alta_visitor"]
    path = f"/login/link?token={_link(account, visitor)}"
    assert login_link.HERE in client.get(path).text
    token = path.partition("=")[2]
    assert post(client, "/login/link", {"token": token}, path).headers["location"] == "/tenant/portal"
    assert client.get("/api/auth/me").json()["login"] == "marta@sol.do"
    gone = client.get(path)
    assert gone.status_code == 410
    with database.reading() as session:
        assert session.get_one(Account, account.id).verified_at is not None


def test_another_browser_is_warned(client: TestClient) -> None:
    path = f"/login/link?token={_link(owner(), 'x' * 32)}"
    assert login_link.ELSEWHERE in client.get(path).text


def test_after_fifteen_minutes_it_is_gone(client: TestClient) -> None:
    token = _link(owner())
    with database.transaction() as session:
        row = session.exec(select(OneTimeToken)).one()
        assert 890 < (row.expires_at - now()).total_seconds() <= 900
        row.expires_at = now()
        session.add(row)
    assert client.get(f"/login/link?token={token}").status_code == 410


def test_a_password_link_does_not_enter_and_the_other_way_round(client: TestClient) -> None:
    account = owner()
    with database.transaction() as session:
        password = links.make(session, account, links.PASSWORD)
    assert client.get(f"/login/link?token={password}").status_code == 410
    assert client.get(f"/password?token={_link(account)}").status_code == 410


def test_asking_answers_the_same_whoever_asks(client: TestClient) -> None:
    person("marta@sol.do")
    answers = [post(client, "/login/link/request", {"username": who}) for who in ("Marta@sol.do", "nadie@sol.do")]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].text == answers[1].text
    assert _written("enter") == []  # the web looks nothing up: the worker does
    for who in ("marta@sol.do", "nadie@sol.do"):
        accounts.write_link(who, challenges.digest("x"))
    assert [letter.to for letter in _written("enter")] == ["marta@sol.do"]
    assert post(client, "/login/link/request", {"username": "sin-arroba"}).status_code == 422


def test_a_new_device_is_told_by_letter_and_a_known_one_is_not(client: TestClient) -> None:
    owner()
    log_in(client, "marta@sol.do")
    post(client, "/logout", {}, page="/login/link/request")
    log_in(client, "marta@sol.do")
    assert _written("security") == []
    log_in(another(client), "marta@sol.do")
    (letter,) = _written("security")
    assert "dispositivo nuevo" in letter.args["words"]


def test_another_address_needs_both_and_comes_once(configured: str) -> None:
    account = owner()
    email_change.ask(account.id or 0, "Marta@nueva.do", by="marta@sol.do")
    assert [letter.to for letter in _written("email_old") + _written("email_new")] == ["marta@sol.do", "marta@nueva.do"]
    with database.transaction() as session:
        old, new = _confirming(session, account)
    assert email_change.agree(new) is False
    with pytest.raises(NotFound):
        email_change.agree(new)
    with database.reading() as session:
        assert session.get_one(Account, account.id).login == "marta@sol.do"
    assert email_change.agree(old) is True
    with database.reading() as session:
        assert session.get_one(Account, account.id).login == "marta@nueva.do"
    assert {letter.to for letter in _written("security")} == {"marta@sol.do", "marta@nueva.do"}
    assert email_change.waiting(account.id or 0) is None


def test_an_address_that_has_an_account_is_not_told_and_never_taken(configured: str) -> None:
    account = owner()
    person("ana@sol.do")
    email_change.ask(account.id or 0, "ana@sol.do", by="marta@sol.do")
    assert _written("email_new") == []
    with database.transaction() as session:
        old, new = _confirming(session, account)
    email_change.agree(old)
    with pytest.raises(Conflict):
        email_change.agree(new)
    with database.reading() as session:
        assert session.get_one(Account, account.id).login == "marta@sol.do"


def test_a_second_wish_makes_the_links_of_the_first_worthless(client: TestClient) -> None:
    account = owner()
    email_change.ask(account.id or 0, "una@nueva.do", by="marta@sol.do")
    with database.transaction() as session:
        _, first = _confirming(session, account)
    path = f"/account/email?token={first}"
    assert client.get(path).status_code == 200
    email_change.ask(account.id or 0, "dos@nueva.do", by="marta@sol.do")
    assert client.get(path).status_code == 410
    waits = email_change.waiting(account.id or 0)
    assert waits is not None
    assert waits.login == "dos@nueva.do"
    for wrong in ("marta@sol.do", "sin-arroba", ""):
        with pytest.raises(Invalid):
            email_change.ask(account.id or 0, wrong, by="marta@sol.do")
    email_change.forget(account.id or 0, by="marta@sol.do")
    assert email_change.waiting(account.id or 0) is None


def test_a_letter_of_an_earlier_wish_that_is_sent_late_confirms_nothing(configured: str) -> None:
    account = owner()
    email_change.ask(account.id or 0, "una@nueva.do", by="marta@sol.do")
    with database.reading() as session:
        first = session.exec(select(EmailChange)).one()
    email_change.ask(account.id or 0, "dos@nueva.do", by="marta@sol.do")
    with database.transaction() as session:  # as the worker does for a letter that waited
        late = links.make(session, account, links.MAIL_NEW, visitor=f"change:{first.id}")
    with pytest.raises(NotFound):
        email_change.agree(late)
    waits = email_change.waiting(account.id or 0)
    assert waits is not None
    assert waits.new_agreed_at is None


def test_the_address_that_one_bought_with_owns_nothing_after_the_change(configured: str) -> None:
    """A payment that is told again must not make its old mailbox the owner anew."""
    account = owner()
    email_change.ask(account.id or 0, "marta@nueva.do", by="marta@sol.do")
    with database.transaction() as session:
        agreeing = _confirming(session, account)
    assert [email_change.agree(link) for link in agreeing] == [False, True]
    with database.transaction() as session:
        again = accounts.ensure_owner(session, session.exec(select(Customer)).one())
        assert again.id == account.id
        assert accounts.find(session, "marta@sol.do") is None


def test_a_password_that_somebody_chose_before_the_address_was_proved_goes_with_the_proof(client: TestClient) -> None:
    """Else who buys with a stranger's address would stay inside when the stranger comes, and buys."""
    account = owner()
    with pytest.raises(Conflict):
        factors.begin(account.id or 0)
    with pytest.raises(Conflict):
        passkeys.offer(account.id or 0, "x" * 32)
    path = f"/login/link?token={_link(account)}"
    post(client, "/login/link", {"token": path.partition("=")[2]}, path)
    with database.reading() as session:
        assert session.get_one(Account, account.id).password_hash is None
    assert "ya no vale" in _written("security")[0].args["words"]
    factors.begin(account.id or 0)


def test_who_is_inside_with_the_password_keeps_it_when_they_prove_the_address(client: TestClient) -> None:
    account = owner()
    log_in(client, "marta@sol.do")
    path = f"/login/link?token={_link(account)}"
    post(client, "/login/link", {"token": path.partition("=")[2]}, path)
    with database.reading() as session:
        row = session.get_one(Account, account.id)
    assert row.password_hash is not None
    assert row.verified_at is not None
