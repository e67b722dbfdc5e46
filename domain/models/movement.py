"""MrrMovement: each change of what a subscription brings in a month, from which every report on income is made."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from domain.models.base import big, key, moment


class MrrMovement(SQLModel, table=True):
    """`cents` is the change, negative for less; `kind`: new, expansion, contraction, churn, reactivation."""

    __tablename__ = "mrr_movement"

    id: int | None = key()
    subscription_id: int = big(foreign_key="subscription.id")
    at: datetime = moment(default=True, index=True)
    kind: str = Field(max_length=12)
    currency: str = Field(max_length=3)
    cents: int
