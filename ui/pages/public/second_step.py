"""/login/second: the second factor, after whatever was the first. /login/passkey: one that is both at once."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from domain import entering, passkeys, throttle
from domain.entering import Entered, Half
from domain.errors import AltaError, NotLoggedIn, TooMany
from ui import auth, cookies, theme, visits
from ui.components import passkey
from ui.components.plain_form import PlainField, plain_form
from ui.components.problem import problem_html
from ui.pages.public.login import NO_INDEX, STALE, arrived, leave_behind, login_form

router = APIRouter(include_in_schema=False)
ASKED = throttle.Limit("passkey", tries=60, seconds=900)  # for each address


@router.get("/login/second")
async def second_page(request: Request, next: str = "") -> Response:  # noqa: A002 - the name in the address
    """The form for who is half inside; others begin at the login."""
    begun = await run_in_threadpool(entering.half, cookies.session_id(request))
    if begun is None:
        return RedirectResponse(auth.with_next("/login", auth.safe_path(next)), 303)
    return _form(request, begun, onwards=next)


@router.post("/login/second")
async def second_step(
    request: Request,
    code: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",  # noqa: A002 - the name in the form
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """The whole session, or the form again with what was wrong."""
    session_id = cookies.session_id(request)
    begun = await run_in_threadpool(entering.half, session_id)
    if begun is None:
        return RedirectResponse(auth.with_next("/login", auth.safe_path(next)), 303)
    if not cookies.csrf_good(request, csrf):
        return _form(request, begun, onwards=next, notice=STALE, status=403)
    try:
        entered = await run_in_threadpool(entering.with_code, session_id, code[:100], visits.device(request))
    except TooMany as many:
        return _form(request, begun, onwards=next, notice=many.message, status=429)
    except NotLoggedIn as error:
        return _form(request, begun, onwards=next, error=error, status=401)
    return await arrived(request, entered, auth.safe_path(next))


@router.post("/login/passkey/options")
async def passkey_options(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
    """What the browser has to prove, as JSON: by a passkey of who is half inside, else by any."""
    if not cookies.csrf_good(request, csrf):
        return PlainTextResponse(STALE, 403)
    try:
        return Response(await run_in_threadpool(_options, request), media_type="application/json")
    except TooMany as many:
        return PlainTextResponse(many.message, 429, {"Retry-After": str(many.retry_after)})


def _options(request: Request) -> str:
    throttle.take(ASKED, throttle.network(visits.address(request)))
    begun = entering.half(cookies.session_id(request))
    return passkeys.ask(request.state.visitor, begun.account_id if begun else None)


@router.post("/login/passkey")
async def enter_by_passkey(
    request: Request,
    answer: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",  # noqa: A002 - the name in the form
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """Opens a session for whose passkey answered."""
    if not cookies.csrf_good(request, csrf):
        return login_form(request, onwards=next, notice=STALE, status=403)
    try:
        entered = await run_in_threadpool(_enter, request, answer[:20_000])
    except AltaError as error:
        return login_form(request, onwards=next, notice=error.message, status=401)
    return await arrived(request, entered, auth.safe_path(next))


def _enter(request: Request, answer: str) -> Entered:
    account_id = passkeys.check(answer, request.state.visitor)
    session_id = cookies.session_id(request)
    if entering.half(session_id) is not None:
        return entering.with_passkey(session_id, account_id, visits.device(request))
    leave_behind(request)
    return entering.admit(account_id, "passkey", visits.device(request), strong=True)


def _form(
    request: Request,
    begun: Half,
    *,
    onwards: str = "",
    notice: str = "",
    error: AltaError | None = None,
    status: int = 200,
) -> Response:
    hidden = {"csrf": cookies.csrf_token(request), "next": auth.safe_path(onwards) or ""}
    parts = []
    if begun.has_passkeys and passkeys.possible():
        words = "Usar tu llave de acceso"
        look = "plain" if begun.has_app else "primary"
        parts.append(passkey.passkey_form("/login/passkey", "/login/passkey/options", words, hidden=hidden, look=look))
    if begun.has_app:
        hint = "Seis cifras de tu aplicación, o uno de tus códigos de recuperación."
        line = PlainField(
            "code", "Código", hint=hint, error=error.message if error else "",
            attributes='autocomplete="one-time-code" autocapitalize="off" spellcheck="false" maxlength="60"',
        )  # fmt: skip
        parts.insert(0, plain_form("/login/second", [line], "Continuar", hidden=hidden))
    above = problem_html("No pudimos dejarte entrar.", notice) if notice else ""
    body = (
        '<div class="stack" style="--gap:20px"><h1 class="h-page">Un paso más</h1>'
        f'<p class="muted">Tu cuenta pide otra prueba de que eres tú.</p>{above}{"".join(parts)}'
        '<form method="post" action="/logout"><button class="btn link">Empezar de nuevo</button></form></div>'
    )
    title = "Un paso más · Alta" if status == 200 else "Error: un paso más · Alta"
    page = theme.public_document(title, body, head=NO_INDEX + passkey.script())
    return HTMLResponse(page, status, {"Cache-Control": "no-store"})
