"""Letter: a mail to be sent once; the row is written in the commit of what it tells."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from domain.models.base import big, document, key, moment


class Letter(SQLModel, table=True):
    """`kind` names the text (`welcome`, `delayed`, `password`); links with secrets are made when it is sent.

    `once` keeps a letter from being written twice for the same thing (`welcome:tenant:7`).
    """

    __tablename__ = "letter"

    id: int | None = key()
    kind: str = Field(max_length=24)
    to: str
    args: dict[str, Any] = document()
    once: str | None = Field(default=None, unique=True, max_length=120)
    account_id: int | None = big(foreign_key="account.id", nullable=True)
    attempts: int = 0
    error: str | None = None
    sent_at: datetime | None = moment()
    created_at: datetime = moment(default=True, index=True)
