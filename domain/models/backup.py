"""Backup: one archive of one tenant, sealed and kept in the store."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from domain.models.base import big, document, key, moment
from domain.states import BackupState


class Backup(SQLModel, table=True):
    """`kind`: scheduled, manual, before_archive, before_restore. `size` and `sha256` are those of the archive as it
    left the node, `stored_size` that of the sealed object `store_key`, in bytes; `key_id` is the public half of the
    key that opens it. `manifest` is what the node wrote down: versions, and how many records each table has.

    `proof` is passed or failed once it was restored on trial; `proof_note` says what was seen (Spanish).
    """

    __tablename__ = "backup"
    __table_args__ = (
        Index("backup_tenant_newest", "tenant_id", "id"),
        Index("backup_proven", "proven_at", postgresql_where=text("proven_at is not null")),
    )

    id: int | None = key()
    tenant_id: int = big(foreign_key="tenant.id", index=False)
    node_id: int | None = big(foreign_key="node.id", nullable=True)
    job_id: int | None = big(foreign_key="job.id", nullable=True)
    kind: str = Field(max_length=16)
    state: str = Field(default=BackupState.MAKING.value, max_length=8, index=True)
    size: int | None = Field(default=None, sa_type=BigInteger)
    stored_size: int | None = Field(default=None, sa_type=BigInteger)
    sha256: str | None = Field(default=None, max_length=64)
    store_key: str | None = Field(default=None, unique=True)
    key_id: str | None = Field(default=None, max_length=80)
    manifest: dict[str, Any] = document()
    error: str | None = None
    requested_by: str = "sistema"
    created_at: datetime = moment(default=True)
    stored_at: datetime | None = moment()
    pruned_at: datetime | None = moment()
    proof: str | None = Field(default=None, max_length=8)
    proof_note: str | None = None
    proven_at: datetime | None = moment()
