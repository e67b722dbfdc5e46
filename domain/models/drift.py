"""Drift: what Stripe and the nodes said when last asked, and where that disagrees with our rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from domain.models.base import big, document, key, moment


class DriftRound(SQLModel, table=True):
    """One comparison of everything. `beat_at` is its worker's last sign of life: one that died is taken up again."""

    __tablename__ = "drift_round"
    __table_args__ = (Index("drift_round_open", "id", postgresql_where=text("ended_at is null")),)

    id: int | None = key()
    asked_by: str
    asked_at: datetime = moment(default=True)
    begun_at: datetime | None = moment()
    beat_at: datetime | None = moment()
    ended_at: datetime | None = moment()


class DriftSource(SQLModel, table=True):
    """Whom we ask: `stripe`, `node:3`, `web:3`. It counts for a round only when it answered to the end of it.

    `error`: why it did not (Spanish); `answered_at`: when it last did.
    """

    __tablename__ = "drift_source"

    name: str = Field(primary_key=True, max_length=40)
    node_id: int | None = big(foreign_key="node.id", index=False, nullable=True)
    round_id: int = big(foreign_key="drift_round.id", index=False)
    count: int = 0
    error: str | None = None
    answered_at: datetime | None = moment()


class StripeSaid(SQLModel, table=True):
    """A subscription as Stripe listed it. `order_id` is ours, from its metadata, where there is one."""

    __tablename__ = "stripe_said"

    id: str = Field(primary_key=True)
    customer_id: str
    status: str = Field(max_length=24)
    order_id: int | None = Field(default=None, sa_type=BigInteger, index=True)
    ends: bool = False
    round_id: int = big(foreign_key="drift_round.id", index=False)


class NodeDatabase(SQLModel, table=True):
    """A database with our mark as its node listed it. `ours`: made by a job of this panel. `answer`: HTTP status of its
    login page, 0 where only this one gave none, None where not known. `known_by`: who says that it may be there."""

    __tablename__ = "node_database"
    __table_args__ = (Index("node_database_name", "name"),)

    node_id: int = big(foreign_key="node.id", index=False, primary_key=True)
    name: str = Field(primary_key=True, max_length=63)
    state: str = Field(max_length=12)
    job: str
    ours: bool = False
    answer: int | None = None
    known_by: str | None = None
    round_id: int = big(foreign_key="drift_round.id", index=False)


class Drift(SQLModel, table=True):
    """One disagreement. `needs` is the source without which nothing can be said of it; `facts` is what was found;
    `repaired_*`: somebody has begun to put it right, and the next round will tell."""

    __tablename__ = "drift"
    __table_args__ = (
        Index("drift_open", "kind", "subject", unique=True, postgresql_where=text("gone_at is null")),
        Index("drift_gone", "gone_at", postgresql_where=text("gone_at is not null")),
    )

    id: int | None = key()
    kind: str = Field(max_length=32)
    subject: str = Field(max_length=120)
    reason: str
    needs: str = Field(max_length=40)
    tenant_id: int | None = big(foreign_key="tenant.id", nullable=True)
    node_id: int | None = big(foreign_key="node.id", nullable=True)
    facts: dict[str, Any] = document()
    round_id: int = big(foreign_key="drift_round.id", index=False)
    first_seen: datetime = moment(default=True)
    last_seen: datetime = moment(default=True)
    gone_at: datetime | None = moment()
    repaired_at: datetime | None = moment()
    repaired_by: str | None = None
    repair_job_id: int | None = big(foreign_key="job.id", index=False, nullable=True)
