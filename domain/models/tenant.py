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

    `staging_of`: it is a staging copy of that tenant, ordered by nobody (`requested_at` stays empty). `archived_as` is
    the database's name on its node since `archived_at`. `deletion_asked_at` and `_by`: who wishes it deleted, the first
    of two steps.
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
    staging_of: int | None = big(foreign_key="tenant.id", nullable=True)
    archived_at: datetime | None = moment()
    archived_as: str | None = Field(default=None, max_length=63)
    deletion_asked_at: datetime | None = moment()
    deletion_asked_by: str | None = None
    created_at: datetime = moment(default=True, index=True)


class OwnDomain(SQLModel, table=True):
    """A customer's own domain for a tenant. `proof` is what a TXT record must say; `verified_at`: DNS said so once.

    `served` is what the node sends to the tenant now; `removing`: it shall serve none. `problem` is the last look's.
    """

    __tablename__ = "own_domain"
    __table_args__ = (
        # Only who has proved it keeps others from it.
        Index("own_domain_verified", "domain", unique=True, postgresql_where=text("verified_at is not null")),
    )

    tenant_id: int = big(foreign_key="tenant.id", index=False, primary_key=True)
    domain: str = Field(max_length=253)
    proof: str = Field(max_length=64)
    verified_at: datetime | None = moment()
    checked_at: datetime | None = moment()
    problem: str | None = None
    served: str | None = Field(default=None, max_length=253)
    removing: bool = False
    created_at: datetime = moment(default=True)
