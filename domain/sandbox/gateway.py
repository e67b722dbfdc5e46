"""From an HTTP request under /v1 to an endpoint, and back: key, parameters, idempotency, expansion, errors, faults."""

import asyncio
import base64
import binascii
import json
import secrets
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from domain.sandbox import forms, ids
from domain.sandbox.api.call import Call, Endpoint
from domain.sandbox.errors import Declined, Refused
from domain.sandbox.expand import expand
from domain.sandbox.faults import Faults
from domain.sandbox.idempotency import Keys
from domain.sandbox.ledger import Cause, Ledger
from domain.sandbox.objects.events import API_VERSION

Answer = tuple[int, bytes]


class Cut(Response):
    """No answer: the connection is closed in the middle of one."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin an answer and never end it."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})


class Gateway:
    """Answers API requests. One for the whole server."""

    def __init__(self, ledger: Ledger, faults: Callable[[], Faults]) -> None:
        self._ledger = ledger
        self._faults = faults
        self._keys = Keys(ledger.store)

    async def answer(self, request: Request, endpoint: Endpoint) -> Response:
        """The whole way of one request."""
        request_id = ids.new("req", 14)
        if self._faults().api_down == "drop":
            return Cut()
        key = request.headers.get("Idempotency-Key") if request.method != "GET" else None
        try:
            self._admit(request)
            given = forms.parse(request.url.query) | forms.parse((await request.body()).decode())
            status, body, replayed = await self._once(request, endpoint, given, request_id, key)
        except Refused as refused:
            status, body, replayed = refused.status, _encode(refused.envelope(request_id)), False
        if self._faults().api_down == "lost":
            return Cut()
        return _response(status, body, request_id, key, replayed=replayed)

    def _admit(self, request: Request) -> None:
        """Raises Refused when the key or the version is wrong, or when the API is switched off."""
        given = _secret_key(request.headers.get("Authorization", ""))
        if not secrets.compare_digest(given.encode(), self._ledger.config.secret_key.encode()):
            hidden = f"{given[:8]}{'*' * 12}{given[-4:]}" if len(given) > 12 else "*" * len(given)
            raise Refused(f"Invalid API Key provided: {hidden}", status=401)
        version = request.headers.get("Stripe-Version", API_VERSION)
        if version != API_VERSION:
            raise Refused(f"The stand-in for Stripe speaks only the version {API_VERSION}, not {version}")
        if self._faults().api_down == "500":
            raise Refused("The stand-in for Stripe is switched off", status=500, kind="api_error")

    async def _once(
        self, request: Request, endpoint: Endpoint, given: dict[str, Any], request_id: str, key: str | None
    ) -> tuple[int, bytes, bool]:
        """Status, body, and whether the answer is a stored one."""
        name = f"{request.method} {request.url.path}"
        stored = self._keys.begin(key, name, given) if key else None
        if stored:
            return *stored, True
        answer = None
        try:
            await asyncio.sleep(self._faults().api_latency_ms / 1000)
            self._ledger.cause = Cause(request_id, key)
            try:
                answer = self._carry_out(request, endpoint, given, request_id)
            finally:
                self._ledger.cause = Cause()
        finally:
            if key:
                self._keys.finish(key, name, given, answer)
        return *answer, False

    def _carry_out(self, request: Request, endpoint: Endpoint, given: dict[str, Any], request_id: str) -> Answer:
        """Run the endpoint in one transaction. A declined card is an answer; other refusals are raised and undo all."""
        paths = given.get("expand", [])
        if not isinstance(paths, list):
            raise Refused("Invalid array", param="expand")
        arguments = {name: value for name, value in given.items() if name != "expand"}
        path = {name: str(value) for name, value in request.path_params.items()}
        moment = self._ledger.moment_of(*path.values(), *arguments.values())
        with self._ledger.at(moment), self._ledger.store.transaction():
            try:
                document = endpoint(Call(self._ledger, path, arguments, request.url.path))
            except Declined as declined:
                return declined.status, _encode(declined.envelope(request_id))
            return 200, _encode(expand(self._ledger.store, document, paths))


def _secret_key(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return value.strip() if scheme.lower() == "bearer" else ""


def _encode(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def _response(status: int, body: bytes, request_id: str, key: str | None, *, replayed: bool) -> Response:
    headers = {"Request-Id": request_id, "Stripe-Version": API_VERSION}
    if key:
        headers["Idempotency-Key"] = key
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(body, status, headers, media_type="application/json")


def unknown(call: Call) -> dict[str, Any]:
    """Every address under /v1 that the stand-in does not have."""
    raise Refused(
        f"Unrecognized request URL ({call.url}). The stand-in for Stripe does not do this; "
        "see domain/sandbox/README.md for what it does.",
        status=404,
    )
