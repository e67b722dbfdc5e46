"""The live log: numbered lines of a job, written in batches with the steps they belong to, read after a number."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from domain import database, jobs
from domain.errors import Conflict
from domain.job_kinds import KINDS
from domain.models import Job, JobStep, LogLine
from domain.states import StepStatus

LINE_LIMIT = 4_000  # characters of one line that are kept
JOB_LIMIT = 200_000  # lines of one job that are kept


@dataclass(frozen=True)
class Line:
    """One line as stored: `n` counts from 1 without gaps within its job."""

    n: int
    at: datetime
    text: str


@dataclass
class Batch:
    """What one write keeps together: lines, the bytes of the node's log they came from, and steps begun.

    `steps`: names of steps that began, in order; each ends the one before. `log_bytes`: None leaves it as it is.
    `from_bytes`: where this batch begins in the node's log; given, it must be where the row stands, so that a batch
    written twice is refused. `attempt`: given, the job must still be that attempt's, so that a worker that lost the
    job to another writes nothing, and cannot move the place from under the other's feet. `phase`: whose log `log_bytes`
    is a place in, for jobs of several scripts.
    """

    lines: list[tuple[datetime, str]] = field(default_factory=list)
    steps: list[tuple[datetime, str]] = field(default_factory=list)
    log_bytes: int | None = None
    from_bytes: int | None = None
    attempt: int | None = None
    phase: str | None = None

    def __bool__(self) -> bool:
        return bool(self.lines or self.steps or self.log_bytes is not None)


def append(job_id: int, batch: Batch) -> int:
    """Writes a batch in one transaction and tells everyone who follows; returns the last line's number.

    Lines must be redacted and shortened by the caller (`provisioning.transcript`). Raises Conflict (`log_moved`).
    """
    with database.transaction() as session:
        job = jobs.locked(session, job_id)
        if batch.from_bytes not in (None, job.log_bytes) or batch.attempt not in (None, job.attempts):
            raise Conflict("Otro proceso ya leyó esta parte del registro.", code="log_moved")
        first = job.last_line + 1
        if batch.lines:
            rows = [
                {"job_id": job_id, "n": first + index, "at": at, "text": text}
                for index, (at, text) in enumerate(batch.lines)
            ]
            session.execute(insert(LogLine), rows)
            job.last_line = first + len(rows) - 1
        for at, name in batch.steps:
            _begin_step(session, job, name, at)
        if batch.log_bytes is not None:
            job.log_bytes = batch.log_bytes
        if batch.phase is not None:
            job.result = {**job.result, "phase": batch.phase}
        session.add(job)
        # Lists of jobs need not look again for every line: only a step that begins changes what they show.
        database.notify(session, f"job:{job_id}" if batch.steps else f"job:{job_id}:log")
        return job.last_line


def _begin_step(session: Session, job: Job, name: str, at: datetime) -> None:
    steps = session.exec(select(JobStep).where(JobStep.job_id == job.id).with_for_update(key_share=True)).all()
    known = {step.name: step for step in steps}
    if name in known and known[name].status == StepStatus.DONE:
        return  # a script that is run again names what it skips
    for step in steps:
        if step.status == StepStatus.RUNNING and step.name != name:
            step.status, step.finished_at = StepStatus.DONE.value, at
            session.add(step)
    if name not in known:
        order = [kind.name for kind in KINDS[job.kind].steps]
        position = order.index(name) if name in order else len(order) + len(steps)
        session.add(JobStep(job_id=job.id or 0, name=name, position=position, started_at=at))
    elif known[name].status == StepStatus.FAILED:
        known[name].status, known[name].started_at, known[name].finished_at = StepStatus.RUNNING.value, at, None
        session.add(known[name])
    session.flush()


def after(job_id: int, number: int, limit: int = 2_000) -> list[Line]:
    """Lines with n > `number`, oldest first, at most `limit`."""
    query = select(LogLine).where(LogLine.job_id == job_id, LogLine.n > number).order_by(col(LogLine.n)).limit(limit)
    with database.reading() as session:
        return _plain(session.exec(query).all())


def before(job_id: int, number: int, limit: int = 1_000) -> list[Line]:
    """The `limit` lines just before `number`, oldest first (for "older lines")."""
    query = (
        select(LogLine).where(LogLine.job_id == job_id, LogLine.n < number).order_by(col(LogLine.n).desc()).limit(limit)
    )
    with database.reading() as session:
        return _plain(session.exec(query).all())[::-1]


def tail(job_id: int, limit: int = 500) -> list[Line]:
    """The newest `limit` lines, oldest first."""
    return before(job_id, 2**62, limit)


def search(job_id: int, words: str, limit: int = 200) -> list[Line]:
    """Lines that contain `words` (case ignored), oldest first, at most `limit`."""
    query = (
        select(LogLine)
        .where(LogLine.job_id == job_id, func.strpos(func.lower(LogLine.text), words.lower()) > 0)
        .order_by(col(LogLine.n))
        .limit(limit)
    )
    with database.reading() as session:
        return _plain(session.exec(query).all())


def _plain(rows: Sequence[LogLine]) -> list[Line]:
    return [Line(row.n, row.at, row.text) for row in rows]
