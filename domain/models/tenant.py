"""Tenant: one Odoo database with its subdomain; a desired and an observed state."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from domain.models.base import big, key, moment
from domain.states import TenantState


class Tenant(SQLModel, table=True):
    """`released_at` set: the name is free again for others. `suspend_reasons`: unpaid, operator, quota.

    `requested_at` is when payment (or an operator) asked for it and `ready_at` when its /web/login first answered:
    their difference is the time to ready. `odoo_password_hash` is in Odoo's own scheme (pbkdf2_sha512).
    """

    __tablename__ = "tenant"
    __table_args__ = (
        Index("tenant_subdomain_held", "subdomain", unique=True, postgresql_where=text("released_at is null")),
        Index("tenant_ready_at_done", "ready_at", postgresql_where=text("ready_at is not null")),
        Index("tenant_subdomain_order", "subdomain", "id"),
        Index("tenant_released_at_done", "released_at", postgresql_where=text("released_at is not null")),
    )

    id: int | None = key()
    customer_id: int = big(foreign_key="customer.id")
    node_id: int | None = big(foreign_key="node.id", nullable=True)
    subdomain: str = Field(max_length=31)
    desired: str = Field(default=TenantState.RUNNING.value, max_length=12)
    observed: str = Field(default=TenantState.ABSENT.value, max_length=12, index=True)
    broken_reason: str | None = None
    suspend_reasons: list[str] = Field(default_factory=list, sa_type=JSONB, nullable=False)
    language: str = Field(default="es_ES", max_length=8)
    currency: str = Field(default="USD", max_length=3)
    odoo_password_hash: str | None = None
    requested_at: datetime | None = moment()
    ready_at: datetime | None = moment()
    released_at: datetime | None = moment()
    created_at: datetime = moment(default=True, index=True)
