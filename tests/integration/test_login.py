"""/login, /logout and /password as a browser without scripts uses them."""

from collections.abc import Iterator

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from domain import accounts, database, links, new_passwords
from domain.models import Account, Letter
from tests.integration.web_stand import WORDS, another, browser, hidden, log_in, owner, person, post
from ui import admission

ORIGIN = {"Origin": "http://localhost:4443"}


@pytest.fixture
def client(configured: str) -> Iterator[TestClient]:
    with browser() as started:
        yield started


def test_staff_land_in_the_admin_and_customers_in_their_portal(client: TestClient) -> None:
    person("ana", staff="viewer")
    owner()
    for login, home in (("ana", "/admin"), ("marta@sol.do", "/tenant/portal")):
        fresh = another(client)
        answer = log_in(fresh, login)
        assert (answer.status_code, answer.headers["location"]) == (303, home)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("alta_session=")
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert fresh.get("/login").headers["location"] == home


def test_a_guarded_page_sends_to_the_login_and_the_login_back_to_it(client: TestClient) -> None:
    person("ana", staff="viewer")
    away = client.get("/admin/jobs?status=failed&page=2")
    assert away.status_code == 303
    assert away.headers["location"] == "/login?next=%2Fadmin%2Fjobs%3Fstatus%3Dfailed%26page%3D2"
    form = client.get(away.headers["location"])
    onwards = hidden(form.text, "next").replace("&amp;", "&")
    answer = post(client, "/login", {"username": "ana", "password": WORDS, "next": onwards}, away.headers["location"])
    assert answer.headers["location"] == "/admin/jobs?status=failed&page=2"


@pytest.mark.parametrize(
    "wish", ["https://mala.example", "//mala.example", "/\\mala.example", "javascript:alert(1)", "/\t//mala.example"]
)
def test_the_way_back_never_leads_off_the_site(client: TestClient, wish: str) -> None:
    person("ana", staff="viewer")
    assert hidden(client.get("/login", params={"next": wish}).text, "next") == ""
    assert log_in(client, "ana", next=wish).headers["location"] == "/admin"


@pytest.mark.parametrize("path", ["/admin", "/admin/", "/admin/jobs/1", "/tenant", "/tenant/portal", "/tenant/x/y"])
def test_nobody_sees_a_guarded_page(client: TestClient, path: str) -> None:
    assert client.get(path).headers["location"].startswith("/login?next=")


def test_each_stays_in_their_own_house(client: TestClient) -> None:
    person("ana", staff="admin")
    owner()
    log_in(client, "marta@sol.do")
    assert client.get("/admin").headers["location"] == "/tenant/portal"
    assert client.get("/adminx").status_code == 404
    fresh = another(client)
    log_in(fresh, "ana")
    assert fresh.get("/tenant/portal").headers["location"] == "/admin"


def test_a_wrong_password_is_said_beside_its_field_and_the_name_is_kept(client: TestClient) -> None:
    person("marta@sol.do")
    answer = log_in(client, "marta@sol.do", "otra cosa <b>")
    assert answer.status_code == 401
    assert 'value="marta@sol.do"' in answer.text
    assert "otra cosa" not in answer.text
    field = answer.text.split('id="password"')[1].split("</div>")[0]
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="password-hint"' in field
    assert f'role="alert" id="password-hint">{accounts.REFUSED}' in field
    assert "<title>Error al entrar" in answer.text
    assert "set-cookie" not in answer.headers


def test_what_a_stranger_types_is_text(client: TestClient) -> None:
    answer = log_in(client, '"><script>alert(1)</script>')
    assert "<script>alert(1)" not in answer.text
    assert "&quot;&gt;&lt;script&gt;" in answer.text
    assert log_in(client, "nulo\0nulo").status_code == 401


def test_too_many_tries_are_told_with_the_time_to_wait(client: TestClient) -> None:
    for _ in range(10):
        log_in(client, "marta@sol.do", "otra cosa")
    answer = log_in(client, "marta@sol.do", "otra cosa")
    assert answer.status_code == 429
    assert "Demasiados intentos" in answer.text


def test_a_form_of_another_browser_or_page_is_not_taken(client: TestClient) -> None:
    person("ana", staff="admin")
    token = hidden(another(client).get("/login").text)
    data = {"username": "ana", "password": WORDS, "csrf": token}
    client.get("/login")
    assert client.post("/login", data=data, headers=ORIGIN).status_code == 403
    assert client.post("/login", data={**data, "csrf": ""}, headers=ORIGIN).status_code == 403
    good = {**data, "csrf": hidden(client.get("/login").text)}
    assert client.post("/login", data=good, headers={"Origin": "http://mala.example"}).status_code == 403
    assert client.post("/login", data=good, headers=ORIGIN).status_code == 303


def test_logging_in_again_ends_the_browsers_earlier_session(client: TestClient) -> None:
    person("ana", staff="admin")
    log_in(client, "ana")
    first = client.cookies["alta_session"]
    page = another(client).get("/login")  # the form as a browser without a session sees it
    again = another(client)
    cookies = f"alta_session={first}; alta_visitor={page.cookies['alta_visitor']}"
    data = {"username": "ana", "password": WORDS, "csrf": hidden(page.text)}
    assert again.post("/login", data=data, headers={**ORIGIN, "Cookie": cookies}).status_code == 303
    assert again.cookies["alta_session"] != first
    assert accounts.identity(first.rpartition(".")[0]) is None


def test_logout_ends_the_session_itself_not_only_the_cookie(client: TestClient) -> None:
    person("ana", staff="admin")
    log_in(client, "ana")
    stolen = client.cookies["alta_session"]
    assert client.post("/logout", headers={"Origin": "http://mala.example"}).status_code == 403
    answer = client.post("/logout", headers=ORIGIN)
    assert answer.headers["location"] == "/login"
    assert 'alta_session=""' in answer.headers["set-cookie"]
    thief = another(client)
    thief.cookies.set("alta_session", stolen)
    assert thief.get("/api/auth/me").status_code == 401
    assert client.post("/logout", headers=ORIGIN).status_code == 303  # a second time does no harm


def _link(account: Account) -> str:
    with database.transaction() as session:
        return accounts.make_link(session, account, links.PASSWORD)


def test_a_link_survives_being_looked_at_and_opens_the_portal_once(client: TestClient) -> None:
    token = _link(owner(password=False))
    path = f"/password?token={token}"
    for _ in range(3):  # a mail scanner, a preview, the person
        assert "marta@sol.do" in client.get(path).text
    assert client.head(path).status_code == 200
    fields = {"token": token, "password": "una clave muy propia", "again": "una clave muy propia"}
    answer = post(client, "/password", fields, path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/tenant/portal")
    assert client.get("/api/auth/me").json()["login"] == "marta@sol.do"
    gone = client.get(path)
    assert gone.status_code == 410
    assert "/password/request" in gone.text


@pytest.mark.parametrize(
    ("password", "again", "field", "words"),
    [
        ("corta", "corta", "password", "Usa al menos 10 caracteres."),
        ("contraseña123", "contraseña123", "password", "Es una contraseña muy conocida."),
        ("una clave muy propia", "una clave muy ajena", "again", "Las dos contraseñas no son iguales."),
    ],
)
def test_a_refused_password_leaves_the_link_good(
    client: TestClient, password: str, again: str, field: str, words: str
) -> None:
    token = _link(owner(password=False))
    path = f"/password?token={token}"
    answer = post(client, "/password", {"token": token, "password": password, "again": again}, path)
    assert answer.status_code == 422
    assert words in answer.text.split(f'id="{field}"')[1].split("</div>")[0]
    assert password not in answer.text
    assert new_passwords.link_login(token) == "marta@sol.do"


@pytest.mark.parametrize("token", ["", "x", "é", "a\0b", "x" * 5000])
def test_a_link_that_never_was_is_like_one_that_is_gone(client: TestClient, token: str) -> None:
    assert client.get("/password", params={"token": token}).status_code == 410


def test_asking_for_a_link_answers_the_same_whoever_asks(client: TestClient) -> None:
    person("marta@sol.do")
    known, unknown = (post(client, "/password/request", {"username": who}) for who in ("Marta@sol.do", "nadie@sol.do"))
    assert known.status_code == unknown.status_code == 200
    assert known.text == unknown.text
    for who in ("marta@sol.do", "nadie@sol.do"):  # as the worker does, for what each asked
        accounts.write_link(who, None)
    with database.reading() as session:
        assert [(one.kind, one.to) for one in session.exec(select(Letter).order_by(col(Letter.id))).all()] == [
            ("password", "marta@sol.do")
        ]
    assert post(client, "/password/request", {"username": "sin-arroba"}).status_code == 422
    for _ in range(2):
        post(client, "/password/request", {"username": "nadie@sol.do"})
    many = post(client, "/password/request", {"username": "nadie@sol.do"})
    assert many.status_code == 429


def test_who_logged_in_before_has_a_lane_of_their_own(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    owner()
    monkeypatch.setattr(admission.strangers, "room", 0)
    shut = log_in(client, "marta@sol.do")
    assert shut.status_code == 429
    assert admission.BUSY in shut.text
    assert shut.headers["retry-after"] == str(admission.RETRY)
    monkeypatch.setattr(admission.strangers, "room", 1)
    log_in(client, "marta@sol.do")
    post(client, "/logout", {}, page="/login/link/request")
    monkeypatch.setattr(admission.strangers, "room", 0)
    assert log_in(client, "marta@sol.do").status_code == 303
    forged = another(client)
    forged.cookies.set("alta_known", client.cookies["alta_known"])  # the sign of another browser
    assert log_in(forged, "marta@sol.do").status_code == 429
