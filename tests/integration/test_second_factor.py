"""The second factor over HTTP: enrolled, asked for, refused, recovered; and what needs one is not there without it."""

import json
from collections.abc import Iterator

import pyotp
import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from domain import accounts, database, entering, factors, identities, links, sessions
from domain.errors import Conflict, Forbidden, Invalid, NotLoggedIn, TooMany
from domain.models import Account, Authenticator, Customer, Letter, LoginSession, RecoveryCode
from domain.models.base import now
from domain.settings import settings
from tests.integration import web_stand
from tests.integration.web_stand import WORDS, another, browser, log_in, owner, person, post
from ui import auth, docs


@pytest.fixture
def client(configured: str) -> Iterator[TestClient]:
    with browser() as started:
        yield started


def enrol(account: Account) -> tuple[pyotp.TOTP, list[str]]:
    """An app with its recovery codes; the step of its first code is one that is over, so that the next is fresh."""
    account_id = web_stand.prove(account).id or 0
    begun = factors.begin(account_id)
    app = pyotp.TOTP(begun.secret)
    codes = factors.confirm(account_id, app.at(int(now().timestamp()) - 30), by=account.login)
    return app, codes


def test_the_seed_is_sealed_and_the_codes_are_hashes(configured: str) -> None:
    account = person("marta@sol.do")
    app, codes = enrol(account)
    with database.reading() as session:
        assert app.secret not in session.get_one(Authenticator, account.id).secret
        kept = {row.digest for row in session.exec(select(RecoveryCode)).all()}
    assert len(kept) == len(set(codes)) == 10
    assert not kept & {code.replace("-", "") for code in codes}


def test_a_wrong_first_code_puts_nothing_in_force(configured: str) -> None:
    account = web_stand.prove(person("marta@sol.do"))
    begun = factors.begin(account.id or 0)
    wrong = str((int(pyotp.TOTP(begun.secret).now()) + 1) % 1_000_000).zfill(6)
    with pytest.raises(Invalid):
        factors.confirm(account.id or 0, wrong, by="x")
    assert not factors.of(account.id or 0).any
    with pytest.raises(NotLoggedIn):
        factors.check(account.id or 0, pyotp.TOTP(begun.secret).now(), "10.0.0.1")


def test_the_password_alone_opens_half_a_door(client: TestClient) -> None:
    account = owner()
    app, _ = enrol(account)
    answer = log_in(client, "marta@sol.do", next="/tenant/portal?customer=1")
    assert answer.headers["location"] == "/login/second?next=%2Ftenant%2Fportal%3Fcustomer%3D1"
    assert client.get("/api/auth/me").status_code == 401
    assert client.get("/tenant/portal").headers["location"].startswith("/login?")
    assert sessions.of(account.id or 0) == []
    wrong = post(client, "/login/second", {"code": "000000"})
    assert wrong.status_code == 401
    assert factors.REFUSED in wrong.text
    whole = post(client, "/login/second", {"code": app.now(), "next": "/tenant/portal?customer=1"})
    assert (whole.status_code, whole.headers["location"]) == (303, "/tenant/portal?customer=1")
    assert client.get("/api/auth/me").json()["login"] == "marta@sol.do"


def test_a_code_is_good_once_even_in_the_same_half_minute(client: TestClient) -> None:
    account = owner()
    app, _ = enrol(account)
    code = app.now()
    log_in(client, "marta@sol.do")
    assert post(client, "/login/second", {"code": code}).status_code == 303
    other = another(client)
    log_in(other, "marta@sol.do")
    assert post(other, "/login/second", {"code": code}).status_code == 401


def test_a_recovery_code_enters_once_and_is_told_by_letter(client: TestClient) -> None:
    account = owner()
    _, codes = enrol(account)
    for expected in (303, 401):
        visitor = another(client)
        log_in(visitor, "marta@sol.do")
        assert post(visitor, "/login/second", {"code": codes[0].upper()}).status_code == expected
    assert factors.of(account.id or 0).codes_left == 9
    with database.reading() as session:
        written = session.exec(select(Letter).where(Letter.kind == "security")).all()
    assert any("recuperación" in letter.args["words"] for letter in written)


def test_guessing_codes_ends_soon_and_elsewhere_the_owner_still_enters(client: TestClient) -> None:
    account = person("marta@sol.do")
    app, _ = enrol(account)
    for _ in range(5):
        with pytest.raises(NotLoggedIn):
            factors.check(account.id or 0, "000000", "10.0.0.1")
    with pytest.raises(TooMany):
        factors.check(account.id or 0, app.now(), "10.0.0.1")
    assert factors.check(account.id or 0, app.now(), "10.0.0.2") == "totp"


def test_a_half_session_that_is_old_begins_again(client: TestClient) -> None:
    account = owner()
    app, _ = enrol(account)
    log_in(client, "marta@sol.do")
    token = client.get("/login/second").text
    with database.transaction() as session:
        row = session.exec(select(LoginSession).where(LoginSession.kind == "half")).one()
        row.expires_at = now()
        session.add(row)
    assert client.get("/login/second").headers["location"] == "/login"
    answer = client.post("/login/second", data={"code": app.now()}, headers={"Origin": str(client.base_url)})
    assert answer.headers["location"] == "/login"
    assert "csrf" in token


def test_a_program_sends_the_code_with_the_password(client: TestClient) -> None:
    app, _ = enrol(person("marta@sol.do"))
    given = {"username": "marta@sol.do", "password": WORDS}
    assert client.post("/api/auth/token", json=given).json()["detail"]["code"] == "code_needed"
    wrong = client.post("/api/auth/token", json={**given, "code": "000000"})
    assert wrong.json()["detail"]["code"] == "bad_code"
    assert client.post("/api/auth/token", json={**given, "code": app.now()}).status_code == 200


def test_staff_have_nothing_before_they_have_a_second_factor(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAFF_SECOND_FACTOR", "True")
    settings.cache_clear()
    account = person("ana@alta.do", staff="admin")
    answer = log_in(client, "ana@alta.do", next="/admin/nodes")
    assert answer.headers["location"] == "/account"
    for path in ("/admin", "/admin/nodes", "/admin/audit"):
        assert client.get(path).headers["location"] == "/account"
    me = client.get("/api/auth/me").json()
    assert me["staff_role"] is None
    assert client.get("/api/jobs").status_code == 403
    app, _ = enrol(account)
    post(client, "/logout", {}, page="/login/link/request")
    log_in(client, "ana@alta.do")
    assert post(client, "/login/second", {"code": app.now()}).headers["location"] == "/admin"
    assert client.get("/api/jobs").status_code == 200
    with pytest.raises(Conflict):
        factors.remove_app(account.id or 0, by="ana@alta.do")
    assert factors.of(account.id or 0).app_since is not None


def test_a_customer_that_wants_it_is_not_there_for_who_has_none(client: TestClient) -> None:
    account = owner()
    with database.transaction() as session:
        customer = session.exec(select(Customer)).one()
        customer.second_factor = True
        session.add(customer)
    assert log_in(client, "marta@sol.do").headers["location"] == "/account"
    assert client.get("/tenant/portal").headers["location"] == "/account"
    assert client.get("/api/tenant/invoices").status_code in (403, 404)
    app, _ = enrol(account)
    visitor = another(client)
    log_in(visitor, "marta@sol.do")
    assert post(visitor, "/login/second", {"code": app.now()}).headers["location"] == "/tenant/portal"


def test_what_is_dangerous_wants_a_proof_of_the_last_minutes(client: TestClient) -> None:
    account = owner()
    session_id = web_stand.open_session(account.id or 0)
    who = accounts.identity(session_id)
    assert who is not None
    assert auth.check(who, "odoo.end") is who
    with database.transaction() as session:
        row = session.get_one(LoginSession, session_id)
        row.proved_at = now() - identities.FRESH
        session.add(row)
    stale = accounts.identity(session_id)
    assert stale is not None
    assert auth.check(stale, "odoo.manage") is stale
    with pytest.raises(Forbidden) as refused:
        auth.check(stale, "odoo.end")
    assert refused.value.code == auth.PROOF
    with pytest.raises(NotLoggedIn):
        entering.prove(stale, "otra cosa", "10.0.0.1")
    entering.prove(stale, WORDS, "10.0.0.1")
    again = accounts.identity(session_id)
    assert again is not None
    assert again.fresh


def test_with_an_app_the_password_is_no_proof(configured: str) -> None:
    account = person("marta@sol.do")
    app, _ = enrol(account)
    who = accounts.identity(web_stand.open_session(account.id or 0))
    assert who is not None
    with pytest.raises(NotLoggedIn):
        entering.prove(who, WORDS, "10.0.0.1")
    entering.prove(who, app.now(), "10.0.0.1")


def test_a_reset_takes_every_factor_and_tells(configured: str) -> None:
    account = person("marta@sol.do")
    enrol(account)
    factors.reset("Marta@sol.do", by="ana")
    assert not factors.of(account.id or 0).any
    with pytest.raises(Invalid):
        factors.reset("nadie@sol.do", by="ana")


def test_a_forgotten_password_does_not_go_around_the_second_factor(client: TestClient) -> None:
    account = owner()
    enrol(account)
    with database.transaction() as session:
        token = links.make(session, account, links.PASSWORD)
    fields = {"token": token, "password": "una clave muy propia", "again": "una clave muy propia"}
    answer = post(client, "/password", fields, f"/password?token={token}")
    assert answer.headers["location"] == "/login/second"
    assert client.get("/api/auth/me").status_code == 401


@pytest.mark.parametrize(("mode", "nobody", "staff"), [("open", 200, 200), ("staff", 303, 200)])
def test_the_docs_are_for_who_the_configuration_says(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, mode: str, nobody: int, staff: int
) -> None:
    monkeypatch.setenv("API_DOCS", mode)
    settings.cache_clear()
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert client.get(path).status_code == nobody
    person("ana@alta.do", staff="viewer")
    log_in(client, "ana@alta.do")
    assert client.get("/docs").status_code == staff


def test_the_docs_may_be_off(configured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_DOCS", "off")
    settings.cache_clear()
    assert docs.described().openapi_url is None


def test_over_https_the_browser_is_told_to_stay_there(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_URL", "https://alta.do")
    monkeypatch.setenv("TENANT_SCHEME", "https")
    settings.cache_clear()
    answer = client.get("/login", headers={"Host": "alta.do"})
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert "__Host-alta_visitor" in answer.headers["set-cookie"]
    program = client.get("/healthz")
    assert program.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_refusals_are_on_the_log(capfd: pytest.CaptureFixture[str], client: TestClient) -> None:
    account = owner()
    app, _ = enrol(account)
    given = {"username": "marta@sol.do", "password": WORDS, "code": app.now()}
    token = client.post("/api/auth/token", json=given).json()["access_token"]
    capfd.readouterr()
    client.get("/api/jobs", headers={"Authorization": f"Bearer {token}"})
    client.get("/api/jobs", headers={"Authorization": "Bearer mala"})
    client.post("/api/auth/token", json={**given, "password": "otra cosa"})
    client.post("/api/auth/token", json={**given, "code": "000000"})
    said = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    events = [one["event"] for one in said]
    assert {"access.refused", "request.refused", "login.refused", "code.refused"} <= set(events)
    refused = next(one for one in said if one["event"] == "access.refused")
    assert (refused["account"], refused["needs"]) == (account.id, "panel.see")
    assert "otra cosa" not in str(said)
