"""Job: one piece of work on a tenant or node; Step: a named part of it; LogLine: numbered output."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from domain.models.base import big, document, key, moment
from domain.states import JobStatus, StepStatus


class Job(SQLModel, table=True):
    """`queue_id` is Procrastinate's row; `args` never holds secrets; `log_bytes` is how much of the node's log was
    read (the place to reattach), `last_line` the number of the newest LogLine. `error` is a sentence in Spanish.
    `begun_on` is the node that may have heard of this job: from then on only that node can do it."""

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "job_one_creation",
            "tenant_id",
            unique=True,
            postgresql_where=text("kind = 'create_tenant' and status <> 'cancelled'"),
        ),
        Index("job_status_id", "status", "id"),
    )

    id: int | None = key()
    kind: str = Field(max_length=24)
    tenant_id: int | None = big(foreign_key="tenant.id", nullable=True)
    node_id: int | None = big(foreign_key="node.id", nullable=True)
    status: str = Field(default=JobStatus.QUEUED.value, max_length=12)
    queue_id: int | None = Field(default=None, sa_type=BigInteger, index=True)
    args: dict[str, Any] = document()
    requested_by: str = "sistema"
    begun_on: int | None = Field(default=None, sa_type=BigInteger)
    attempts: int = 0
    waiting_reason: str | None = None
    error: str | None = None
    result: dict[str, Any] = document()
    cancel_requested: bool = False
    log_bytes: int = Field(default=0, sa_type=BigInteger)
    last_line: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime = moment(default=True, index=True)
    started_at: datetime | None = moment()
    finished_at: datetime | None = moment()


class JobStep(SQLModel, table=True):
    """One row for (job, step name), in the order of `position`; a step that is `done` is never done again."""

    __tablename__ = "job_step"

    job_id: int = big(foreign_key="job.id", index=False, primary_key=True)
    name: str = Field(primary_key=True, max_length=40)
    position: int
    status: str = Field(default=StepStatus.RUNNING.value, max_length=8)
    started_at: datetime = moment(default=True)
    finished_at: datetime | None = moment()


class LogLine(SQLModel, table=True):
    """Numbered from 1 without gaps within a job; `text` may carry ANSI colours, is redacted and shortened."""

    __tablename__ = "log_line"

    job_id: int = big(foreign_key="job.id", index=False, primary_key=True)
    n: int = Field(primary_key=True, sa_type=BigInteger)
    at: datetime = moment(default=True)
    text: str
