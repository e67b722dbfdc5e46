"""What every request passes, whatever it asks for: host, size, origin; and what every answer carries.

Pure ASGI throughout: nothing here buffers a stream, and `lifespan` goes through untouched.
"""

import re
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.settings import settings
from ui import cookies
from ui.failures import refusal

LOCAL = {"localhost", "127.0.0.1", "[::1]"}
PROBES = ("/healthz", "/readyz")  # a load balancer asks by address
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
BODY_LIMIT, HOOK_LIMIT = 1_000_000, 4_000_000  # bytes; the webhook has a narrower limit of its own, with a counter


class Head:
    """Answers HEAD as GET without its body, for pages whose routes know only GET: monitors and mail scanners ask so."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def bodiless(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self.app({**scope, "method": "GET"}, receive, bodiless)


class Hosts:
    """Only names that are ours: another one in `Host` means a wrong proxy or a page that rebinds DNS."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not scope["path"].startswith(PROBES):
            host = _name(Headers(scope=scope).get("host", ""))
            if host not in LOCAL and host != _name(urlsplit(settings().app_url).netloc):
                await refusal(400, "bad_host", "Esta dirección no es la de este servicio (APP_URL).")(
                    scope, receive, send
                )
                return
        await self.app(scope, receive, send)


def _name(netloc: str) -> str:
    """Host without port, in lower case: [::1]:80 -> [::1]."""
    return re.sub(r":\d+$", "", netloc).lower()


class BodyLimit:
    """Refuses bodies that are too large, whether they say so or not."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = HOOK_LIMIT if scope["path"].startswith("/webhook/") else BODY_LIMIT
        answer = refusal(413, "too_large", "La petición es demasiado grande.")
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdigit() or int(announced) > limit:
            await answer(scope, receive, send)
            return
        received, refused = 0, False

        async def counting() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _TooLarge
            return message

        async def sending(message: Message) -> None:
            # A framework may turn our exception into an answer of its own: the size is the reason all the same.
            nonlocal refused
            if received <= limit:
                await send(message)
            elif not refused:
                refused = True
                await answer(scope, receive, send)

        try:
            await self.app(scope, counting, sending)
        except _TooLarge:
            if not refused:
                await answer(scope, receive, send)


class _TooLarge(Exception):
    """More bytes came than a body may have."""


class Origin:
    """Unsafe methods and websockets are for our own pages and for programs that carry no cookie of ours.

    SameSite does not do here: tenants live on sibling names, which are the same site.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        unsafe = scope["type"] == "websocket" or (scope["type"] == "http" and _changes(scope))
        if unsafe and not _ours(Headers(scope=scope)):
            words = "La petición viene de otra página. Abre esta página de nuevo y repite."
            await refusal(403, "foreign_origin", words)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _changes(scope: Scope) -> bool:
    # NiceGUI's websocket may begin as polling, by GET: it is checked as well.
    live = scope["path"].startswith("/_nicegui_ws")
    return (live or scope["method"] not in SAFE) and not scope["path"].startswith("/webhook/")


def _ours(headers: Headers) -> bool:
    if headers.get("authorization", "").lower().startswith("bearer "):
        return True  # the cookie is not read then, and no foreign page can make a browser send this
    origin = headers.get("origin") or headers.get("referer")
    if origin is not None:
        return urlsplit(origin).netloc.lower() in {headers.get("host", "").lower(), urlsplit(settings().app_url).netloc}
    if (site := headers.get("sec-fetch-site")) is not None:
        return site in ("same-origin", "none")
    return f"{cookies.session_name()}=" not in headers.get("cookie", "")


class AnswerHeaders:
    """Headers that tell browsers what our pages may do, and a fresh nonce on each of their scripts."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.app(scope, receive, _Answer(send).send)
        else:
            await self.app(scope, receive, send)


class _Answer:
    """One answer on its way out; HTML is gathered so that its scripts can be marked, the rest flows."""

    def __init__(self, send: Send) -> None:
        self._send, self._nonce = send, secrets.token_urlsafe(16)
        self._start: Message | None = None
        self._body = bytearray()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            html = headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers
            _protect(headers, policy(self._nonce, nicegui="x-nicegui-content" in headers) if html else None)
            if html:
                self._start = message
                return
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body += message.get("body", b"")
            if message.get("more_body", False):
                return
            body = _SCRIPT.sub(rb'<script nonce="%s"' % self._nonce.encode(), paint_first(bytes(self._body)))
            if "content-length" in (headers := MutableHeaders(raw=self._start["headers"])) and self._body:
                headers["content-length"] = str(len(body))
            await self._send(self._start)
            self._start, message = None, {"type": "http.response.body", "body": body}
        await self._send(message)


_SCRIPT = re.compile(rb"<script(?=[\s>])")
_FRAMEWORK_SHEETS = re.compile(rb'<style>(?:(?!</style>).)*@import url\("/_nicegui/.*?</style>', re.DOTALL)
_APP = b'<div id="app"'


def paint_first(page: bytes) -> bytes:
    """Moves NiceGUI's style sheets from the head to just before its elements.

    In the head they keep the whole page white until they have come; in the body only what follows them waits. What
    stands before is ours and needs our own sheet alone. Cascade layers make their place in the document irrelevant.
    """
    found = _FRAMEWORK_SHEETS.search(page)
    if found is None or _APP not in page:
        return page
    before, after = page[: found.start()] + page[found.end() :], found[0] + b"\n    " + _APP
    return before.replace(_APP, after, 1)


def policy(nonce: str, *, nicegui: bool) -> str:
    """The Content-Security-Policy of a page. Vue compiles templates, so NiceGUI's pages need `unsafe-eval`."""
    evaluating = " 'unsafe-eval'" if nicegui else ""
    return (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}'{evaluating}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


NOT_A_PAGE = "default-src 'none'; frame-ancestors 'none'"  # for what a browser is not meant to open as a page
_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # `no-referrer` would make forms send `Origin: null`; links in letters carry secrets, so not more than this.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


def _protect(headers: MutableHeaders, csp: str | None) -> None:
    for name, value in _FIXED.items():
        headers.setdefault(name, value)
    if csp is not None:
        headers.setdefault("Content-Security-Policy", csp)
        headers.setdefault("Cache-Control", "no-store")
    else:
        headers.setdefault("Content-Security-Policy", NOT_A_PAGE)
    if settings().secure_cookies:
        # Tenants live on names below ours: they are included where they come over HTTPS too.
        below = "; includeSubDomains" if settings().tenant_scheme == "https" else ""
        headers.setdefault("Strict-Transport-Security", f"max-age=31536000{below}")
