"""Subscription: the mirror of Stripe's, and before that the order that leads to it."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from domain.models.base import big, key, moment
from domain.states import SubscriptionStatus


class Subscription(SQLModel, table=True):
    """An order while `pending` (its id is Stripe's idempotency key), then Stripe's mirror.

    `order_key` is the API's Idempotency-Key or the visitor's draft; `order_hash` the SHA-256 of what was ordered;
    `checkout_attempt` counts the Checkout sessions made for it; `stripe_status` is Stripe's word, verbatim.
    `people`: for how many its plan is paid, where the price is per person. `extras`: pieces of each, by its code.
    `amount_cents`: a period's list price, extras with it. `mrr_cents`: what it brings in a month (see
    `domain.movements`).
    `past_due_since`, `grace_days` and `dunning_paused` steer what is done about a debt (see `domain.dunning`).
    """

    __tablename__ = "subscription"
    __table_args__ = (
        Index("subscription_activated_at_done", "activated_at", postgresql_where=text("activated_at is not null")),
        # What Stripe collects is counted from this index alone.
        Index(
            "subscription_mirrored",
            "status",
            "price_id",
            postgresql_where=text("stripe_subscription_id is not null"),
            postgresql_include=["mrr_cents"],
        ),
        Index(
            "subscription_paid_for_nothing",
            "id",
            postgresql_where=text("activated_at is null and status in ('active', 'past_due')"),
        ),
        Index("subscription_past_due", "past_due_since", postgresql_where=text("past_due_since is not null")),
        Index("subscription_cancelled_at_done", "cancelled_at", postgresql_where=text("cancelled_at is not null")),
    )

    id: int | None = key()
    customer_id: int = big(foreign_key="customer.id")
    tenant_id: int = big(foreign_key="tenant.id")
    price_id: int = big(foreign_key="price.id")
    status: str = Field(default=SubscriptionStatus.PENDING.value, max_length=12, index=True)
    stripe_status: str | None = Field(default=None, max_length=24)
    stripe_subscription_id: str | None = Field(default=None, unique=True)
    order_key: str | None = Field(default=None, unique=True)
    order_hash: str | None = None
    checkout_attempt: int = 0
    checkout_session_id: str | None = Field(default=None, unique=True)
    checkout_url: str | None = None
    checkout_expires_at: datetime | None = moment()
    current_period_end: datetime | None = moment()
    cancel_at_period_end: bool = False
    paid_at: datetime | None = moment()
    activated_at: datetime | None = moment()
    cancelled_at: datetime | None = moment()
    past_due_since: datetime | None = moment()
    grace_days: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    dunning_paused: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    people: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    extras: dict[str, int] = Field(
        default_factory=dict, sa_type=JSONB, nullable=False, sa_column_kwargs={"server_default": "{}"}
    )
    amount_cents: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    mrr_cents: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    synced_at: datetime | None = moment()
    created_at: datetime = moment(default=True, index=True)
