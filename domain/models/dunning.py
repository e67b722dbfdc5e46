"""DunningDone: a step of the ladder that was taken, once for each time that a subscription fell behind."""

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from domain.models.base import big, key, moment


class DunningDone(SQLModel, table=True):
    """`since` is the subscription's `past_due_since` then: paid and behind again, the ladder begins anew."""

    __tablename__ = "dunning_done"
    __table_args__ = (UniqueConstraint("subscription_id", "since", "step"),)

    id: int | None = key()
    subscription_id: int = big(foreign_key="subscription.id", index=False)
    since: datetime = moment(default=True)
    step: str = Field(max_length=24)
    done_at: datetime = moment(default=True)
