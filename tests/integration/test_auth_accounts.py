"""Accounts on a real database: who gets in, how often one may try, links that work once, one password for both."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import col, select

from domain import accounts, database, identities, links, new_passwords, passwords, throttle
from domain.errors import AltaError, Invalid, NotFound, NotLoggedIn, TooMany
from domain.models import Account, AuditEntry, Job, LoginSession, Membership, OneTimeToken, Tenant
from domain.models.base import now
from tests.integration import web_stand
from tests.integration.web_stand import WORDS, customer, owner, person

pytestmark = pytest.mark.usefixtures("configured")


def test_login_and_password_open_whatever_the_case_of_the_login() -> None:
    account = person("marta@sol.do")
    assert accounts.authenticate(" Marta@Sol.DO ", WORDS, "203.0.113.1") == account.id


@pytest.mark.parametrize(
    "login", ["marta@sol.do", "nadie@sol.do", "sin-clave@sol.do", "fuera@sol.do", "a\0b", "\ud800"]
)
def test_every_refusal_says_the_same_after_the_same_work(login: str, monkeypatch: pytest.MonkeyPatch) -> None:
    person("marta@sol.do")
    person("sin-clave@sol.do", password=False)
    person("fuera@sol.do", disabled_at=now())
    passwords.matches(None, "para que el hash de nadie ya esté hecho")
    worked: list[str] = []
    verify = type(passwords._hasher).verify

    def counting(hasher: Any, stored: str, typed: Any) -> bool:
        worked.append(stored.rsplit("$", 2)[0])
        return verify(hasher, stored, typed)

    monkeypatch.setattr(type(passwords._hasher), "verify", counting)
    password = "otra clave larga" if login == "marta@sol.do" else WORDS
    with pytest.raises(NotLoggedIn) as refused:
        accounts.authenticate(login, password, "203.0.113.1")
    assert (refused.value.code, refused.value.message) == ("bad_login", accounts.REFUSED)
    assert worked == ["$argon2id$v=19$m=19456,t=2,p=1"]  # once, and with the same parameters


def test_the_tenth_wrong_try_is_the_last_and_the_answer_says_how_long() -> None:
    person("marta@sol.do")
    for _ in range(10):
        with pytest.raises(NotLoggedIn):
            accounts.authenticate("marta@sol.do", "otra clave larga", "203.0.113.1")
    with pytest.raises(TooMany) as refused:
        accounts.authenticate("marta@sol.do", WORDS, "203.0.113.1")
    assert 0 < refused.value.retry_after <= 900
    assert "15 minutos" in refused.value.message


def test_a_flood_from_elsewhere_locks_nobody_out() -> None:
    account = person("marta@sol.do")
    for number in range(10):
        for _ in range(3):
            with pytest.raises((NotLoggedIn, TooMany)):
                accounts.authenticate("marta@sol.do", "otra clave larga", f"198.51.100.{number}")
    assert accounts.authenticate("marta@sol.do", WORDS, "203.0.113.1") == account.id


def test_a_login_that_does_not_exist_is_limited_like_one_that_does() -> None:
    for _ in range(10):
        with pytest.raises(NotLoggedIn):
            accounts.authenticate("nadie@sol.do", WORDS, "203.0.113.1")
    with pytest.raises(TooMany):
        accounts.authenticate("nadie@sol.do", WORDS, "203.0.113.1")


def test_good_logins_use_nothing_up() -> None:
    person("marta@sol.do")
    for _ in range(12):
        accounts.authenticate("marta@sol.do", WORDS, "203.0.113.1")


def test_tries_at_once_are_all_counted() -> None:
    limit = throttle.Limit("prueba", tries=5, seconds=60)

    def attempt(_: int) -> bool:
        try:
            throttle.take(limit, "a", "b")
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(attempt, range(20))) == 5


def test_a_window_that_is_over_counts_anew() -> None:
    limit = throttle.Limit("prueba", tries=1, seconds=1)
    throttle.take(limit, "a")
    deadline = time.monotonic() + 10
    while True:
        try:
            throttle.take(limit, "a")
            break
        except TooMany:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def _link(account: Account, purpose: str = links.PASSWORD) -> str:
    with database.transaction() as session:
        return accounts.make_link(session, account, purpose)


def _race(work: Callable[[], Any], times: int = 10) -> tuple[list[Any], list[AltaError]]:
    done: list[Any] = []
    failed: list[AltaError] = []

    def attempt() -> None:
        try:
            done.append(work())
        except AltaError as error:
            failed.append(error)

    with ThreadPoolExecutor(times) as pool:
        for future in [pool.submit(attempt) for _ in range(times)]:
            future.result()
    return done, failed


def test_a_link_raced_from_ten_threads_is_spent_once() -> None:
    account = person("marta@sol.do")
    token = _link(account)

    def spend() -> int:
        with database.transaction() as session:
            return accounts.spend_link(session, token, links.PASSWORD)

    done, failed = _race(spend)
    assert done == [account.id]
    assert [error.code for error in failed] == ["link_gone"] * 9


def test_a_link_is_kept_as_its_digest_bound_to_its_purpose_and_ends() -> None:
    account = person("marta@sol.do")
    token = _link(account)
    with database.transaction() as session:
        [row] = session.execute(select(col(OneTimeToken.digest), col(OneTimeToken.expires_at))).all()
        assert token not in row[0]
        with pytest.raises(NotFound):
            accounts.spend_link(session, token, links.FIRST)
        session.exec(select(OneTimeToken)).one().expires_at = now()
    with pytest.raises(NotFound):
        new_passwords.choose_password(token, "otra clave larga")


def test_work_that_fails_gives_the_link_back() -> None:
    token = _link(person("marta@sol.do"))
    with pytest.raises(Invalid):
        new_passwords.choose_password(token, "corta")
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        accounts.spend_link(session, token, links.PASSWORD)
        _ = 1 / 0
    assert new_passwords.link_login(token) == "marta@sol.do"


@pytest.mark.parametrize(
    ("observed", "jobs"), [("absent", 0), ("creating", 0), ("running", 1), ("suspended", 1), ("broken", 0)]
)
def test_one_password_opens_alta_and_odoo(observed: str, jobs: int) -> None:
    account = owner(observed=observed, password=False)
    owner("otro@luna.co", "luna", observed="running")
    assert new_passwords.choose_password(_link(account), "una clave muy propia") == account.id
    assert accounts.authenticate("marta@sol.do", "una clave muy propia", "203.0.113.1") == account.id
    with database.reading() as session:
        mine, others = session.exec(select(Tenant).order_by(col(Tenant.id))).all()
        assert (mine.odoo_password_hash or "").startswith("$pbkdf2-sha512$600000$")
        assert others.odoo_password_hash is None
        found = session.exec(select(Job)).all()
        assert [(job.kind, job.tenant_id) for job in found] == [("set_password", mine.id)] * jobs
        assert all("clave" not in str(job.args) for job in found)
        assert session.get_one(Account, account.id).verified_at is not None


def test_a_new_password_ends_sessions_tokens_and_other_links() -> None:
    account = person("marta@sol.do")
    page = web_stand.open_session(account.id or 0)
    token = web_stand.open_session(account.id or 0, address="", agent="", kind="api")
    first, second = _link(account), _link(account)
    new_passwords.choose_password(first, "una clave muy propia")
    assert accounts.identity(page) is None
    assert identities.read(token, kind="api") is None
    assert set(identities.present({page, token})) == set()
    with pytest.raises(NotFound):
        new_passwords.link_login(second)


def test_an_owner_is_made_once_however_often_the_payment_is_told() -> None:
    with database.transaction() as session:
        bought = customer(session, "Marta@Sol.do")
    for _ in range(2):
        with database.transaction() as session:
            accounts.ensure_owner(session, bought)
    with database.reading() as session:
        account = session.exec(select(Account)).one()
        link = session.exec(select(Membership)).one()
    assert (account.login, account.name) == ("marta@sol.do", "Marta Jiménez")
    assert (link.account_id, link.customer_id, link.role) == (account.id, bought.id, "owner")


def test_two_orders_of_one_person_paid_at_once_make_one_account() -> None:
    with database.transaction() as session:
        bought = [customer(session, "marta@sol.do", f"sol-{number}") for number in range(6)]

    def pay(index: int) -> int | None:
        with database.transaction() as session:
            return accounts.ensure_owner(session, bought[index // 2]).id

    with ThreadPoolExecutor(12) as pool:
        assert len(set(pool.map(pay, range(12)))) == 1
    with database.reading() as session:
        assert len(session.exec(select(Membership)).all()) == 6


def test_who_bought_with_a_strangers_address_does_not_own_what_the_stranger_buys() -> None:
    with database.transaction() as session:
        thief = customer(session, "marta@sol.do", "robado")
        accounts.ensure_owner(session, thief)
    path = new_passwords.first_password_path(thief.id or 0)
    assert path is not None
    account_id = new_passwords.choose_password(path.partition("token=")[2], "clave del ladrón")
    stolen = web_stand.open_session(account_id)
    with database.transaction() as session:
        bought = customer(session, "marta@sol.do", "sol")
        accounts.ensure_owner(session, bought)
    assert accounts.identity(stolen) is None
    with pytest.raises(NotLoggedIn):
        accounts.authenticate("marta@sol.do", "clave del ladrón", "203.0.113.1")
    assert new_passwords.first_password_path(bought.id or 0) is None  # now only the letter shows whose address it is


def test_a_proved_account_keeps_its_password_when_it_buys_again() -> None:
    account = owner(password=False)
    new_passwords.choose_password(_link(account), "una clave muy propia")
    with database.transaction() as session:
        accounts.ensure_owner(session, customer(session, "marta@sol.do", "sol-dos"))
    identity = accounts.identity(
        web_stand.open_session(accounts.authenticate("marta@sol.do", "una clave muy propia", "x"))
    )
    assert identity is not None
    assert list(identity.memberships.values()) == ["owner", "owner"]
    assert identity.customer_id == next(iter(identity.memberships))


def test_the_first_admin_is_made_once_by_many_processes_and_never_again() -> None:
    _race(accounts.ensure_first_admin, times=4)
    new_passwords.set_password(accounts.authenticate("admin", "una-clave-de-pruebas", "x"), "otra clave del admin")
    accounts.ensure_first_admin()
    with database.reading() as session:
        assert session.exec(select(Account)).one().staff_role == "admin"
        assert session.exec(select(AuditEntry).where(AuditEntry.action == "account.staff")).one()
    assert accounts.authenticate("admin", "otra clave del admin", "x")


@pytest.mark.parametrize(
    ("login", "password", "role", "field"),
    [("ana", "corta", "admin", "password"), ("", WORDS, "admin", "login"), ("ana", WORDS, "jefa", "role")],
)
def test_staff_is_made_of_good_parts(login: str, password: str, role: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        accounts.create_staff(login, password, role)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_a_session_slides_while_it_is_used_and_ends_after_a_week() -> None:
    account = person("marta@sol.do")
    session_id = web_stand.open_session(account.id or 0)

    def move(**changes: Any) -> None:
        with database.transaction() as session:
            row = session.get_one(LoginSession, session_id)
            for name, value in changes.items():
                setattr(row, name, value)
            session.add(row)

    def expiry() -> Any:
        with database.reading() as session:
            return session.get_one(LoginSession, session_id).expires_at

    move(expires_at=now() + identities.IDLE / 2)
    assert accounts.identity(session_id) is not None
    assert expiry() - now() > identities.IDLE * 0.99
    slide = identities.SLIDE_EVERY
    move(created_at=now() - identities.WHOLE + slide * 2, expires_at=now() + slide / 2)
    assert accounts.identity(session_id) is not None
    assert expiry() - now() < slide * 2
    move(expires_at=now())
    assert accounts.identity(session_id) is None
    assert accounts.identity("otra-cosa") is None
