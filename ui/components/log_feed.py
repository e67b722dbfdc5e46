"""One reader a job in this process, shared by all who watch it: reads rows after a number, hands on one batch.

A notice says "look again"; a safety timer looks again where a notice was lost. Nothing is kept per line.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog
from nicegui import background_tasks

from domain import journal
from domain.journal import Line
from domain.notices import listener
from ui.components.ansi import only_colours
from ui.live import off_loop

log = structlog.get_logger()
PACE = 0.06  # seconds from one batch to the next, at least: a writer's batches come every 50 ms
SAFETY = 1.0  # seconds after which we look although nobody called
PIECE = 2_000  # lines read at once
_MARK = "\x1b[7m"


@dataclass(frozen=True)
class Batch:
    """Consecutive lines, written as the terminal wants them once for all viewers."""

    first: int
    last: int
    text: str


class Viewer(Protocol):
    """Who watches. All are called on the loop; `feed` may be called with what it has already, or with a gap before."""

    @property
    def here(self) -> bool: ...
    def feed(self, batch: Batch) -> None: ...
    def tick(self) -> None: ...
    def crowd(self, viewers: int) -> None: ...


class Feed:
    """The reader of one job; lives while somebody watches."""

    def __init__(self, job_id: int, after: int) -> None:
        self.job_id, self.last = job_id, after
        self._viewers: set[Viewer] = set()
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._leave = listener.subscribe(f"job:{job_id}", self._heard)
        self._task = background_tasks.create(self._run(), name=f"log of job {job_id}")

    def join(self, viewer: Viewer) -> None:
        """One more watches."""
        self._viewers.add(viewer)
        self.count()

    def leave(self, viewer: Viewer) -> bool:
        """One fewer watches; True: nobody is left and the reader has ended."""
        self._viewers.discard(viewer)
        if self._viewers:
            self.count()
            return False
        self._leave()
        self._task.cancel()
        return True

    def _heard(self, _topic: str) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    def count(self) -> None:
        """Tells everyone how many watch: those whose browser is connected now."""
        here = sum(viewer.here for viewer in self._viewers)
        for viewer in list(self._viewers):
            viewer.crowd(here)

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                # Not wait_for: Python 3.11's may swallow the cancel that ends this reader.
                async with asyncio.timeout(SAFETY):
                    await self._wake.wait()
            self._wake.clear()
            began = self._loop.time()
            try:
                await self._read()
            except Exception as error:  # noqa: BLE001 - the database may be away for a while; the rows wait for us
                log.warning("log.unreadable", job=self.job_id, error=str(error))
                await asyncio.sleep(SAFETY)
            await asyncio.sleep(max(0.0, PACE - (self._loop.time() - began)))

    async def _read(self) -> None:
        lines = await off_loop(journal.after, self.job_id, self.last, PIECE)
        if lines:
            self.last = lines[-1].n
            batch = Batch(lines[0].n, lines[-1].n, render(lines))
            for viewer in list(self._viewers):
                viewer.feed(batch)
        for viewer in list(self._viewers):
            viewer.tick()
        if len(lines) == PIECE:
            self._wake.set()


_feeds: dict[int, Feed] = {}


def join(job_id: int, viewer: Viewer, *, after: int) -> None:
    """`viewer` gets every batch from now on; a new reader begins after line `after`."""
    if job_id not in _feeds:
        _feeds[job_id] = Feed(job_id, after)
    _feeds[job_id].join(viewer)


def leave(job_id: int, viewer: Viewer) -> None:
    """`viewer` gets nothing any more."""
    feed = _feeds.get(job_id)
    if feed is not None and feed.leave(viewer):
        _feeds.pop(job_id, None)


def recount(job_id: int) -> None:
    """Somebody's browser came or went."""
    if job_id in _feeds:
        _feeds[job_id].count()


def render(lines: Sequence[Line], *, marked: int | None = None) -> str:
    """Lines for the terminal: number and time dimmed, then the text, each ending its colours; `marked` stands out."""
    return "".join(
        f"\x1b[90m{line.n:>5}  {line.at:%H:%M:%S}.{line.at.microsecond // 1000:03d}\x1b[0m "
        f"{_MARK if line.n == marked else ''}{only_colours(line.text)}\x1b[0m\r\n"
        for line in lines
    )
