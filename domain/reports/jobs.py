"""Jobs as staff see them: running first, and one with its steps."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain import database, job_kinds
from domain.errors import NotFound
from domain.job_kinds import KINDS
from domain.recent import recent
from domain.reports import paging
from domain.reports.paging import Page, Where
from domain.states import JobStatus

STATUSES = [status.value for status in JobStatus]
ENDED = {JobStatus.SUCCEEDED.value, JobStatus.FAILED.value, JobStatus.CANCELLED.value}


@dataclass(frozen=True)
class Filter:
    """`status` is one of STATUSES or None; `text` part of a subdomain; pages count from 1."""

    text: str = ""
    status: str | None = None
    tenant_id: int | None = None
    number: int = 1
    size: int = paging.SIZE


@dataclass(frozen=True)
class JobRow:
    """`title` names kind and tenant ("Crear panaderia-sol"); `seconds` from start to end, or to now while it runs."""

    id: int
    kind: str
    title: str
    status: str
    tenant_id: int | None
    subdomain: str | None
    company: str | None
    node_id: int | None
    node: str | None
    container: int | None
    attempts: int
    requested_by: str
    waiting_reason: str | None
    error: str | None
    cancel_requested: bool
    last_line: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None


@dataclass(frozen=True)
class StepRow:
    """`status`: todo, running, done, failed; `seconds` so far while it runs, None before it began."""

    name: str
    title: str
    status: str
    seconds: float | None

    @property
    def phrase(self) -> str:
        """The title, under the name that the step list reads."""
        return self.title


@dataclass(frozen=True)
class JobDetail:
    """One job: its row, every step in order (those to come too), and what staff may do with it now.

    `placement` says why its tenant was given its node, where it was."""

    row: JobRow
    steps: list[StepRow]
    can_retry: bool
    can_cancel: bool
    node_tenants: int | None
    node_capacity: int | None
    placement: str = ""


_ROWS = """
select j.*, t.subdomain, c.company, n.name as node, n.container, n.capacity
from job as j
left join tenant as t on t.id = j.tenant_id
left join customer as c on c.id = t.customer_id
left join node as n on n.id = j.node_id
where j.id = any(:ids)
"""
_STEPS = "select name, status, started_at, finished_at from job_step where job_id = :job order by position"
_ON_NODE = "select count(*) from tenant where node_id = :node and observed not in ('absent', 'archived', 'deleted')"


def page(wanted: Filter) -> Page[JobRow]:
    """One page of jobs: those that run, then those that wait, then the newest."""
    source, where = "job as t", Where()
    if wanted.status is not None:
        where.add("t.status = :status", status=wanted.status)
    if wanted.tenant_id is not None:
        where.add("t.tenant_id = :tenant", tenant=wanted.tenant_id)
    if word := paging.fold(wanted.text):
        where.add(
            "t.tenant_id in (select id from tenant where subdomain like :word)", word=paging.containing(word)
        )  # fmt: skip
    order = [("t.id", True)]
    if wanted.status is None:
        order = [("(t.status = 'running')", True), ("(t.status = 'queued')", True), *order]
    size = min(max(wanted.size, 1), paging.LARGEST)
    with database.reading() as session:
        ids, total = paging.find(session, source, where, order, wanted.number, size)
        return Page(rows(session, ids), total, wanted.number, size)


def rows(session: Session, ids: list[int]) -> list[JobRow]:
    """The jobs with these ids, in their order."""
    found = {row.id: _row(row) for row in session.execute(text(_ROWS), {"ids": ids})}
    return [found[one] for one in ids if one in found]


@recent(0.1)
def watched(job_id: int) -> JobDetail:
    """As `detail`, up to 100 ms old: ten viewers of a busy job make one query."""
    return detail(job_id)


def detail(job_id: int) -> JobDetail:
    """One job with its steps. Raises NotFound."""
    with database.reading() as session:
        found = session.execute(text(_ROWS), {"ids": [job_id]}).one_or_none()
        if found is None:
            raise NotFound("No existe ese trabajo.")
        row = _row(found)
        known = session.execute(text(_STEPS), {"job": job_id}).all()
        on_node = session.scalar(text(_ON_NODE), {"node": row.node_id}) if row.node_id else None
    stoppable = KINDS[row.kind].cancellable and not row.cancel_requested
    return JobDetail(
        row,
        _steps(row, list(known)),
        can_retry=row.status in ("failed", "cancelled"),
        can_cancel=stoppable and row.status in ("queued", "running"),
        node_tenants=on_node,
        node_capacity=found.capacity,
        placement=str((found.result or {}).get("placement", "")),
    )


def ended(job_id: int) -> bool:
    """True when the job is over and writes no more lines. Raises NotFound."""
    with database.reading() as session:
        status = session.scalar(text("select status from job where id = :job"), {"job": job_id})
    if status is None:
        raise NotFound("No existe ese trabajo.")
    return status in ENDED


def _steps(row: JobRow, known: list[Any]) -> list[StepRow]:
    by_name = {step.name: step for step in known}
    named = [step.name for step in KINDS[row.kind].steps]
    steps = []
    for name in [*named, *(name for name in by_name if name not in named)]:
        title = job_kinds.step(row.kind, name).title
        if name not in by_name:
            steps.append(StepRow(name, title, "todo", None))
            continue
        step = by_name[name]
        steps.append(StepRow(name, title, step.status, _between(step.started_at, step.finished_at)))
    return steps


def _between(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None else max(((end or datetime.now(UTC)) - start).total_seconds(), 0.0)


def _row(row: Any) -> JobRow:
    kind = KINDS[row.kind].title if row.kind in KINDS else row.kind
    seconds = _between(row.started_at, row.finished_at) if row.finished_at or row.status == "running" else None
    return JobRow(
        row.id, row.kind, f"{kind} {row.subdomain or row.node or ''}".strip(), row.status, row.tenant_id, row.subdomain,
        row.company, row.node_id, row.node, row.container, row.attempts, row.requested_by, row.waiting_reason,
        row.error, row.cancel_requested, row.last_line, row.created_at, row.started_at, row.finished_at, seconds,
    )  # fmt: skip
