"""SupportConsent: a customer lets staff in for a while. SupportVisit: staff in their portal. TenantUsage: how much of
their Odoo is used."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from domain.models.base import big, key, moment


class SupportConsent(SQLModel, table=True):
    """In force until `ends_at`, or until it was withdrawn. `given_by` is the login of an owner.
    `acts`: in the portal they may also change things."""

    __tablename__ = "support_consent"

    id: int | None = key()
    tenant_id: int = big(foreign_key="tenant.id")
    given_by: str
    given_at: datetime = moment(default=True)
    ends_at: datetime = moment(default=True)
    withdrawn_at: datetime | None = moment()
    acts: bool = False


class SupportVisit(SQLModel, table=True):
    """Staff who see a customer's portal as the customer does, within a consent; `acts`: they may also change things."""

    __tablename__ = "support_visit"

    id: int | None = key()
    account_id: int = big(foreign_key="account.id")
    customer_id: int = big(foreign_key="customer.id")
    reason: str = Field(max_length=300)
    acts: bool = False
    began_at: datetime = moment(default=True)
    ends_at: datetime = moment(default=True)
    ended_at: datetime | None = moment()


class TenantUsage(SQLModel, table=True):
    """What the node's usage verb said last. Sizes in bytes; `users`: active people who are not portal users;
    `last_login_at`: of any of them; `one_click`: our addon is installed there."""

    __tablename__ = "tenant_usage"

    tenant_id: int = big(foreign_key="tenant.id", primary_key=True, index=False)
    users: int = 0
    database_bytes: int = Field(default=0, sa_type=BigInteger)
    files_bytes: int = Field(default=0, sa_type=BigInteger)
    last_login_at: datetime | None = moment()
    one_click: bool = False
    measured_at: datetime = moment(default=True, index=True)
