"""Rules that need no server: paths to go back to, origins, addresses that count as one, cookies, logs."""

from collections.abc import Iterator

import pytest
from starlette.requests import HTTPConnection
from starlette.responses import Response

from domain import capabilities, throttle
from domain.identities import Identity
from domain.models.base import now
from domain.settings import settings
from ui import auth, cookies, logs, security

KEY = "pruebas-0123456789-0123456789-0123456789"


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("JWT_SECRET_KEY", KEY)
    monkeypatch.setenv("APP_URL", "https://alta.example")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.parametrize("path", ["/admin", "/admin/jobs/7?tab=log", "/tenant/portal#facturas", "/%2f/x", "/a//b"])
def test_a_path_of_ours_may_be_gone_back_to(path: str) -> None:
    assert auth.safe_path(path) == path


@pytest.mark.parametrize(
    "wish",
    [
        "//mala.example", "https://mala.example", "/\\mala.example", "\\\\mala.example", "/\t/mala.example", " /admin",
        "/\n/mala.example", "javascript:alert(1)", "admin", "", None, "/login?next=/login", "/logout", "/" + "a" * 2001,
        "/\x7f/mala", "//", "///mala.example", "http:/mala.example", "/admin\r\nSet-Cookie: a=b",
    ],
)  # fmt: skip
def test_anything_else_may_not(wish: str | None) -> None:
    assert auth.safe_path(wish) is None


@pytest.mark.parametrize(
    ("headers", "good"),
    [
        ({"origin": "https://alta.example"}, True),
        ({"origin": "https://otro.alta.example"}, False),  # a tenant's Odoo: the same site, another origin
        ({"origin": "https://mala.example"}, False),
        ({"origin": "https://alta.example.mala.example"}, False),
        ({"origin": "null"}, False),
        ({"referer": "https://alta.example/login"}, True),
        ({"referer": "https://mala.example/alta.example"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({}, True),  # a program, which carries no cookie that another page could misuse
        ({"cookie": "__Host-alta_session=x.y"}, False),
        ({"cookie": "__Host-alta_session=x.y", "authorization": "Bearer x"}, True),
    ],
)
def test_unsafe_requests_come_from_our_pages_or_from_programs(headers: dict[str, str], good: bool) -> None:
    from starlette.datastructures import Headers

    assert security._ours(Headers({"host": "alta.example", **headers})) is good


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("testclient", "testclient"),
    ],
)
def test_a_home_counts_as_one_address(address: str, counted: str) -> None:
    assert throttle.network(address) == counted


def _connection(cookie: str = "") -> HTTPConnection:
    headers = [(b"cookie", cookie.encode("latin-1"))] if cookie else []
    return HTTPConnection({"type": "http", "headers": headers, "state": {"visitor": "v" * 32}})


def test_a_session_cookie_is_ours_whole_or_not_at_all() -> None:
    response = Response()
    cookies.keep_session(response, "sesion-1", 7, "v" * 32)
    line = response.headers["set-cookie"]
    assert line.startswith("__Host-alta_session=")
    assert all(part in line for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))
    assert "Domain" not in line
    value = line.split(";")[0]
    assert cookies.session_id(_connection(value)) == "sesion-1"
    assert cookies.session_id(_connection(value[:-1] + ("A" if value[-1] != "A" else "B"))) is None
    assert cookies.session_id(_connection(value.replace("sesion-1", "sesion-2"))) is None
    assert cookies.session_id(_connection("__Host-alta_session=sesion-1")) is None
    assert cookies.session_id(_connection("__Host-alta_session=é.é")) is None


def test_a_csrf_token_is_good_in_its_own_browser_only() -> None:
    mine, other = _connection(), _connection()
    other.state.visitor = "w" * 32
    token = cookies.csrf_token(mine)
    assert cookies.csrf_good(mine, token)
    assert not cookies.csrf_good(other, token)
    assert cookies.csrf_token(mine) != token
    assert not any(cookies.csrf_good(mine, bad) for bad in ("", ".", token[:-1], "." + token, "é.é"))


def _identity(staff: str | None = None, **memberships: str) -> Identity:
    customers = {int(key[1:]): role for key, role in memberships.items()}
    return Identity(1, "ana", "Ana", staff, customers, next(iter(customers), None), "s", proved_at=now())


@pytest.mark.parametrize(
    ("identity", "role", "good"),
    [
        (_identity("admin"), "panel.see", True),
        (_identity("admin"), "nodes.join", True),
        (_identity("operator"), "nodes.join", False),
        (_identity("viewer"), "tenants.operate", False),
        (_identity("finance"), "tenants.operate", False),
        (_identity("operator"), "billing.operate", False),
        (_identity(), "panel.see", False),
        (_identity(c5="owner"), "panel.see", False),
        (_identity(c5="owner"), "odoo.end", True),
        (_identity(c5="owner"), "portal.see", True),
        (_identity(c5="reader"), "billing.change", False),
        (_identity(c5="technical"), "invoices.see", False),
        (_identity("admin"), "portal.see", False),
    ],
)
def test_a_role_opens_what_it_opens(identity: Identity, role: str, good: bool) -> None:
    from domain.errors import Forbidden

    if good:
        assert auth.check(identity, role) is identity
    else:
        with pytest.raises(Forbidden):
            auth.check(identity, role)


def test_logs_hide_what_is_secret() -> None:
    event = logs.hide_secrets(None, "info", {"event": f"key {KEY}", "url": "postgresql://ana:clave@db/x", "n": 3})
    assert KEY not in event["event"]
    assert "clave" not in event["url"]
    assert event["n"] == 3


def test_only_pages_of_nicegui_may_evaluate() -> None:
    assert "unsafe-eval" in security.policy("n", nicegui=True)
    assert "unsafe-eval" not in security.policy("n", nicegui=False)
    assert "'unsafe-inline'" not in security.policy("n", nicegui=True).split("style-src")[0]


def test_the_frameworks_sheets_wait_in_the_body_and_ours_stays_in_the_head() -> None:
    sheets = b'<style>\n@layer a;\n@import url("/_nicegui/3/static/quasar.css") layer(a);\n</style>'
    ours = b'<link rel="stylesheet" href="/_alta/style.css">'
    page = b"<head>" + sheets + ours + b'</head><body><header></header><style>b{}</style><div id="app"></div></body>'
    moved = security.paint_first(page)
    assert moved.index(ours) < moved.index(b"<header>") < moved.index(sheets) < moved.index(b'<div id="app"')
    assert moved.count(sheets) == 1
    assert security.paint_first(b"<head>" + ours + b"</head>") == b"<head>" + ours + b"</head>"


def test_no_customer_is_nobodys_customer_and_not_ones_own() -> None:
    assert _identity(c5="owner").may("odoo.manage")
    assert not _identity(c5="owner").may("odoo.manage", 0)
    assert not _identity(c5="owner").may("odoo.manage", 6)


def test_no_capability_is_in_both_tables() -> None:
    """Else staff on a visit to one customer, who are one of its people for that hour, would have it as staff too."""
    assert not set(capabilities.STAFF) & set(capabilities.CUSTOMER)
