"""Which open pages belong to which login, in this process: pages outlive a logout unless they are told.

A socket proves only which page it is. So each page that opens with an identity is remembered, and reloaded as soon
as a notice, the clock or a new connection shows that its session is over; the reload then ends at the login.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from nicegui import Client, app
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from domain import sessions
from domain.notices import listener
from domain.sessions import Identity

log = structlog.get_logger()

CHECK_EVERY = 60  # seconds; what expires by itself sends no notice

_open: dict[str, set[str]] = {}  # session id -> ids of clients


def install() -> None:
    """Follows every page that connects."""
    app.on_connect(_connected)


@asynccontextmanager
async def followed() -> AsyncIterator[None]:
    """While the application runs: notices of ended sessions, and a look at all of them every minute."""
    loop = asyncio.get_running_loop()

    def hear(topic: str) -> None:
        ended = topic.partition(":")[2]
        asyncio.run_coroutine_threadsafe(_look({ended} if ended else None), loop)

    unsubscribe = listener.subscribe("session", hear)
    clock = asyncio.create_task(_every_minute())
    try:
        yield
    finally:
        unsubscribe()
        clock.cancel()
        with suppress(asyncio.CancelledError):
            await clock


async def _every_minute() -> None:
    while True:
        await asyncio.sleep(CHECK_EVERY)
        await _look(None)


async def _connected(client: Client) -> None:
    identity: Identity | None = getattr(client.request.state, "identity", None)
    if identity is None:
        return
    _open.setdefault(identity.session_id, set()).add(client.id)
    client.on_delete(lambda: _forget(identity.session_id, client.id))
    await _look({identity.session_id})


def _forget(session_id: str, client_id: str) -> None:
    pages = _open.get(session_id, set())
    pages.discard(client_id)
    if not pages:
        _open.pop(session_id, None)


async def _look(session_ids: set[str] | None) -> None:
    """Asks about those of `session_ids` (None: all) that have pages here, and reloads the pages of the dead."""
    mine = set(_open) if session_ids is None else session_ids & set(_open)
    if not mine:
        return
    try:
        living = await run_in_threadpool(sessions.alive, mine)
    except SQLAlchemyError as error:
        log.warning("open_pages.unknown", error=str(error).strip())  # the notices' reconnection looks again
        return
    for session_id in mine - living:
        for client_id in _open.pop(session_id, set()):
            client = Client.instances.get(client_id)
            if client is not None:
                client.run_javascript("location.reload()")
