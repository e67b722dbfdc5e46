"""Pages that follow what happens: a notice says "look again", and the page reads and writes in place."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import copy_context
from typing import ParamSpec, TypeVar

import structlog
from nicegui import background_tasks, run, ui

from domain.notices import listener

P = ParamSpec("P")
R = TypeVar("R")
log = structlog.get_logger()
PACE = 0.15  # seconds between two refreshes of one page, at least
SETTLED = 2.2  # seconds after the last notice, when answers kept for 2 s are surely new


async def off_loop(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """`run.io_bound` that ends with the task: NiceGUI's answers None when it is cancelled, so loops would go on."""
    context = copy_context()  # the request that is being answered: its threads write the audit
    answer = await run.io_bound(lambda: (context.run(function, *args, **kwargs),))
    if answer is None:
        raise asyncio.CancelledError
    return answer[0]


class Following:
    """One page's refreshes: at most one per 150 ms, never two at once, none while the browser is away."""

    def __init__(self, refresh: Callable[[], Awaitable[None]], *, settle: bool, pace: float, lines: bool) -> None:
        self._refresh, self._settle, self._pace, self._lines = refresh, settle, pace, lines
        self._client = ui.context.client
        self._loop = asyncio.get_running_loop()
        self._due: asyncio.TimerHandle | None = None
        self._last_look: asyncio.TimerHandle | None = None
        self._busy = self._missed = self._over = False
        self._earliest = 0.0

    def heard(self, topic: str) -> None:
        """Called in the listener's thread."""
        if (self._lines or not topic.endswith(":log")) and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.ask)

    def ask(self) -> None:
        """Asks for a refresh as soon as the pace allows."""
        self._plan(settle=self._settle)

    def came_back(self) -> None:
        """The browser is here (again): what it missed is read now."""
        if self._missed:
            self._missed = False
            self.ask()

    def end(self) -> None:
        """No refresh after this."""
        self._over = True
        for handle in (self._due, self._last_look):
            if handle is not None:
                handle.cancel()

    def _plan(self, *, settle: bool) -> None:
        if self._over:
            return
        if settle:
            if self._last_look is not None:
                self._last_look.cancel()
            self._last_look = self._loop.call_later(SETTLED, lambda: self._plan(settle=False))
        if self._busy:
            self._missed = True
        elif self._due is None:
            wait = max(self._earliest - self._loop.time(), 0)
            self._due = self._loop.call_later(wait, lambda: background_tasks.create(self._run()))

    async def _run(self) -> None:
        self._due = None
        if self._over:
            return
        if not self._client.has_socket_connection:
            self._missed = True
            return
        self._busy, self._missed = True, False
        self._earliest = self._loop.time() + self._pace
        try:
            with self._client:
                await self._refresh()
        except Exception:
            log.exception("live.refresh")
        finally:
            self._busy = False
        if self._missed:
            self._missed = False
            self._plan(settle=False)


def follow(
    topics: Sequence[str],
    refresh: Callable[[], Awaitable[None]],
    *,
    settle: bool = False,
    pace: float = PACE,
    lines: bool = False,
) -> Following:
    """Calls `refresh` on notices for any of `topics` (see `domain.notices`) as long as this page lives.

    `settle`: once more when nothing was heard for 2.2 s, for pages that show answers kept for 2 s. `lines`: for new
    lines of a log too (`job:12:log`), not only for what changes a job.
    """
    following = Following(refresh, settle=settle, pace=pace, lines=lines)
    client = ui.context.client
    leave = [listener.subscribe(topic, following.heard) for topic in topics]
    client.on_connect(following.came_back)

    def gone() -> None:
        following.end()
        for unsubscribe in leave:
            unsubscribe()

    client.on_delete(gone)
    return following
