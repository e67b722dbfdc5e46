"""The application around its routes: what every request passes, what every answer carries, how failures look."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from nicegui import app as inner
from nicegui import ui
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from domain import database, schema
from domain.errors import Conflict, FieldProblem, Invalid, Taken, Unavailable
from tests.integration.web_stand import browser, log_in, person

SOCKET = "ws://localhost:4443/_nicegui_ws/socket.io/?EIO=4&transport=websocket"


@pytest.fixture
def client(configured: str) -> Iterator[TestClient]:
    with browser(raise_server_exceptions=False) as started:
        yield started


def _raising(client: TestClient, path: str, error: Exception) -> Any:
    """Puts a route that raises in front of the others; returns what takes it away."""
    app = client.app
    assert isinstance(app, FastAPI)

    def route() -> None:
        raise error

    app.add_api_route(path, route, include_in_schema=False)
    added = app.router.routes.pop()
    app.router.routes.insert(0, added)
    return lambda: app.router.routes.remove(added)


def test_every_answer_carries_its_headers_and_a_nonce_of_its_own(client: TestClient) -> None:
    nonces = set()
    for path in ("/login", "/login", "/", "/docs", "/nada"):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        nonce = re.search(r"'nonce-([^']+)'", policy)
        assert nonce
        nonces.add(nonce[1])
        scripts = re.findall(r"<script[^>]*>", answer.text)
        assert all(f'nonce="{nonce[1]}"' in script for script in scripts)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "strict-transport-security" not in answer.headers
        assert int(answer.headers["content-length"]) > 0
    assert len(nonces) == 5


def test_a_request_keeps_the_id_that_a_proxy_gave_it_unless_it_is_odd(client: TestClient) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "proxy-0001"}).headers["x-request-id"] == "proxy-0001"
    for odd in ("corto", "a" * 65, "con espacio dentro", "<script>alert"):
        assert client.get("/healthz", headers={"X-Request-ID": odd}).headers["x-request-id"] != odd


def test_the_log_names_the_request_and_never_its_query(capfd: pytest.CaptureFixture[str], client: TestClient) -> None:
    client.get("/password?token=secreto-del-enlace", headers={"X-Request-ID": "proxy-0002"})
    printed = capfd.readouterr().err
    assert "proxy-0002" in printed
    assert "secreto" not in printed


def test_unknown_paths_are_json_below_api_and_a_page_elsewhere(client: TestClient) -> None:
    answer = client.get("/api/nada")
    assert (answer.status_code, answer.json()) == (404, {"detail": {"code": "not_found", "message": "No existe."}})
    page = client.get("/nada/de/nada")
    assert page.status_code == 404
    assert '<html lang="es">' in page.text
    assert "Esta página no existe" in page.text
    assert client.get("/api/auth/token").status_code == 405
    assert client.delete("/api/auth/me").json()["detail"]["code"] == "method_not_allowed"
    assert client.get("/_nicegui/nada").status_code == 404


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Taken("Ya está en uso.", ["sol-rd"]), 409, "subdomain_taken"),
        (Conflict("Ahora no."), 409, "conflict"),
        (Unavailable("Stripe no responde."), 503, "unavailable"),
        (OperationalError("select secreto", {}, Exception("down")), 503, "unavailable"),
        (RuntimeError("un secreto de dentro"), 500, "internal"),
    ],
)
def test_what_goes_wrong_has_a_status_a_code_and_a_sentence(
    client: TestClient, error: Exception, status: int, code: str
) -> None:
    remove = _raising(client, "/api/prueba", error)
    try:
        answer = client.get("/api/prueba")
    finally:
        remove()
    assert answer.status_code == status
    detail = answer.json()["detail"]
    assert detail["code"] == code
    assert "secreto" not in answer.text
    if isinstance(error, Taken):
        assert detail["proposals"] == ["sol-rd"]
    if status >= 500:
        assert detail["reference"] == answer.headers["x-request-id"]


def test_every_fault_of_a_form_is_told_at_once(client: TestClient) -> None:
    problems = [FieldProblem("email", "bad", "Falta la arroba."), FieldProblem("company", "missing", "Falta.")]
    remove = _raising(client, "/api/prueba", Invalid(problems))
    try:
        answer = client.get("/api/prueba")
    finally:
        remove()
    assert answer.status_code == 422
    assert [(one["field"], one["code"]) for one in answer.json()["detail"]] == [
        ("email", "bad"),
        ("company", "missing"),
    ]


def test_a_page_that_fails_shows_a_reference_that_the_log_has(
    capfd: pytest.CaptureFixture[str], client: TestClient
) -> None:
    @ui.page("/prueba-rota")
    async def broken() -> None:
        raise RuntimeError("un secreto de dentro")

    try:
        answer = client.get("/prueba-rota", headers={"X-Request-ID": "proxy-0003"})
    finally:
        inner.remove_route("/prueba-rota")
    assert answer.status_code == 500
    assert "proxy-0003" in answer.text
    assert "secreto" not in answer.text
    assert any("proxy-0003" in line and "un secreto de dentro" in line for line in capfd.readouterr().err.splitlines())


def test_a_page_without_its_database_says_that_it_will_pass(client: TestClient, database_url: str) -> None:
    person("ana", staff="admin")
    log_in(client, "ana")
    database.configure("postgresql://127.0.0.1:1/nada?connect_timeout=1")
    try:
        page, api = client.get("/admin"), client.get("/api/auth/me")
        ready = client.get("/readyz")
    finally:
        database.configure(database_url)
    assert page.status_code == api.status_code == 503
    assert "No podemos atenderte ahora" in page.text
    assert api.json()["detail"]["code"] == "unavailable"
    assert (ready.status_code, ready.json()["failing"]) == (503, ["database", "schema", "worker"])
    assert client.get("/healthz").json() == {"status": "ok"}


def test_ready_means_every_part(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/readyz").json() == {"status": "failing", "failing": ["worker"]}
    with database.transaction() as session:
        session.execute(text("insert into procrastinate_workers (last_heartbeat) values (now())"))
    assert client.get("/readyz").json() == {"status": "ready", "failing": []}
    monkeypatch.setattr(schema, "newest", lambda: "9999")
    assert client.get("/readyz").json()["failing"] == ["schema"]


@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(client: TestClient, chunked: bool) -> None:
    body = b"x" * 1_100_000
    content: Any = (body[i : i + 100_000] for i in range(0, len(body), 100_000)) if chunked else body
    answer = client.post("/api/auth/token", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["detail"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("host", "status"), [("localhost:9", 200), ("127.0.0.1", 200), ("mala.example", 400), ("", 400)]
)
def test_only_our_own_names_are_answered(client: TestClient, host: str, status: int) -> None:
    assert client.get("/login", headers={"Host": host}).status_code == status
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_an_unsafe_request_with_a_cookie_comes_from_our_own_pages(client: TestClient) -> None:
    person("ana", staff="admin")
    log_in(client, "ana")
    for headers in (
        {},
        {"Origin": "http://otro.localhost:4443"},
        {"Origin": "null"},
        {"Referer": "http://mala.example/"},
    ):
        answer = client.delete("/api/auth/token", headers=headers)
        assert (answer.status_code, answer.json()["detail"]["code"]) == (403, "foreign_origin")
    assert client.get("/api/auth/me").status_code == 200
    assert client.delete("/api/auth/token", headers={"Origin": "http://localhost:4443"}).status_code == 204
    assert client.get("/api/auth/me").status_code == 401


@pytest.mark.parametrize("origin", ["http://mala.example", "http://otro.localhost:4443", "null"])
def test_a_foreign_page_opens_no_websocket(client: TestClient, origin: str) -> None:
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect(SOCKET, headers=_upgrade(origin)):
        pass
    assert (closed.value.code, closed.value.reason) == (1008, "foreign_origin")
    polling = client.get("/_nicegui_ws/socket.io/?EIO=4&transport=polling", headers={"Origin": origin})
    assert polling.status_code == 403


def test_our_own_page_opens_its_websocket(client: TestClient) -> None:
    with client.websocket_connect(SOCKET, headers=_upgrade("http://localhost:4443")) as socket:
        assert socket.receive_text().startswith("0{")


def _upgrade(origin: str) -> dict[str, str]:
    return {"Origin": origin, "Connection": "Upgrade", "Upgrade": "websocket"}


def test_head_answers_as_get_without_a_body(client: TestClient) -> None:
    for path in ("/", "/login", "/healthz"):
        answer = client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")


def test_the_docs_need_no_other_server(client: TestClient) -> None:
    for path in ("/docs", "/redoc"):
        page = client.get(path).text
        addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert addresses
        assert not [address for address in addresses if not address.startswith(("/", "data:"))]
        for address in addresses:
            assert client.get(address).status_code == 200, address


def test_every_json_route_is_described_with_its_errors(client: TestClient) -> None:
    spec = client.get("/openapi.json").json()
    assert spec["info"]["title"] == "Alta"
    known = {tag["name"] for tag in spec["tags"]}
    for path, methods in spec["paths"].items():
        for method, route in methods.items():
            where = f"{method} {path}"
            assert route.get("summary"), where
            assert route.get("description"), where
            assert set(route.get("tags", [])) & known, where
            if path.startswith("/api/") and route.get("security"):
                assert "401" in route["responses"], where
    assert {"application/json", "application/x-www-form-urlencoded"} <= set(
        spec["paths"]["/api/auth/token"]["post"]["requestBody"]["content"]
    )
