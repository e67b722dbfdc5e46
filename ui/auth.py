"""Who is asking. A middleware finds out and guards the pages; dependencies guard the API; `allow` guards handlers."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import structlog
from fastapi import Request, Security
from fastapi.security import APIKeyCookie, OAuth2PasswordBearer
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain import identities
from domain.capabilities import FRESH
from domain.errors import Forbidden, NotLoggedIn
from domain.identities import Identity
from domain.settings import settings
from ui import bearer, cookies, proof

__all__ = ["Identity", "allow", "anyone", "elsewhere", "home", "may", "safe_path", "still", "with_next"]

log = structlog.get_logger()
# What needs no identity and must not wait for the database: the browser's files, the hook of Stripe, the probes.
UNASKED = ("/_nicegui", "/_alta/", "/static-offline-docs", "/webhook/", "/healthz", "/readyz", "/favicon.ico")
NO_VISITOR = (*UNASKED, "/api/", "/admin", "/tenant", "/docs", "/redoc", "/openapi.json", "/robots.txt", "/sitemap.xml")
DOCS = ("/docs", "/redoc", "/openapi.json")
# Pages that ask for more than their part of the site does, or (None) only for a login.
NEEDED = {
    "/admin/audit": "audit.see",
    "/admin/programs": "staff.keys",
    "/admin/staff": "staff.manage",
    "/tenant/programs": "keys.manage",
    "/account": None,
}
LOGIN_FIRST = "Entra primero con tu cuenta."
PROOF = "proof_needed"
PROVE_FIRST = "Confirma antes que eres tú: entra otra vez."
NOT_YOURS = "Tu cuenta no tiene permiso para hacer esto."


class IdentityMiddleware:
    """Puts `identity` (or None) and `visitor` into `request.state`; leads strangers from guarded pages to the login."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        path: str = scope["path"]
        known = cookies.visitor(connection)
        connection.state.visitor = known or cookies.new_visitor()
        connection.state.identity, connection.state.challenge = None, "Bearer"
        if not path.startswith(UNASKED):
            try:
                connection.state.identity = await _who(connection)
            except bearer.Rejected as rejected:
                connection.state.challenge = rejected.challenge
        other = elsewhere(path, str(scope["query_string"], "latin-1"), connection.state.identity)
        if other is not None:
            await RedirectResponse(other, status_code=303, headers={"Cache-Control": "no-store"})(scope, receive, send)
        elif known is None and not path.startswith(NO_VISITOR):
            await self.app(scope, receive, _naming(connection.state.visitor, send))
        else:
            await self.app(scope, receive, send)


async def _who(connection: HTTPConnection) -> Identity | None:
    """Raises bearer.Rejected."""
    if bearer.carried(connection):
        return await run_in_threadpool(bearer.identity, connection)
    if (session_id := cookies.session_id(connection)) is not None:
        return await run_in_threadpool(identities.read, session_id)
    return None


def _naming(visitor: str, send: Send) -> Send:
    async def naming(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(raw=message["headers"]).append("set-cookie", cookies.visitor_header(visitor))
        await send(message)

    return naming


def elsewhere(path: str, query: str, identity: Identity | None) -> str | None:
    """Where somebody who may not see this page goes instead; None: they may."""
    for_staff, for_members = _under(path, "/admin"), _under(path, "/tenant")
    for_staff = for_staff or (path in DOCS and settings().api_docs == "staff")
    if not (for_staff or for_members or path in NEEDED):
        return None
    if identity is None or identity.scopes is not None:  # keys are for programs, and pages for people
        return with_next("/login", path + ("?" + query if query else ""))
    if identity.lacks_factor and path != "/account" and not (for_members and identity.memberships):
        return "/account"
    if path in NEEDED:
        allowed = NEEDED[path] is None or identity.may(NEEDED[path] or "")
    else:
        allowed = bool(identity.staff_role) if for_staff else bool(identity.memberships)
    return None if allowed else home(identity)


def _under(path: str, root: str) -> bool:
    return path == root or path.startswith(root + "/")


def home(identity: Identity) -> str:
    """Where this person's work is."""
    if identity.lacks_factor:
        return "/account"
    if identity.staff_role:
        return "/admin"
    if identity.memberships:
        return "/tenant/portal"
    return "/account" if identity.invited else "/"


def with_next(path: str, onwards: str | None) -> str:
    """`path` with where to go afterwards."""
    return f"{path}?next={quote(onwards, safe='')}" if onwards else path


def safe_path(wish: str | None) -> str | None:
    """`wish` when it is a path on this site, else None. Browsers read `\\` as `/` and drop tabs and line breaks."""
    if not wish or len(wish) > 2000 or not wish.startswith("/") or wish.startswith(("//", "/login", "/logout")):
        return None
    return None if "\\" in wish or any(ord(c) <= 32 or ord(c) == 127 for c in wish) else wish


# Only said in the API's description: the middleware has read both before a route is asked.
_token = OAuth2PasswordBearer("/api/auth/token", auto_error=False, description="POST /api/auth/token gives one.")
_cookie = APIKeyCookie(name="alta_session", auto_error=False, description="The browser's session after /login.")


def anyone() -> Callable[..., Identity]:
    """Dependency: somebody who is logged in, by cookie or token. Raises NotLoggedIn."""
    return _Needing(lambda identity: identity)


def may(capability: str) -> Callable[..., Identity]:
    """Dependency: somebody who has a capability, as staff or for their customer. Raises NotLoggedIn, Forbidden."""
    return _Needing(lambda identity: check(identity, capability), capability)


class _Needing:
    """A dependency that names what it asks for, so that a test can walk every route. None: only to be logged in."""

    def __init__(self, judge: Callable[[Identity], Identity], capability: str | None = None) -> None:
        self._judge, self.capability = judge, capability

    def __call__(self, request: Request, _: object = Security(_token), __: object = Security(_cookie)) -> Identity:
        identity: Identity | None = request.state.identity
        if identity is None:
            raise NotLoggedIn(LOGIN_FIRST)
        return self._judge(identity)


def check(identity: Identity, capability: str, customer_id: int | None = None) -> Identity:
    """`identity` when it has the capability, proved lately where that asks for it (a key was made so). Raises
    Forbidden. `customer_id`: for another customer of theirs than the one whose portal it is."""
    if not identity.may(capability, customer_id):
        log.warning("access.refused", account=identity.account_id, session=identity.session_id[:8], needs=capability)
        raise Forbidden(NOT_YOURS)
    if capability in FRESH and identity.scopes is None and not identity.fresh:
        raise Forbidden(PROVE_FIRST, code=PROOF)
    return identity


async def may_still(connection: HTTPConnection, capability: str) -> bool:
    """Whether who asked for a long answer may go on having it."""
    try:
        who = await _who(connection)
    except bearer.Rejected:
        return False
    return who is not None and who.may(capability)


async def still(identity: Identity | None) -> Identity:
    """Who a page belongs to, as they are now: asked anew, since a page may outlive its login. Raises Forbidden.

    The customer that the page is about stays.
    """
    fresh = await run_in_threadpool(identities.read, identity.session_id) if identity else None
    if identity is None or fresh is None:
        raise Forbidden("Tu sesión terminó. Vuelve a entrar.", code="session_ended")
    return replace(fresh, customer_id=identity.customer_id)


async def allow(identity: Identity | None, capability: str) -> Identity:
    """For a page's handlers: who acts, where they may; both are asked of the database again. Raises Forbidden.

    Where a fresh proof is needed, a dialog asks for it.
    """
    try:
        return check(await still(identity), capability)
    except Forbidden as error:
        if error.code != PROOF or identity is None or not await proof.ask(identity):
            raise
    return check(await still(identity), capability)


async def proved(identity: Identity | None) -> Identity:
    """For what everybody does to their own account: who they are, proved lately; a dialog asks. Raises Forbidden."""
    fresh = await still(identity)
    if not fresh.fresh and not await proof.ask(fresh):
        raise Forbidden(PROVE_FIRST, code=PROOF)
    return await still(identity)
