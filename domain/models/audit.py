"""AuditEntry: who did what to what."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from domain.models.base import document, key, moment


class AuditEntry(SQLModel, table=True):
    """Written in the same commit as the act. `actor` is a login or `sistema`; `target` is `noun:id`."""

    __tablename__ = "audit_entry"

    id: int | None = key()
    at: datetime = moment(default=True, index=True)
    actor: str
    action: str = Field(max_length=60)
    target: str = Field(max_length=80, index=True)
    details: dict[str, Any] = document()
