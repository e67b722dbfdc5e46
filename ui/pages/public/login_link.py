"""/login/link: in with a link from a letter. /login/link/request: ask for one."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from domain import accounts, challenges, entering, links
from domain.entering import Entered
from domain.errors import AltaError, NotFound
from ui import cookies, visits
from ui.components.plain_form import plain_form
from ui.components.problem import problem_html
from ui.pages.public.asking import STALE, Asking, document
from ui.pages.public.login import arrived, leave_behind

router = APIRouter(include_in_schema=False)
ASKING = Asking(
    "/login/link/request",
    "Entrar con un enlace",
    "Te enviamos un enlace para entrar sin contraseña.",
    "Si hay una cuenta con ese correo, en un minuto llega una carta con el enlace. Sirve durante 15 minutos; ábrelo en "
    "este mismo navegador. Mira también en el correo no deseado.",
    enters=True,
)
HERE = "Lo pediste en este navegador."
ELSEWHERE = (
    "Este enlace se pidió en otro navegador o dispositivo. Sigue solo si lo pediste tú: quien te haya mandado aquí "
    "podría querer que uses su cuenta."
)


@router.get("/login/link/request")
async def request_page(request: Request) -> Response:
    """The form that asks for a link."""
    return ASKING.form(request)


@router.post("/login/link/request")
async def request_link(
    request: Request, username: Annotated[str, Form()] = "", csrf: Annotated[str, Form()] = ""
) -> Response:
    """Sends the link where there is an account; the answer is the same where there is none."""
    return await ASKING.answer(request, username, csrf)


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
        return ASKING.gone("15 minutos")
    return await arrived(request, entered, None)


def _enter(request: Request, token: str) -> Entered:
    entered = entering.by_link(token, visits.device(request), inside=cookies.session_id(request))
    leave_behind(request)
    return entered


async def _confirm(request: Request, token: str, *, notice: str = "", status: int = 200) -> Response:
    try:
        login, asked_by = await run_in_threadpool(_look, token)
    except NotFound:
        return ASKING.gone("15 minutos")
    here = asked_by == challenges.digest(request.state.visitor)
    above = problem_html("No pudimos dejarte entrar.", notice) if notice else ""
    form = plain_form("/login/link", [], "Entrar", hidden={"csrf": cookies.csrf_token(request), "token": token})
    body = (
        f'<h1 class="h-page">Entrar</h1>{above}<p class="muted">Entras como <b>{escape(login)}</b>.</p>'
        f'<p class="{"muted" if here else "warn"}">{HERE if here else ELSEWHERE}</p>{form}'
    )
    return document("Entrar", body, status)


def _look(token: str) -> tuple[str, str | None]:
    return accounts.login_of(links.owner(token, links.ENTER)), links.asked_by(token)
