"""/login, one for staff and customers, and /logout. Plain HTML and a plain POST: it works without a script."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from domain import accounts, entering, passkeys
from domain.entering import Entered
from domain.errors import AltaError, NotLoggedIn, TooMany
from domain.settings import settings
from ui import admission, auth, cookies, theme, visits
from ui.components import passkey
from ui.components.plain_form import PlainField, plain_form
from ui.components.problem import problem_html

router = APIRouter(include_in_schema=False)
STALE = "La página llevaba mucho tiempo abierta. Escribe tu contraseña otra vez."
NO_INDEX = '<meta name="robots" content="noindex">'


@router.get("/login")
async def login_page(request: Request, next: str = "") -> Response:  # noqa: A002 - the name in the address
    """The form; somebody who is logged in goes on."""
    identity: auth.Identity | None = request.state.identity
    if identity is not None:
        return RedirectResponse(auth.safe_path(next) or auth.home(identity), 303)
    return login_form(request, onwards=next)


@router.post("/login")
async def log_in(
    request: Request,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",  # noqa: A002 - the name in the form
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """Opens a session and leads on; otherwise the form again, with what was wrong beside its field."""
    if not cookies.csrf_good(request, csrf):
        return login_form(request, onwards=next, username=username, notice=STALE, status=403)
    try:
        with admission.entered(cookies.been_here(request)):
            entered = await run_in_threadpool(_open, request, username, password)
    except (NotLoggedIn, TooMany) as error:
        return login_form(request, onwards=next, username=username, error=error)
    return await arrived(request, entered, auth.safe_path(next))


async def arrived(request: Request, entered: Entered, onwards: str | None) -> Response:
    """The answer that gives a browser its new session and leads to `onwards`, or to the person's own work; by way of
    the second step where the account asks for it."""
    if entered.half:
        response = RedirectResponse(auth.with_next("/login/second", onwards), 303)
    else:
        identity = await run_in_threadpool(accounts.identity, entered.session_id)
        lacking = "/account" if identity and identity.lacks_factor else None
        response = RedirectResponse(lacking or onwards or (auth.home(identity) if identity else "/"), 303)
    cookies.keep_session(response, entered.session_id, entered.account_id, request.state.visitor)
    return response


@router.post("/logout")
async def log_out(request: Request) -> Response:
    """Ends the session; pages of it that are open elsewhere leave too."""
    session_id = cookies.session_id(request)
    if session_id is not None:
        await run_in_threadpool(accounts.end_session, session_id)
    response = RedirectResponse("/login", 303)
    cookies.drop_session(response)
    # What the browser kept of pages goes too; not its cookies, since the visitor's own stays.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _open(request: Request, username: str, password: str) -> Entered:
    entered = entering.by_password(username, password, visits.device(request))
    leave_behind(request)
    return entered


def leave_behind(request: Request) -> None:
    """The browser's earlier session does not stay behind its back."""
    if (before := cookies.session_id(request)) is not None:
        accounts.end_session(before)


def login_form(
    request: Request,
    *,
    onwards: str = "",
    username: str = "",
    notice: str = "",
    error: AltaError | None = None,
    status: int = 200,
) -> Response:
    """The page with every way in; `notice` stands above, `error` beside the password."""
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, TooMany):
        status, headers["Retry-After"] = 429, str(error.retry_after)
        notice = error.message
    elif error is not None:
        status = 401
    hidden = {"csrf": cookies.csrf_token(request), "next": auth.safe_path(onwards) or ""}
    form = plain_form(
        "/login",
        [
            PlainField(
                "username", "Correo o usuario", value=username[:254],
                attributes='autocomplete="username" autocapitalize="off" spellcheck="false" maxlength="254"',
            ),
            PlainField(
                "password", "Contraseña", kind="password", error=error.message if error and not notice else "",
                attributes='autocomplete="current-password"',
            ),
        ],
        "Entrar",
        hidden=hidden,
        after='<p class="small"><a href="/password/request">¿Olvidaste tu contraseña?</a></p>',
    )  # fmt: skip
    above = problem_html("No pudimos dejarte entrar.", notice) if notice else ""
    title = "Entrar · Alta" if status == 200 else "Error al entrar · Alta"
    body = (
        f'<div class="stack" style="--gap:20px"><h1 class="h-page">Entrar</h1>{above}{form}'
        f'<div class="others stack" style="--gap:12px;max-width:420px">{_other_ways(hidden)}</div></div>'
    )
    nav = '<a href="/signup">Crear mi Odoo</a>'
    page = theme.public_document(title, body, head=NO_INDEX + passkey.script(), nav=nav)
    return HTMLResponse(page, status, headers)


def _other_ways(hidden: dict[str, str]) -> str:
    """Passkey, link, and whoever else vouches for people."""
    onwards = hidden["next"] or None
    ways = ""
    if passkeys.possible():
        words = "Entrar con una llave de acceso"
        ways += passkey.passkey_form("/login/passkey", "/login/passkey/options", words, hidden=hidden)
    ways += f'<a class="btn plain wide-s" href="{escape(auth.with_next("/login/link/request", onwards))}">'
    ways += "Entrar con un enlace por correo</a>"
    for one in settings().oidc_providers:
        href = escape(auth.with_next(f"/login/oidc/{one.slug}", onwards))
        ways += f'<a class="btn plain wide-s" href="{href}">Entrar con {escape(one.name)}</a>'
    return ways
