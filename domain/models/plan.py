"""Plan and Price: what is sold. Amounts in cents."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel, UniqueConstraint

from domain.models.base import big, document, key, moment


class Plan(SQLModel, table=True):
    """`features` are the Spanish lines on the plan's card; `code` is what the API and `?plan=` say.

    `kind`: `plan`, or `extra` for what is added to a plan by the piece; an extra's `limits` are what one piece adds.
    `per_person`: its price is for one person in Odoo, and the subscription says for how many.

    `trial_days`: how long nothing is charged at first, 0 for no trial.
    `staging_copies`: how many staging copies a customer may have of their Odoo at once.
    `limits` says what the plan gives in numbers; what it does not name has its default (see `plan_limits`).
    `blueprint`: the family of templates that its tenants are made from, None for the node's plain one.
    """

    __tablename__ = "plan"

    id: int | None = key()
    code: str = Field(unique=True, max_length=40)
    name: str
    summary: str = ""
    features: list[str] = Field(default_factory=list, sa_type=JSONB, nullable=False)
    position: int = 0
    kind: str = Field(default="plan", max_length=8, sa_column_kwargs={"server_default": "plan"})
    per_person: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    visible: bool = True
    blueprint: str | None = Field(default=None, max_length=24)
    highlighted: bool = False
    trial_days: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    staging_copies: int = 1
    stripe_product_id: str | None = None
    limits: dict[str, Any] = document()
    created_at: datetime = moment(default=True)


class Price(SQLModel, table=True):
    """One amount for one interval (`month`, `year`); a changed amount makes a new row, the old one goes inactive."""

    __tablename__ = "price"
    __table_args__ = (UniqueConstraint("lookup_key"),)

    id: int | None = key()
    plan_id: int = big(foreign_key="plan.id")
    currency: str = Field(max_length=3)
    interval: str = Field(max_length=5)
    amount_cents: int
    lookup_key: str
    stripe_price_id: str | None = Field(default=None, unique=True)
    active: bool = True
    created_at: datetime = moment(default=True)
