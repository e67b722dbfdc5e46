"""The worker: takes jobs and letters off the queue, looks after the nodes, and comes back whatever happens to the
database. The only importer of procrastinate.

`python -m provisioning.worker` runs one on the settings of the environment; `main.py worker` does the same with its
own logs, and `serve --with-worker` runs it on the web application's loop.
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Iterator

import procrastinate
import structlog
from procrastinate import JobContext, RetryDecision
from procrastinate.jobs import Job as QueueJob

from domain import accounts, database, letters, nodes, queue
from domain.notices import listener
from domain.settings import settings
from provisioning import duties, recipes, supervisor
from provisioning.fleet import Fleet
from provisioning.sweep import Hands, sweep

log = structlog.get_logger()

HEARTBEAT = 2.0  # seconds between two signs of life
POLL = 1.0  # seconds between two looks at the queue when no notice comes: retries are due without one
SWEEP = 3.0  # seconds between two sweeps
GRACE = 1.0  # seconds that work in hand gets to end by itself; the node goes on without us
DATABASE_PATIENCE = 5.0  # seconds that the queue waits for a connection before its loop ends
BACKOFF = (1, 2, 4, 8, 15)  # seconds before each new try; the last one stays
LETTER_BACKOFF = (5, 30, 120, 600, 1800)


class Patience(procrastinate.BaseRetryStrategy):
    """Tries again for as long as needed, later each time; what was interrupted by our own stop is due at once."""

    def __init__(self, waits: tuple[int, ...]) -> None:
        self.waits = waits

    def get_retry_decision(self, *, exception: BaseException, job: QueueJob) -> RetryDecision:
        """When this job is due again."""
        if isinstance(exception, recipes.Later) and exception.soon:
            return RetryDecision(retry_in={"seconds": 1})
        if not isinstance(exception, Exception):
            return RetryDecision(retry_in={"seconds": 0})
        return RetryDecision(retry_in={"seconds": self.waits[min(job.attempts, len(self.waits) - 1)]})


async def run(stop: asyncio.Event | None = None, *, concurrency: int | None = None) -> None:
    """Works until `stop` is set. Several may run at once, in this process or elsewhere; each takes what is free."""
    stop = stop or asyncio.Event()
    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    listener.start()
    fleet = Fleet()
    try:
        await supervisor.keep("worker", lambda: _work(stop, fleet, concurrency or settings().job_concurrency), stop)
    finally:
        await fleet.close()
        log.info("worker.stopped")


async def _work(stop: asyncio.Event, fleet: Fleet, concurrency: int) -> None:
    """One life of the queue's loop: ends when `stop` is set, or when the database is away for too long."""
    await asyncio.to_thread(nodes.from_settings)
    hands = Hands()
    async with _opened(fleet, hands) as app:
        looping = asyncio.create_task(_loop(app, concurrency), name="queue loop")
        beside = [asyncio.create_task(_sweeping(hands, stop)), *duties.start(fleet, stop)]
        stopped = asyncio.create_task(stop.wait())
        log.info("worker.started", concurrency=concurrency)
        try:
            await asyncio.wait({looping, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (looping, stopped, *beside):
                task.cancel()
            results = await asyncio.gather(looping, stopped, *beside, return_exceptions=True)
    if isinstance(results[0], Exception):
        raise results[0]


@contextlib.asynccontextmanager
async def _opened(fleet: Fleet, hands: Hands) -> AsyncIterator[procrastinate.App]:
    connector = procrastinate.PsycopgConnector(
        conninfo=database.url(),
        min_size=1,
        max_size=4,
        timeout=DATABASE_PATIENCE,
        kwargs={"connect_timeout": 5, "application_name": "alta-queue"},
    )
    app = procrastinate.App(connector=connector)
    _tasks(app, fleet, hands)
    async with app.open_async():
        yield app


async def _loop(app: procrastinate.App, concurrency: int) -> None:
    await app.run_worker_async(
        name="alta",
        concurrency=concurrency,
        fetch_job_polling_interval=POLL,
        update_heartbeat_interval=HEARTBEAT,
        stalled_worker_timeout=settings().stalled_after,
        shutdown_graceful_timeout=GRACE,
        install_signal_handlers=False,
        delete_jobs="successful",
    )


async def _sweeping(hands: Hands, stop: asyncio.Event) -> None:
    async def once() -> None:
        await asyncio.to_thread(sweep, hands, settings().stalled_after)

    await supervisor.every(SWEEP, "sweep", once, stop)


def _tasks(app: procrastinate.App, fleet: Fleet, hands: Hands) -> None:
    """The three things that the queue carries; names and arguments are those of `domain.queue`."""

    @app.task(name=queue.RUN_JOB, pass_context=True, retry=Patience(BACKOFF))
    async def run_job(context: JobContext, job_id: int) -> None:
        with _in_hand(context, hands), structlog.contextvars.bound_contextvars(job=job_id):
            await recipes.run_job(job_id, fleet)

    @app.task(name=queue.SEND_LETTER, pass_context=True, retry=Patience(LETTER_BACKOFF))
    async def send_letter(context: JobContext, letter_id: int) -> None:
        with _in_hand(context, hands), structlog.contextvars.bound_contextvars(letter=letter_id):
            await asyncio.to_thread(letters.send, letter_id)

    @app.task(name=queue.SEND_LINK, pass_context=True, retry=Patience(LETTER_BACKOFF))
    async def send_link(context: JobContext, login: str, visitor: str | None) -> None:
        with _in_hand(context, hands):
            await asyncio.to_thread(accounts.write_link, login, visitor)


@contextlib.contextmanager
def _in_hand(context: JobContext, hands: Hands) -> Iterator[None]:
    queue_id, worker_id = context.job.id, context.job.worker_id
    hands.running.add(queue_id or 0)
    hands.workers.add(worker_id or 0)
    try:
        yield
    finally:
        hands.running.discard(queue_id or 0)


async def _main() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run(stop)


if __name__ == "__main__":
    database.configure(settings().database_url)
    asyncio.run(_main())
