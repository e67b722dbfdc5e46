"""What a visitor has typed so far, so that it survives a reload, a cut connection and the way back from Stripe."""

from datetime import timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, select

from domain import database
from domain.models import SignupDraft, Subscription
from domain.models.base import now
from domain.order_form import OrderForm
from domain.states import SubscriptionStatus

# `touched`: the visitor chose the name, so that it no longer follows the company's. `order_key` is the order's that
# the form began: it stays with the draft, so that a second try continues the same order.
KEYS = frozenset(OrderForm.model_fields) | {"touched", "order_key"}
LONGEST_VALUE, LONGEST_VISITOR = 300, 64
KEPT = timedelta(days=30)


def load(visitor: str) -> dict[str, Any]:
    """What was saved for the visitor, {} where nothing was, it is too old, or it was bought since."""
    with database.reading() as session:
        data = _data(session, visitor)
        key = data.get("order_key")
        bought = session.exec(select(Subscription).where(Subscription.order_key == key)).first() if key else None
    return {} if bought is not None and is_closed(bought) else data


def order_key(session: Session, visitor: str) -> str | None:
    """The key of the order that the visitor's form began, paid or not."""
    return _data(session, visitor).get("order_key")


def _data(session: Session, visitor: str) -> dict[str, Any]:
    draft = session.get(SignupDraft, visitor[:LONGEST_VISITOR])
    return _fit(draft.data) if draft is not None and draft.updated_at > now() - KEPT else {}


def is_closed(order: Subscription) -> bool:
    """True when an order was paid or ended: it can no longer be changed."""
    return order.paid_at is not None or order.status != SubscriptionStatus.PENDING


def save(visitor: str, data: dict[str, Any]) -> None:
    """Keeps what the form holds; other keys, and values that are too long for any field, are left out."""
    changes = {"data": _fit(data), "updated_at": now()}
    statement = insert(SignupDraft).values(visitor=visitor[:LONGEST_VISITOR], **changes)
    with database.transaction() as session:
        session.execute(statement.on_conflict_do_update(index_elements=["visitor"], set_=changes))


def _fit(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name in KEYS and _storable(value)}


def _storable(value: Any) -> bool:
    if isinstance(value, bool):
        return True
    if not isinstance(value, str) or len(value) > LONGEST_VALUE or "\x00" in value:
        return False
    # PostgreSQL's JSON takes no halves of characters, which a browser can send.
    return not any("\ud800" <= mark <= "\udfff" for mark in value)
