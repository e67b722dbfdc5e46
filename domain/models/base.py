"""Columns that every noun shares."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Identity
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field


def now() -> datetime:
    """The present moment, with its zone (UTC)."""
    return datetime.now(UTC)


def key() -> Any:
    """A 64-bit identity primary key, None until inserted."""
    return Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))


def moment(*, default: bool = False, index: bool = False, nullable: bool = False) -> Any:
    """A timestamptz column: `now` by default (and required, but where `nullable`), or nullable."""
    kind = DateTime(timezone=True)
    if default:
        return Field(default_factory=now, sa_type=kind, nullable=nullable, index=index)
    return Field(default=None, sa_type=kind, nullable=True, index=index)


def document() -> Any:
    """A JSONB column, {} by default."""
    return Field(default_factory=dict, sa_type=JSONB, nullable=False)


def listing() -> Any:
    """A JSONB column that holds a list, [] by default."""
    return Field(default_factory=list, sa_type=JSONB, nullable=False)


def big(*, foreign_key: str, index: bool = True, nullable: bool = False, primary_key: bool = False) -> Any:
    """A reference to another table's identity key."""
    if nullable:
        return Field(default=None, foreign_key=foreign_key, index=index, nullable=True, sa_type=BigInteger)
    return Field(foreign_key=foreign_key, index=index, sa_type=BigInteger, primary_key=primary_key)
