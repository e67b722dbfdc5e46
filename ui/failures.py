"""From what went wrong to an answer: JSON for programs, a page for people. This knows the statuses."""

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.errors import AltaError, Conflict, Forbidden, Invalid, NotFound, NotLoggedIn, Taken, TooMany, Unavailable
from ui.pages.public import errors

log = structlog.get_logger()

STATUS: dict[type[AltaError], int] = {
    Invalid: 422, Taken: 409, Conflict: 409, NotFound: 404, Forbidden: 403, Unavailable: 503, NotLoggedIn: 401,
    TooMany: 429,
}  # fmt: skip
UNREACHABLE = (OperationalError, InterfaceError)
PROGRAMS = ("/api/", "/webhook/", "/healthz", "/readyz", "/openapi.json")
HTTP_WORDS = {
    400: ("bad_request", "La petición no se entiende."),
    404: ("not_found", "No existe."),
    405: ("method_not_allowed", "Esta dirección no admite ese método."),
    413: ("too_large", "La petición es demasiado grande."),
    415: ("unsupported_media_type", "Envía JSON (Content-Type: application/json)."),
}
FIELD_WORDS = {
    "missing": "Falta este dato.",
    "json_invalid": "El cuerpo no es JSON válido.",
    "string_type": "Debe ser un texto.",
    "string_too_short": "Es demasiado corto.",
    "string_too_long": "Es demasiado largo.",
    "bool_type": "Debe ser true o false.",
    "bool_parsing": "Debe ser true o false.",
    "int_parsing": "Debe ser un número entero.",
    "enum": "No es una de las opciones.",
    "literal_error": "No es una de las opciones.",
    "extra_forbidden": "Este dato no se conoce.",
    "dict_type": "Debe ser un objeto JSON.",
    "model_attributes_type": "Debe ser un objeto JSON.",
}
OURS = "Algo falló de nuestro lado. Ya quedó anotado."
PASSING = "No podemos atenderte ahora. Prueba otra vez en un minuto."


def install(app: FastAPI) -> None:
    """Puts these answers in place of a framework's own; for the parent and for NiceGUI's application."""
    app.add_exception_handler(AltaError, _business)
    app.add_exception_handler(RequestValidationError, _fields)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(404, _http)
    # NiceGUI's application answers with this and raises the error again, for `Caught` to log.
    app.add_exception_handler(Exception, _unexpected)


class Caught:
    """The last to see an error that nobody expected: it is logged once, with the reference that the page shows."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] in ("http.response.start", "websocket.accept")
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception as error:
            if isinstance(error, UNREACHABLE):
                log.warning("database.unreachable", error=str(error).strip(), path=scope["path"])
            else:
                log.exception("request.failed", path=scope["path"])
            if scope["type"] == "http" and not begun:
                await _unexpected(Request(scope), error)(scope, receive, send)


def refusal(status: int, code: str, message: str) -> ASGIApp:
    """An answer for what comes no further than a middleware."""

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": code})
        elif _for_program(scope["path"]):
            await _json(status, code, message)(scope, receive, send)
        else:
            await PlainTextResponse(message, status)(scope, receive, send)

    return refuse


def _for_program(path: str) -> bool:
    return path.startswith(PROGRAMS)


def _json(status: int, code: str, message: str, headers: dict[str, str] | None = None, **more: Any) -> JSONResponse:
    return JSONResponse({"detail": {"code": code, "message": message, **more}}, status, headers)


def _answer(
    request: Request, status: int, code: str, message: str, *, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    reference = getattr(request.state, "request_id", "")
    if _for_program(request.url.path):
        if status >= 500:
            more = {**more, "reference": reference}
        return _json(status, code, message, headers, **more)
    page = errors.html(status, reference=reference if status >= 500 else "")
    return HTMLResponse(page, status, headers)


def _unexpected(request: Request, error: Exception) -> Response:
    if isinstance(error, UNREACHABLE):
        return _answer(request, 503, "unavailable", PASSING, headers={"Retry-After": "10"})
    return _answer(request, 500, "internal", OURS)


def status_of(error: AltaError) -> int:
    """The HTTP status of a business error."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def _business(request: Request, error: Exception) -> Response:
    assert isinstance(error, AltaError)  # noqa: S101 - what this is registered for
    status = status_of(error)
    headers: dict[str, str] = {}
    if isinstance(error, NotLoggedIn | Forbidden | TooMany):
        who = getattr(request.state, "identity", None)
        log.warning("request.refused", status=status, code=error.code, account=getattr(who, "account_id", None))
    if isinstance(error, NotLoggedIn):
        headers["WWW-Authenticate"] = getattr(request.state, "challenge", "Bearer")
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Invalid) and _for_program(request.url.path):
        return _field_list([(p.field, p.code, p.message) for p in error.problems])
    more = {"proposals": error.proposals} if isinstance(error, Taken) else {}
    return _answer(request, status, error.code, error.message, headers=headers, **more)


def _fields(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what this is registered for
    if not _for_program(request.url.path):
        return _answer(request, 404, "not_found", "")
    found = []
    for fault in error.errors():
        kind = str(fault["type"])
        place = [str(part) for part in fault["loc"] if part not in ("body", "query", "path", "header")]
        name = "" if kind == "json_invalid" else ".".join(place)
        found.append((name, kind, FIELD_WORDS.get(kind, "El valor no es válido.")))
    return _field_list(found)


def _field_list(found: list[tuple[str, str, str]]) -> JSONResponse:
    detail = [{"field": field, "code": code, "message": message} for field, code, message in found]
    return JSONResponse({"detail": detail}, 422)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what this is registered for
    code, message = HTTP_WORDS.get(error.status_code, ("http", str(error.detail)))
    headers = dict(error.headers) if error.headers else None
    return _answer(request, error.status_code, code, message, headers=headers)
