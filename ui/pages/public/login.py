"""/login, one for staff and customers, and /logout. Plain HTML and a plain POST: it works without a script."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from domain import accounts
from domain.errors import AltaError, NotLoggedIn, TooMany
from ui import auth, cookies, theme
from ui.components.plain_form import PlainField, plain_form
from ui.components.problem import problem_html

router = APIRouter(include_in_schema=False)
STALE = "La página llevaba mucho tiempo abierta. Escribe tu contraseña otra vez."


@router.get("/login")
async def login_page(request: Request, next: str = "") -> Response:  # noqa: A002 - the name in the address
    """The form; somebody who is logged in goes on."""
    identity: auth.Identity | None = request.state.identity
    if identity is not None:
        return RedirectResponse(auth.safe_path(next) or auth.home(identity), 303)
    return _page(request, onwards=next)


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
        return _page(request, onwards=next, username=username, notice=STALE, status=403)
    try:
        session_id = await run_in_threadpool(_open, request, username, password)
    except (NotLoggedIn, TooMany) as error:
        return _page(request, onwards=next, username=username, error=error)
    return await enter(session_id, auth.safe_path(next))


async def enter(session_id: str, onwards: str | None) -> Response:
    """The answer that gives a browser its new session and leads to `onwards`, or to the person's own work."""
    identity = await run_in_threadpool(accounts.identity, session_id)
    response = RedirectResponse(onwards or (auth.home(identity) if identity else "/"), 303)
    cookies.keep_session(response, session_id)
    return response


@router.post("/logout")
async def log_out(request: Request) -> Response:
    """Ends the session; pages of it that are open elsewhere leave too."""
    session_id = cookies.session_id(request)
    if session_id is not None:
        await run_in_threadpool(accounts.end_session, session_id)
    response = RedirectResponse("/login", 303)
    cookies.drop_session(response)
    return response


def _open(request: Request, username: str, password: str) -> str:
    address = request.client.host if request.client else ""
    account_id = accounts.authenticate(username, password, address)
    # The browser's earlier session does not stay behind its back.
    if (before := cookies.session_id(request)) is not None:
        accounts.end_session(before)
    return accounts.open_session(account_id, address=address, agent=request.headers.get("user-agent", ""))


def _page(
    request: Request,
    *,
    onwards: str = "",
    username: str = "",
    notice: str = "",
    error: AltaError | None = None,
    status: int = 200,
) -> Response:
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, TooMany):
        status, headers["Retry-After"] = 429, str(error.retry_after)
        notice = error.message
    elif error is not None:
        status = 401
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
        hidden={"csrf": cookies.csrf_token(request), "next": auth.safe_path(onwards) or ""},
        after='<p class="small"><a href="/password/request">¿Olvidaste tu contraseña?</a></p>',
    )  # fmt: skip
    above = problem_html("No pudimos dejarte entrar.", notice) if notice else ""
    title = "Entrar · Alta" if status == 200 else "Error al entrar · Alta"
    body = f'<div class="stack" style="--gap:20px"><h1 class="h-page">Entrar</h1>{above}{form}</div>'
    nav = '<a href="/signup">Crear mi Odoo</a>'
    page = theme.public_document(title, body, head='<meta name="robots" content="noindex">', nav=nav)
    return HTMLResponse(page, status, headers)
