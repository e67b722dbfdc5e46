"""Which open pages belong to which login, in this process: pages outlive a logout, or a role, unless they are closed.

A socket proves only which page it is. So each page that opens with an identity is remembered, and closed as soon as a
notice, the clock or a new connection shows that its session is over or a role of it went: told to reload, which leads
where its person may be, and a moment later forgotten here, for browsers that do not do as they are told.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from nicegui import Client, app, background_tasks
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from domain import identities
from domain.identities import Identity
from domain.models.base import now
from domain.notices import listener

log = structlog.get_logger()

CHECK_EVERY = 60  # seconds; what expires by itself sends no notice
GRACE = 1.0  # seconds that a page has for leaving by itself

_open: dict[str, dict[str, Identity]] = {}  # session id -> client id -> who it was opened as
_told: set[str] = set()  # ids of clients that were told to leave


def install() -> None:
    """Follows every page that connects."""
    app.on_connect(_connected)


@asynccontextmanager
async def followed() -> AsyncIterator[None]:
    """While the application runs: notices of what changed for sessions, and a look at all of them every minute."""
    loop = asyncio.get_running_loop()

    def hear(topic: str) -> None:
        session_id = topic.partition(":")[2]
        asyncio.run_coroutine_threadsafe(_look({session_id} if session_id else None), loop)

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
    loop, session_id = asyncio.get_running_loop(), identity.session_id
    if client.id in _told:  # it came back instead of leaving
        loop.call_soon(_end, client.id)
        return
    _open.setdefault(session_id, {})[client.id] = identity
    client.on_delete(lambda: _forget(session_id, client.id))
    if identity.visit is not None:
        left = (identity.visit.ends_at - now()).total_seconds()
        ending = loop.call_later(max(left, 0) + 0.1, lambda: background_tasks.create(_look({session_id})))
        client.on_delete(ending.cancel)
    await _look({session_id})


def _forget(session_id: str, client_id: str) -> None:
    _told.discard(client_id)
    pages = _open.get(session_id, {})
    pages.pop(client_id, None)
    if not pages:
        _open.pop(session_id, None)


async def _look(session_ids: set[str] | None) -> None:
    """Asks about those of `session_ids` (None: all) that have pages here, and closes the pages that may be no more."""
    mine = set(_open) if session_ids is None else session_ids & set(_open)
    if not mine:
        return
    try:
        present = await run_in_threadpool(identities.present, mine)
    except SQLAlchemyError as error:
        log.warning("open_pages.unknown", error=str(error).strip())  # the notices' reconnection looks again
        return
    for session_id in mine:
        who = present.get(session_id)
        for client_id, then in list(_open.get(session_id, {}).items()):
            if client_id not in _told and (who is None or not who.holds(then)):
                _close(client_id)


def _close(client_id: str) -> None:
    if (client := Client.instances.get(client_id)) is not None:
        _told.add(client_id)
        client.run_javascript("location.reload()")
        asyncio.get_running_loop().call_later(GRACE, _end, client_id)


def _end(client_id: str) -> None:
    """Who left is deleted by NiceGUI; who is still connected hears and sees nothing from now on."""
    client = Client.instances.get(client_id)
    if client is not None and client.has_socket_connection:
        client.delete()
