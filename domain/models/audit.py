"""AuditEntry: who did what to what. AuditSeal: a link of the chain of hashes over them."""

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, text
from sqlmodel import Field, SQLModel

from domain.models.base import big, document, key, moment


class AuditEntry(SQLModel, table=True):
    """Written in the same commit as the act; PostgreSQL refuses to change or delete it afterwards.

    `actor` is a login or `sistema`; `target` is `noun:id`. `address` and `request_id` are those of the request, where
    there was one; `written_at` is PostgreSQL's own clock, by which entries are sealed.
    """

    __tablename__ = "audit_entry"

    id: int | None = key()
    at: datetime = moment(default=True, index=True)
    actor: str = Field(index=True)
    action: str = Field(max_length=60)
    target: str = Field(max_length=80, index=True)
    details: dict[str, Any] = document()
    address: str | None = None
    request_id: str | None = Field(default=None, max_length=64)
    written_at: datetime | None = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": text("clock_timestamp()")},
        nullable=False,
    )


class AuditSeal(SQLModel, table=True):
    """`hash` (SHA-256, hex) of `previous` and of the `entries` after the seal before, up to `last_entry`."""

    __tablename__ = "audit_seal"

    id: int | None = key()
    at: datetime = moment(default=True)
    last_entry: int = big(foreign_key="audit_entry.id")
    entries: int
    previous: str = Field(max_length=64)
    hash: str = Field(max_length=64, unique=True)
