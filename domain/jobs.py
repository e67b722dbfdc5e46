"""Jobs: asked for in the business transaction, run by the worker, retried or cancelled by staff.

A retry changes a row; the worker reads rows. Terminal states are left only through `retry`.
"""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from domain import audit, database, hooks, queue, states
from domain.errors import Conflict, NotFound
from domain.job_kinds import KINDS
from domain.models import Job, JobStep, Tenant
from domain.models.base import now
from domain.settings import settings
from domain.states import JobStatus, StepStatus


@dataclass(frozen=True)
class WorkOrder:
    """What the worker needs to begin; `log_bytes` is where to reattach, `steps_done` what must not be done again;
    `stop_asked`: staff wants it ended."""

    job_id: int
    kind: str
    tenant_id: int | None
    node_id: int | None
    attempt: int
    args: dict[str, Any]
    log_bytes: int
    last_line: int
    steps_done: frozenset[str]
    stop_asked: bool


def defer(
    session: Session,
    kind: str,
    *,
    tenant: Tenant | None = None,
    node_id: int | None = None,
    args: dict[str, Any] | None = None,
    requested_by: str = "sistema",
) -> Job:
    """Adds a job to this transaction: our row and the queue's. The worker sees it when the transaction commits."""
    job = Job(
        kind=KINDS[kind].name,
        tenant_id=tenant.id if tenant else None,
        node_id=node_id or (tenant.node_id if tenant else None),
        args=args or {},
        requested_by=requested_by,
    )
    session.add(job)
    session.flush()
    _enqueue(session, job)
    return job


def _enqueue(session: Session, job: Job) -> None:
    lock = f"tenant:{job.tenant_id}" if job.tenant_id else f"node:{job.node_id}"
    job.queue_id = queue.defer(session, queue.RUN_JOB, {"job_id": job.id or 0}, queue="jobs", lock=lock)
    session.add(job)
    database.notify(session, f"job:{job.id}")


def enqueue_again(session: Session, job_id: int) -> None:
    """Gives a job that is not over another place on the queue: the one it had is gone."""
    _enqueue(session, locked(session, job_id))


def ticket(job: Job) -> str:
    """What the node calls this job, in at most 20 characters: nodes outlive databases, whose numbers begin anew.

    The row's birth tells two jobs with one number apart, as after a lost or restored database.
    """
    return f"{job.id}-{int(job.created_at.timestamp() * 1000) % 16**8:08x}"


def locked(session: Session, job_id: int) -> Job:
    """The job's row, locked until the transaction ends. Raises NotFound."""
    job = session.exec(select(Job).where(col(Job.id) == job_id).with_for_update(key_share=True)).one_or_none()
    if job is None:
        raise NotFound("No existe ese trabajo.")
    return job


def _move(session: Session, job: Job, status: JobStatus) -> bool:
    moved = states.check(states.JOB_MOVES, job.status, status)
    job.status = status.value
    session.add(job)
    database.notify(session, f"job:{job.id}")
    return moved


def retry(job_id: int, *, requested_by: str) -> None:
    """Puts a failed or cancelled job back on the queue. What its steps achieved is kept. Raises Conflict."""
    with database.transaction() as session:
        job = locked(session, job_id)
        if job.status not in (JobStatus.FAILED, JobStatus.CANCELLED):
            raise Conflict("Solo se puede reintentar un trabajo que falló o se detuvo.")
        queue_again(session, job)
        audit.record(session, actor=requested_by, action="job.retry", target=f"job:{job_id}")


def queue_again(session: Session, job: Job) -> None:
    """Puts a locked job that failed or was cancelled back on the queue. Raises Conflict where it is neither."""
    _move(session, job, JobStatus.QUEUED)
    job.finished_at, job.error, job.waiting_reason, job.cancel_requested = None, None, None, False
    _enqueue(session, job)


def cancel(job_id: int, *, requested_by: str) -> None:
    """Cancels a job that never began at once, or asks the worker to stop one that did. Raises Conflict."""
    with database.transaction() as session:
        job = locked(session, job_id)
        if not KINDS[job.kind].cancellable:
            raise Conflict("Este trabajo no se puede detener sin riesgo.")
        if job.status == JobStatus.QUEUED and job.started_at is None:
            _move(session, job, JobStatus.CANCELLED)
            job.finished_at = now()
        elif job.status in (JobStatus.QUEUED, JobStatus.RUNNING):
            # Once begun it may be going on on the node, even while it waits here: only the worker can end that.
            job.cancel_requested = True
            session.add(job)
            database.notify(session, f"job:{job.id}:cancel")
        else:
            raise Conflict("Este trabajo ya terminó.")
        audit.record(session, actor=requested_by, action="job.cancel", target=f"job:{job_id}")


def begin(job_id: int) -> WorkOrder | None:
    """The worker takes the job (again, after a crash). None: it ended or was cancelled meanwhile."""
    with database.transaction() as session:
        job = locked(session, job_id)
        if job.status not in (JobStatus.QUEUED, JobStatus.RUNNING):
            return None
        _move(session, job, JobStatus.RUNNING)
        job.attempts += 1
        job.started_at = job.started_at or now()
        job.waiting_reason = None
        done = session.exec(
            select(JobStep.name).where(JobStep.job_id == job_id, JobStep.status == StepStatus.DONE)
        ).all()
        return WorkOrder(
            job_id, job.kind, job.tenant_id, job.node_id, job.attempts, dict(job.args), job.log_bytes,
            job.last_line,            frozenset(done), job.cancel_requested,
        )  # fmt: skip


def hold(job_id: int, reason: str, *, attempt: int) -> None:
    """The worker puts the job back to wait for a better moment; the customer reads `reason` (Spanish).

    Raises Conflict when the job ended meanwhile, or a later attempt than `attempt` has it.
    """
    with database.transaction() as session:
        job = locked(session, job_id)
        if job.attempts != attempt:
            raise Conflict("Otro proceso ya tiene este trabajo.", code="superseded")
        _move(session, job, JobStatus.QUEUED)
        job.waiting_reason = reason


def pending(session: Session, tenant: Tenant, kind: str) -> bool:
    """True when a job of `kind` waits or runs for this tenant."""
    open_ = (JobStatus.QUEUED.value, JobStatus.RUNNING.value)
    query = select(Job.id).where(Job.tenant_id == tenant.id, Job.kind == kind, col(Job.status).in_(open_))
    return session.exec(query).first() is not None


def finish(session: Session, job_id: int, status: JobStatus, *, error: str | None = None, **result: Any) -> Job | None:
    """Ends a job inside the caller's transaction; running steps end with it. None: it had ended already."""
    job = locked(session, job_id)
    if job.status not in (JobStatus.QUEUED, JobStatus.RUNNING):
        return None
    _move(session, job, status)
    job.finished_at = now()
    job.error = error
    job.waiting_reason = None
    job.result = {**job.result, **result}
    ending = StepStatus.DONE if status == JobStatus.SUCCEEDED else StepStatus.FAILED
    # What failed in an earlier attempt and was found done in this one is done.
    open_ = (StepStatus.RUNNING, StepStatus.FAILED) if status == JobStatus.SUCCEEDED else (StepStatus.RUNNING,)
    running = select(JobStep).where(JobStep.job_id == job_id, col(JobStep.status).in_(open_))
    for step in session.exec(running).all():
        step.status = ending.value
        step.finished_at = job.finished_at
        session.add(step)
    if job.tenant_id is not None:
        database.notify(session, f"tenant:{job.tenant_id}")
        if status == JobStatus.SUCCEEDED and job.kind in hooks.OF_JOBS:
            tenant = session.get_one(Tenant, job.tenant_id)
            told = {"tenant": tenant.subdomain, "url": settings().tenant_url(tenant.subdomain)}
            hooks.emit(session, hooks.OF_JOBS[job.kind], tenant.customer_id, **told)
    return job
