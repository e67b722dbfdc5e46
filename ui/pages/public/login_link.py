"""/login/link: in with a link from a letter. /login/link/request: ask for one."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from domain import accounts, challenges, entering, links
from domain.entering import Entered
from domain.errors import AltaError, NotFound, TooMany
from ui import auth, cookies, theme, visits
from ui.components.button import link_html
from ui.components.plain_form import PlainField, plain_form
from ui.components.problem import problem_html
from ui.pages.public.login import NO_INDEX, arrived, leave_behind

router = APIRouter(include_in_schema=False)
STALE = "La página llevaba mucho tiempo abierta. Inténtalo otra vez."
SENT = (
    "Si hay una cuenta con ese correo, en un minuto llega una carta con el enlace. Sirve durante 15 minutos; ábrelo en "
    "este mismo navegador. Mira también en el correo no deseado."
)
HERE = "Lo pediste en este navegador."
ELSEWHERE = (
    "Este enlace se pidió en otro navegador o dispositivo. Sigue solo si lo pediste tú: quien te haya mandado aquí "
    "podría querer que uses su cuenta."
)


@router.get("/login/link/request")
async def request_page(request: Request) -> Response:
    """The form that asks for a link."""
    return _ask(request)


@router.post("/login/link/request")
async def request_link(
    request: Request, username: Annotated[str, Form()] = "", csrf: Annotated[str, Form()] = ""
) -> Response:
    """Sends the link where there is an account; the answer is the same where there is none."""
    if not cookies.csrf_good(request, csrf):
        return _ask(request, username=username, notice=STALE, status=403)
    if "@" not in username or len(username) > 254:
        return _ask(request, username=username, error="Escribe tu correo completo, con la arroba.", status=422)
    try:
        visitor = request.state.visitor
        await run_in_threadpool(lambda: accounts.ask_link(username, visits.address(request), visitor=visitor))
    except TooMany as many:
        headers = {"Retry-After": str(many.retry_after)}
        return _ask(request, username=username, notice=many.message, status=429, headers=headers)
    return _document(
        "Mira tu correo", f'<h1 class="h-page">Mira tu correo</h1><p class="muted" role="status">{SENT}</p>'
    )


@router.get("/login/link")
async def link_page(request: Request, token: str = "") -> Response:
    """A button: looking spends nothing, since programs that check mail open its links."""
    return await _confirm(request, token)


@router.post("/login/link")
async def enter_by_link(
    request: Request, token: Annotated[str, Form()] = "", csrf: Annotated[str, Form()] = ""
) -> Response:
    """Spends the link and opens a session."""
    if not cookies.csrf_good(request, csrf):
        return await _confirm(request, token, notice=STALE, status=403)
    try:
        entered = await run_in_threadpool(_enter, request, token)
    except AltaError:
        return _gone()
    return await arrived(request, entered, None)


def _enter(request: Request, token: str) -> Entered:
    entered = entering.by_link(token, visits.device(request))
    leave_behind(request)
    return entered


async def _confirm(request: Request, token: str, *, notice: str = "", status: int = 200) -> Response:
    try:
        login, asked_by = await run_in_threadpool(_look, token)
    except NotFound:
        return _gone()
    here = asked_by == challenges.digest(request.state.visitor)
    above = problem_html("No pudimos dejarte entrar.", notice) if notice else ""
    form = plain_form("/login/link", [], "Entrar", hidden={"csrf": cookies.csrf_token(request), "token": token})
    body = (
        f'<h1 class="h-page">Entrar</h1>{above}<p class="muted">Entras como <b>{escape(login)}</b>.</p>'
        f'<p class="{"muted" if here else "warn"}">{HERE if here else ELSEWHERE}</p>{form}'
    )
    return _document("Entrar", body, status)


def _look(token: str) -> tuple[str, str | None]:
    return accounts.login_of(links.owner(token, links.ENTER)), links.asked_by(token)


def _gone() -> Response:
    body = (
        '<h1 class="h-page">Este enlace ya no sirve</h1>'
        '<p class="muted">Ya se usó, o pasaron más de 15 minutos desde que te lo enviamos.</p>'
        f"<div>{link_html('Pedir un enlace nuevo', '/login/link/request', look='primary')}</div>"
    )
    return _document("Este enlace ya no sirve", body, 410)


def _ask(
    request: Request,
    *,
    username: str = "",
    error: str = "",
    notice: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    attributes = 'autocomplete="username" inputmode="email" autocapitalize="off" spellcheck="false" maxlength="254"'
    form = plain_form(
        "/login/link/request",
        [PlainField("username", "Correo", value=username[:254], error=error, attributes=attributes)],
        "Enviar el enlace",
        hidden={"csrf": cookies.csrf_token(request)},
        after=f'<p class="small"><a href="{escape(auth.with_next("/login", None))}">Volver a entrar</a></p>',
    )
    above = problem_html("No se envió.", notice) if notice else ""
    words = "Te enviamos un enlace para entrar sin contraseña."
    body = f'<h1 class="h-page">Entrar con un enlace</h1>{above}<p class="muted">{words}</p>{form}'
    return _document("Entrar con un enlace", body, status, headers)


def _document(title: str, body: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    page = theme.public_document(
        f"{title} · Alta" if status < 400 else f"Error: {title} · Alta",
        f'<div class="stack" style="--gap:20px">{body}</div>',
        head=NO_INDEX,
    )
    return HTMLResponse(page, status, {"Cache-Control": "no-store", **(headers or {})})
