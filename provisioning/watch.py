"""Work under watch: ended early when it takes too long, or when staff asked to stop it."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from domain import database
from domain.models import Job
from domain.notices import listener
from domain.settings import settings
from provisioning.transcript import Transcript


class TimeUp(Exception):
    """`seconds` is the limit that was passed; `step` the step it was passed in, None for the job as a whole."""

    def __init__(self, seconds: float, step: str | None) -> None:
        super().__init__(f"more than {seconds} s")
        self.seconds = seconds
        self.step = step


class StopAsked(Exception):
    """Staff asked to stop the job."""


async def until_done(work: Coroutine[Any, Any, None], transcript: Transcript, limit: float | None = None) -> None:
    """Awaits `work`. Raises TimeUp or StopAsked when one of these comes first; `work` has then been ended.

    `limit` (s) takes the place of both general limits.
    """
    task = asyncio.create_task(work)
    watchers = [asyncio.create_task(_time_up(transcript, limit)), asyncio.create_task(_stop_asked(transcript.job_id))]
    try:
        await asyncio.wait({task, *watchers}, return_when=asyncio.FIRST_COMPLETED)
        for finished in (task, *watchers):
            if finished.done():
                finished.result()
                return
    finally:
        for each in (task, *watchers):
            each.cancel()
        await asyncio.gather(task, *watchers, return_exceptions=True)


async def _time_up(transcript: Transcript, limit: float | None) -> None:
    loop = asyncio.get_running_loop()
    for_job, for_step = limit or settings().job_time_limit, limit or settings().step_time_limit
    end = loop.time() + for_job
    while True:
        step_end = transcript.step_at + for_step
        left = min(end, step_end) - loop.time()
        if left <= 0:
            whole = end <= step_end
            raise TimeUp(for_job if whole else for_step, None if whole else transcript.step)
        await asyncio.sleep(left)


async def _stop_asked(job_id: int) -> None:
    loop = asyncio.get_running_loop()
    heard = asyncio.Event()

    def hear(_topic: str) -> None:
        loop.call_soon_threadsafe(heard.set)

    unsubscribe = listener.subscribe(f"job:{job_id}:cancel", hear)
    try:
        while not await asyncio.to_thread(_stop_wanted, job_id):
            await heard.wait()
            heard.clear()
    finally:
        unsubscribe()
    raise StopAsked


def _stop_wanted(job_id: int) -> bool:
    with database.reading() as session:
        job = session.get(Job, job_id)
        return job is not None and job.cancel_requested
