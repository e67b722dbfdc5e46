"""What programs use: API keys, and outgoing webhooks with their deliveries."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from domain.models.base import big, document, key, listing, moment


class ApiKey(SQLModel, table=True):
    """A key of a customer's person (`customer_id`), or of staff (None): kept as its SHA-256, shown once.

    `scopes`: capabilities; it may do what is in them and what its person may do at that moment. `prefix`: its first
    characters, by which people tell keys apart.
    """

    __tablename__ = "api_key"

    id: int | None = key()
    digest: str = Field(unique=True, max_length=64)
    prefix: str = Field(max_length=16)
    account_id: int = big(foreign_key="account.id")
    customer_id: int | None = big(foreign_key="customer.id", nullable=True)
    name: str = Field(max_length=60)
    scopes: list[str] = listing()
    created_at: datetime = moment(default=True)
    expires_at: datetime | None = moment()
    last_used_at: datetime | None = moment()
    last_address: str = ""
    revoked_at: datetime | None = moment()


class HookEndpoint(SQLModel, table=True):
    """Where a customer (None: the operator, of every customer) wants to be told what happens. `secret` is sealed
    (`hook:ID`); `kinds` empty: everything; `failing_since`: since when no delivery has arrived."""

    __tablename__ = "hook_endpoint"

    id: int | None = key()
    customer_id: int | None = big(foreign_key="customer.id", nullable=True)
    url: str
    secret: str = ""
    kinds: list[str] = listing()
    created_by: str
    created_at: datetime = moment(default=True)
    failing_since: datetime | None = moment()
    disabled_at: datetime | None = moment()
    removed_at: datetime | None = moment()


class HookDelivery(SQLModel, table=True):
    """One event on its way to one address. `event` (`msg_…`) is the same for every address and every try."""

    __tablename__ = "hook_delivery"
    __table_args__ = (Index("hook_delivery_due", "next_at", postgresql_where=text("delivered_at is null")),)

    id: int | None = key()
    endpoint_id: int = big(foreign_key="hook_endpoint.id")
    event: str = Field(max_length=40)
    kind: str = Field(max_length=40)
    payload: dict[str, Any] = document()
    created_at: datetime = moment(default=True, index=True)
    tries: int = 0
    tried_at: datetime | None = moment()
    next_at: datetime | None = moment()
    delivered_at: datetime | None = moment()
    status: int | None = None
    answer: str = ""
