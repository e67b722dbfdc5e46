"""Putting work back on the queue that nobody does any more.

Three cases: the worker gives no sign of life; it lives but lost the end of a job (PostgreSQL was away at that moment);
or the queue has no place for a job that is not over, as after a worker that was thought dead ended its place for it.
One transaction under one advisory lock, so that two sweepers never put the same job back twice.
"""

import time
from dataclasses import dataclass, field

import structlog
from sqlalchemy import text

from domain import database, jobs

log = structlog.get_logger()

_ONE_AT_A_TIME = text("select pg_try_advisory_xact_lock(hashtext('alta.sweep'))")
_STALLED = text(
    "select id from procrastinate_jobs job where status = 'doing' and not exists ("
    "select 1 from procrastinate_workers worker where worker.id = job.worker_id "
    "and worker.last_heartbeat > now() - make_interval(secs => :seconds)) for update of job skip locked"
)
_MINE = text(
    "select id from procrastinate_jobs where status = 'doing' and worker_id = any(:workers) for update skip locked"
)
_WITHOUT_PLACE = text(
    "select id from job where status in ('queued', 'running') and queue_id is not null and not exists ("
    "select 1 from procrastinate_jobs place where place.id = job.queue_id and place.status in ('todo', 'doing')) "
    "for no key update skip locked"
)
_REQUEUE = text("select procrastinate_retry_job_v2(:job, null, null, null, null)")


@dataclass
class Hands:
    """What this process has in hand: queue ids being worked on, and the worker ids under which it took them."""

    running: set[int] = field(default_factory=set)
    workers: set[int] = field(default_factory=set)
    _dropped_since: dict[int, float] = field(default_factory=dict)

    def dropped(self, doing: set[int], seconds: float) -> list[int]:
        """Ids that the queue believes to be with us, and that have not been for `seconds`."""
        now = time.monotonic()
        loose = doing - self.running
        self._dropped_since = {job: self._dropped_since.get(job, now) for job in loose}
        return [job for job, since in self._dropped_since.items() if now - since >= seconds]


def sweep(hands: Hands, seconds: float) -> list[int]:
    """Puts back what no living worker has done for `seconds`; returns the queue ids."""
    with database.transaction() as session:
        if not session.execute(_ONE_AT_A_TIME).scalar_one():
            return []
        stalled = session.execute(_STALLED, {"seconds": seconds}).scalars().all()
        doing = session.execute(_MINE, {"workers": list(hands.workers)}).scalars().all()
        back = sorted(({*stalled} - hands.running) | {*hands.dropped(set(doing), seconds)})
        for job in back:
            session.execute(_REQUEUE, {"job": job})
        lost = session.execute(_WITHOUT_PLACE).scalars().all()
        for job_id in lost:
            jobs.enqueue_again(session, job_id)
    if back:
        log.warning("sweep.requeued", queue_ids=back)
    if lost:
        log.warning("sweep.enqueued_again", jobs=list(lost))
    return back
