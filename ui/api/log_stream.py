"""A job's log as JSON lines, followed by notices: rows are read after the last number sent, off the loop."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi.concurrency import run_in_threadpool

from domain import journal
from domain.journal import Line
from domain.notices import listener
from domain.reports import jobs as report

PIECE = 2_000  # lines read at once
SAFETY = 1.0  # seconds after which we look although nobody called
BEAT = 15.0  # seconds of silence after which an empty line is sent


async def stream(job_id: int, after: int, *, follow: bool, gone: Callable[[], Awaitable[bool]]) -> AsyncIterator[str]:
    """The lines after `after`; with `follow` until the job has ended and all were sent. Raises NotFound at once."""
    await run_in_threadpool(report.ended, job_id)
    return _lines(job_id, after, follow=follow, gone=gone)


async def _lines(job_id: int, last: int, *, follow: bool, gone: Callable[[], Awaitable[bool]]) -> AsyncIterator[str]:
    loop, wake = asyncio.get_running_loop(), asyncio.Event()

    def heard(_topic: str) -> None:
        loop.call_soon_threadsafe(wake.set)

    leave = listener.subscribe(f"job:{job_id}", heard)
    quiet_since = loop.time()
    try:
        while not await gone():
            # The end is looked at before the lines: whatever was written before it is then read after it.
            over = not follow or await run_in_threadpool(report.ended, job_id)
            lines = await run_in_threadpool(journal.after, job_id, last, PIECE)
            if lines:
                last, quiet_since = lines[-1].n, loop.time()
                yield "".join(map(_json, lines))
            elif over:
                return
            elif loop.time() - quiet_since > BEAT:
                quiet_since = loop.time()
                yield "\n"
            if len(lines) < PIECE and not over:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SAFETY):
                        await wake.wait()
                wake.clear()
    finally:
        leave()


def _json(line: Line) -> str:
    at = line.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"n": line.n, "at": at, "text": line.text}, ensure_ascii=False) + "\n"
