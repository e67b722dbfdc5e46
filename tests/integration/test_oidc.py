"""In by way of a real OpenID provider (`oidc-provider-mock`, which knows codes, PKCE, discovery and signed ID tokens),
over HTTP; and what a provider that lies is answered."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import oidc_provider_mock
import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from domain import database, oidc_identities
from domain.errors import Conflict
from domain.models import Account, OidcIdentity
from domain.settings import settings
from tests.integration.web_stand import another, browser, log_in, owner, person
from ui import oidc


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def client(configured: str, issuer: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    given = [{"name": "Mi Empresa", "issuer": issuer, "client_id": "alta", "client_secret": "no-lo-diga"}]
    monkeypatch.setenv("OIDC_PROVIDERS", json.dumps(given))
    oidc._known.clear()
    with browser() as started:
        yield started


@pytest.fixture
def known(issuer: str) -> Callable[..., None]:
    """Tells the provider who somebody is."""

    def tell(subject: str, **claims: Any) -> None:
        httpx.put(f"{issuer}/users/{subject}", json=claims).raise_for_status()

    return tell


def leave(client: TestClient, more: str = "") -> str:
    """The provider's address that the browser is led to."""
    answer = client.get(f"/login/oidc/mi-empresa{more}")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def agree(url: str, subject: str) -> str:
    """What the person does at the provider; returns where that sends the browser, on our side."""
    answer = httpx.post(url, data={"sub": subject}, follow_redirects=False)
    assert answer.status_code in (302, 303), answer.text
    back = urlsplit(answer.headers["location"])
    return f"{back.path}?{back.query}"


def test_a_confirmed_address_opens_its_account_and_from_then_on_the_subject_does(
    client: TestClient, known: Callable[..., None]
) -> None:
    owner()
    known("s-1", email="Marta@sol.do", email_verified=True)
    url = leave(client, "?next=/account")
    asked = parse_qs(urlsplit(url).query)
    assert (asked["code_challenge_method"], asked["response_type"]) == (["S256"], ["code"])
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    answer = client.get(agree(url, "s-1"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert client.get("/api/auth/me").json()["login"] == "marta@sol.do"
    known("s-1", email="otra@sitio.do", email_verified=False)
    other = another(client)
    other.get(agree(leave(other), "s-1"))
    assert other.get("/api/auth/me").json()["login"] == "marta@sol.do"


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"email": "marta@sol.do", "email_verified": False}, "no confirma que ese correo sea tuyo"),
        ({"email": "marta@sol.do"}, "no confirma que ese correo sea tuyo"),
        ({}, "no confirma que ese correo sea tuyo"),
        ({"email": "nadie@sol.do", "email_verified": True}, "No hay ninguna cuenta nuestra"),
        ({"email": "ana@alta.do", "email_verified": True}, "El equipo conecta su cuenta"),
    ],
)
def test_what_a_provider_does_not_confirm_opens_nothing(
    client: TestClient, known: Callable[..., None], claims: dict[str, Any], words: str
) -> None:
    owner()
    person("ana@alta.do", staff="admin")
    known("s-2", **claims)
    answer = client.get(agree(leave(client), "s-2"))
    assert answer.status_code == 401
    assert words in answer.text
    with database.reading() as session:
        assert session.exec(select(OidcIdentity)).all() == []


def test_a_password_that_nobody_proved_is_dropped_when_the_address_is(
    client: TestClient, known: Callable[..., None]
) -> None:
    account = owner()  # whoever bought chose this password, and it need not be Marta
    known("s-3", email="marta@sol.do", email_verified=True)
    client.get(agree(leave(client), "s-3"))
    with database.reading() as session:
        row = session.get_one(Account, account.id)
        assert row.password_hash is None
        assert row.verified_at is not None


def test_an_answer_is_good_once_and_in_the_browser_that_asked(client: TestClient, known: Callable[..., None]) -> None:
    owner()
    known("s-4", email="marta@sol.do", email_verified=True)
    back = agree(leave(client), "s-4")
    assert another(client).get(back).status_code == 401
    assert client.get(back).status_code == 303
    again = another(client)
    again.cookies.set("alta_visitor", client.cookies["alta_visitor"])
    assert again.get(back).status_code == 401


@pytest.mark.parametrize("change", ["state", "code", "iss", "error"])
def test_an_answer_that_was_tampered_with_opens_nothing(
    client: TestClient, known: Callable[..., None], change: str
) -> None:
    owner()
    known("s-5", email="marta@sol.do", email_verified=True)
    back = agree(leave(client), "s-5")
    path, _, query = back.partition("?")
    fields = {name: values[0] for name, values in parse_qs(query).items()}
    fields[change] = "https://otro.example" if change == "iss" else "x" * 43
    if change == "error":
        fields.pop("code")
    answer = client.get(path, params=fields)
    assert answer.status_code == 401
    assert client.get("/api/auth/me").status_code == 401


def test_a_token_for_another_time_or_client_is_refused(
    client: TestClient, known: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner()
    known("s-6", email="marta@sol.do", email_verified=True)
    first = agree(leave(client), "s-6")
    code = parse_qs(urlsplit(first).query)["code"][0]
    state = parse_qs(urlsplit(leave(client)).query)["state"][0]
    # The code of one login with the state of another: its verifier, and its nonce, are not the code's.
    assert client.get("/login/oidc/mi-empresa/back", params={"code": code, "state": state}).status_code == 401
    monkeypatch.setattr(type(settings().oidc_providers[0]), "slug", property(lambda self: "otro"))
    assert client.get(first).status_code == 401


class _Pretender(BaseHTTPRequestHandler):
    """Says that it is another provider."""

    def do_GET(self) -> None:
        body = json.dumps({"issuer": "https://accounts.example", "authorization_endpoint": "https://mala.example"})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def test_a_provider_that_is_away_or_is_another_says_so(configured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pretender = ThreadingHTTPServer(("127.0.0.1", 0), _Pretender)
    threading.Thread(target=pretender.serve_forever, daemon=True).start()
    for wrong in ("http://localhost:9", f"http://127.0.0.1:{pretender.server_port}"):
        monkeypatch.setenv("OIDC_PROVIDERS", json.dumps([{"name": "Lejos", "issuer": wrong, "client_id": "a"}]))
        oidc._known.clear()
        with browser() as client:
            answer = client.get("/login/oidc/lejos")
            assert answer.status_code == 503
            assert "no responde ahora" in answer.text
            assert client.get("/login/oidc/nadie").status_code == 503
    pretender.shutdown()
    pretender.server_close()


def test_who_is_inside_connects_and_disconnects(client: TestClient, known: Callable[..., None]) -> None:
    ana = person("ana@alta.do", staff="admin")
    known("s-7", email="ana.privado@sitio.do")
    log_in(client, "ana@alta.do")
    ticket = oidc_identities.ticket(ana.id or 0, client.cookies["alta_visitor"])
    assert client.get(agree(leave(client, f"?ticket={ticket}"), "s-7")).headers["location"] == "/account"
    (linked,) = oidc_identities.of(ana.id or 0)
    assert linked.email == "ana.privado@sitio.do"
    fresh = another(client)
    fresh.get(agree(leave(fresh), "s-7"))
    assert fresh.get("/api/auth/me").json()["staff_role"] == "admin"
    said = oidc_identities.Vouched("x", linked.issuer, "s-7", "", False)
    with pytest.raises(Conflict):
        oidc_identities.connect(person("luis@alta.do").id or 0, said, by="luis")
    oidc_identities.disconnect(ana.id or 0, linked.issuer, by="ana@alta.do")
    assert oidc_identities.of(ana.id or 0) == []


def test_no_other_page_can_have_a_strangers_identity_connected(client: TestClient, known: Callable[..., None]) -> None:
    ana, luis = person("ana@alta.do", staff="admin"), person("luis@alta.do", staff="viewer")
    log_in(client, "ana@alta.do")
    visitor = client.cookies["alta_visitor"]
    good = oidc_identities.ticket(ana.id or 0, visitor)
    wrong = [
        "x" * 43, oidc_identities.ticket(ana.id or 0, "otro-navegador"), oidc_identities.ticket(luis.id or 0, visitor),
    ]  # fmt: skip
    for ticket in wrong:
        assert client.get(f"/login/oidc/mi-empresa?ticket={ticket}").headers["location"] == "/account"
    assert client.get(f"/login/oidc/mi-empresa?ticket={good}").headers["location"].startswith("http")
    assert client.get(f"/login/oidc/mi-empresa?ticket={good}").headers["location"] == "/account"
    # Without a ticket it is a login, and who comes back is not connected to who is inside.
    known("s-8", email="extra@sitio.do", email_verified=True)
    assert client.get(agree(leave(client), "s-8")).status_code == 401
    assert oidc_identities.of(ana.id or 0) == []
