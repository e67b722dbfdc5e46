"""/password: create one with a link from a letter. /password/request: ask for such a link."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from domain import entering, new_passwords, passwords
from domain.entering import Entered
from domain.errors import Invalid, NotFound
from ui import cookies, visits
from ui.components.plain_form import PlainField, plain_form
from ui.components.problem import problem_html
from ui.pages.public.asking import STALE, Asking, document
from ui.pages.public.login import arrived

router = APIRouter(include_in_schema=False)
HINT = (
    f"Al menos {passwords.MINIMUM} caracteres. Varias palabras sin relación son fáciles de recordar y difíciles "
    "de adivinar."
)
DIFFERENT = "Las dos contraseñas no son iguales."
ASKING = Asking(
    "/password/request",
    "Pide un enlace",
    "Escribe el correo con el que contrataste y te enviamos un enlace para crear una contraseña nueva.",
    "Si hay una cuenta con ese correo, en un minuto llega una carta con el enlace. Mira también en el correo no "
    "deseado.",
    enters=False,
)


@router.get("/password")
async def password_page(request: Request, token: str = "") -> Response:
    """The form. Looking spends nothing: programs that check mail open its links."""
    return await _choose(request, token)


@router.post("/password")
async def choose_password(
    request: Request,
    token: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """Spends the link, sets the password and opens a session; otherwise the form again, and the link stays good."""
    if not cookies.csrf_good(request, csrf):
        return await _choose(request, token, notice=STALE, status=403)
    if password != again:
        return await _choose(request, token, mismatch=DIFFERENT, status=422)
    try:
        entered = await run_in_threadpool(_set, request, token, password)
    except Invalid as invalid:
        return await _choose(request, token, error=invalid.problems[0].message, status=422)
    except NotFound:
        return ASKING.gone("24 horas")
    return await arrived(request, entered, None)


def _set(request: Request, token: str, password: str) -> Entered:
    return entering.admit(new_passwords.choose_password(token, password), "link+password", visits.device(request))


async def _choose(
    request: Request, token: str, *, error: str = "", mismatch: str = "", notice: str = "", status: int = 200
) -> Response:
    try:
        login = await run_in_threadpool(new_passwords.link_login, token)
    except NotFound:
        return ASKING.gone("24 horas")
    limits = f'autocomplete="new-password" minlength="{passwords.MINIMUM}" maxlength="{passwords.MAXIMUM}"'
    form = plain_form(
        "/password",
        [
            PlainField("password", "Contraseña nueva", kind="password", hint=HINT, error=error, attributes=limits),
            PlainField("again", "Repítela", kind="password", error=mismatch, attributes=limits),
        ],
        "Guardar contraseña",
        hidden={"csrf": cookies.csrf_token(request), "token": token},
    )
    above = problem_html("No se guardó.", notice) if notice else ""
    body = (
        f'<h1 class="h-page">Crea tu contraseña</h1>{above}<p class="muted">Para <b>{escape(login)}</b>. Con ella '
        f"entras a tu cuenta y a tu Odoo.</p>{form}"
    )
    return document("Crea tu contraseña", body, status)


@router.get("/password/request")
async def request_page(request: Request) -> Response:
    """The form that asks for a link."""
    return ASKING.form(request)


@router.post("/password/request")
async def request_link(
    request: Request, username: Annotated[str, Form()] = "", csrf: Annotated[str, Form()] = ""
) -> Response:
    """Sends the link where there is an account; the answer is the same where there is none."""
    return await ASKING.answer(request, username, csrf)
