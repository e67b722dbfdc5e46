"""/account/email: where the links in the two letters about another address lead. No login is asked for: the link is."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from domain import email_change
from domain.errors import AltaError, NotFound
from ui import cookies
from ui.components.button import link_html
from ui.components.plain_form import plain_form
from ui.components.problem import problem_html
from ui.pages.public.asking import STALE, document

router = APIRouter(include_in_schema=False)
WORDS = {
    "old": "Desde este correo dices que quieres entrar con otro.",
    "new": "Desde este correo dices que es tuyo y que quieres entrar con él.",
}


@router.get("/account/email")
async def agree_page(request: Request, token: str = "") -> Response:
    """A button: looking spends nothing."""
    return await _form(request, token)


@router.post("/account/email")
async def agree(request: Request, token: Annotated[str, Form()] = "", csrf: Annotated[str, Form()] = "") -> Response:
    """Spends the link; when it was the second of the two, the address is the new one."""
    if not cookies.csrf_good(request, csrf):
        return await _form(request, token, notice=STALE, status=403)
    try:
        done = await run_in_threadpool(email_change.agree, token)
    except AltaError as error:
        return _titled("No se pudo cambiar", f'<p class="muted" role="alert">{error.message}</p>', 410)
    words = "Desde ahora entras con tu correo nuevo." if done else "Falta que confirmes desde el otro correo."
    door = f"<div>{link_html('Entrar', '/login', look='primary')}</div>" if done else ""
    return _titled("Confirmado", f'<p class="muted" role="status">{words}</p>{door}')


async def _form(request: Request, token: str, *, notice: str = "", status: int = 200) -> Response:
    try:
        side = await run_in_threadpool(email_change.side, token)
    except NotFound as error:
        return _titled("Este enlace ya no sirve", f'<p class="muted">{error.message}</p>', 410)
    above = problem_html("No se confirmó.", notice) if notice else ""
    form = plain_form("/account/email", [], "Confirmar", hidden={"csrf": cookies.csrf_token(request), "token": token})
    return _titled("Cambiar el correo", f'{above}<p class="muted">{WORDS[side]}</p>{form}', status)


def _titled(title: str, body: str, status: int = 200) -> Response:
    return document(title, f'<h1 class="h-page">{title}</h1>{body}', status)
