"""StripeEvent: every event received, once. WebhookCounter: what was refused before it could be an event. StripeWalk:
a comparison of every subscription."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from domain.models.base import big, document, key, moment


class StripeEvent(SQLModel, table=True):
    """`stripe_id` is evt_…; `created` Stripe's time (never used for order); `attempts` counts our tries to apply it.
    `changes`: what it changed here, by field, each as [before, after]."""

    __tablename__ = "stripe_event"

    id: int | None = key()
    stripe_id: str = Field(unique=True, max_length=80)
    type: str = Field(max_length=80, index=True)
    object_id: str | None = Field(default=None, max_length=80, index=True)
    api_version: str | None = None
    livemode: bool = False
    created: datetime | None = moment()
    payload: dict[str, Any] = document()
    outcome: str = Field(max_length=8, index=True)
    error: str | None = None
    note: str | None = None
    attempts: int = 1
    subscription_id: int | None = big(foreign_key="subscription.id", nullable=True)
    changes: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSONB, nullable=False, sa_column_kwargs={"server_default": "{}"}
    )
    received_at: datetime = moment(default=True, index=True)
    applied_at: datetime | None = moment()


class WebhookCounter(SQLModel, table=True):
    """Refused deliveries by day and reason (`signature`, `too_old`, `too_large`, `not_json`)."""

    __tablename__ = "webhook_counter"

    day: str = Field(primary_key=True, max_length=10)
    reason: str = Field(primary_key=True, max_length=20)
    count: int = 0
    last_at: datetime = moment(default=True)


class StripeWalk(SQLModel, table=True):
    """The report of a walk over all subscriptions of the Stripe account: `looked` at, `different` from our rows,
    `healed` of those, living ones that are `unknown` to us, ours that are `gone` at Stripe. `beat_at`: its last sign of
    life."""

    __tablename__ = "stripe_walk"

    id: int | None = key()
    asked_by: str = "sistema"
    begun_at: datetime = moment(default=True)
    beat_at: datetime | None = moment()
    ended_at: datetime | None = moment()
    looked: int = 0
    different: int = 0
    healed: int = 0
    unknown: int = 0
    gone: int = 0
    error: str | None = None
