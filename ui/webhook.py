"""POST /webhook/stripe: size, signature, then the intake, off the loop. What is not 2xx, Stripe sends again."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.requests import ClientDisconnect

from domain import events, stripe_gateway
from domain.errors import AltaError, Unavailable
from domain.event_subjects import Event
from domain.intake import Intake
from domain.stripe_gateway import BadSignature


class Plain(APIRoute):
    """Documented as any route; called as it is, since it reads and answers by itself."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The function, without what would read its parameters and write its answer."""
        found: Callable[[Request], Coroutine[Any, Any, Response]] = self.endpoint
        return found


router = APIRouter(tags=["webhook"], route_class=Plain)
log = structlog.get_logger()

LIMIT = 1024 * 1024  # bytes; Stripe's largest events are some tens of kB
AT_ONCE = 64 * 1024  # bytes that are verified and read in under a millisecond, so on the loop itself
intake = Intake()


class Received(BaseModel):
    """`outcome`: applied, or ignored (kept, but of no consequence here). `duplicate`: it had been dealt with before."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"event_id": "evt_1Q2w3E", "outcome": "applied", "duplicate": False}}
    )

    event_id: str
    outcome: str
    duplicate: bool


class Refusal(BaseModel):
    """Why not: `code` for programs, `message` for people."""

    code: str
    message: str


class Refused(BaseModel):
    """The body of every answer that is not 200."""

    detail: Refusal


_ANSWERS: dict[int | str, dict[str, Any]] = {
    400: {"model": Refused, "description": "Unsigned, altered, signed too long ago, or not an event. Nothing is kept."},
    413: {"model": Refused, "description": "Larger than 1 MiB. Nothing is kept."},
    500: {"model": Refused, "description": "Kept as failed, with the reason; send it again."},
    503: {"model": Refused, "description": "The database is away; send it again."},
}
_BODY = {
    "parameters": [
        {
            "name": "Stripe-Signature", "in": "header", "required": True, "schema": {"type": "string"},
            "description": "t=…,v1=… over the raw body with any active secret, at most 300 s old.",
        }
    ],
    "requestBody": {
        "required": True,
        "description": "An event as Stripe signs it.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
}  # fmt: skip


@router.post(
    "/webhook/stripe",
    response_model=Received,
    responses=_ANSWERS,
    openapi_extra=_BODY,
    summary="Stripe's events",
)
async def stripe(request: Request) -> JSONResponse:
    """Takes one event. The event itself decides nothing: what it is about is fetched from Stripe again."""
    try:
        payload = await _body(request)
    except ClientDisconnect:
        return _refuse(400, "incomplete", "La entrega se cortó.")
    if payload is None:
        return await _counted(413, "too_large", "La entrega pasa de 1 MiB.")
    try:
        event = await _verified(payload, request.headers.get("stripe-signature", ""))
        receipt = await asyncio.wrap_future(intake.submit(event))
    except BadSignature as error:
        return await _counted(400, error.reason, error.message)
    except Unavailable as error:
        if error.code == "database_away":
            return _refuse(503, error.code, error.message)
        return _failed(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, Stripe must send the event again
        return _failed(error)
    # The request's own line in the log says it all: a line more would be the dearest part of a delivery.
    structlog.contextvars.bind_contextvars(
        stripe_event=receipt.event_id, type=receipt.type, outcome=receipt.outcome, duplicate=receipt.duplicate,
        note=receipt.note,
    )  # fmt: skip
    answer = Received(event_id=receipt.event_id, outcome=receipt.outcome, duplicate=receipt.duplicate)
    return JSONResponse(answer.model_dump())


async def _body(request: Request) -> bytes | None:
    """The raw body; None as soon as it is known to be too large, however it is sent."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > LIMIT:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT:
            return None
    return bytes(body)


async def _verified(payload: bytes, signature: str) -> Event:
    if len(payload) <= AT_ONCE:
        return stripe_gateway.verify(payload, signature)
    return await asyncio.to_thread(stripe_gateway.verify, payload, signature)


async def _counted(status: int, reason: str, message: str) -> JSONResponse:
    log.warning("webhook.refused", reason=reason)
    try:
        await asyncio.to_thread(events.count_refusal, reason)
    except Exception:  # a count that is lost changes nothing for the sender
        log.exception("webhook.not_counted", reason=reason)
    return _refuse(status, reason, message)


def _failed(error: Exception) -> JSONResponse:
    known = isinstance(error, AltaError)  # one that explains itself needs no traceback
    log.error("webhook.failed", error=str(error), exc_info=None if known else error)
    return _refuse(500, "not_applied", "El evento no se pudo aplicar; queda anotado y se espera otra entrega.")


def _refuse(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse(Refused(detail=Refusal(code=code, message=message)).model_dump(), status)
