"""What a subscription brings in a month, and the record of its changes. Written where the mirror is, in its commit.

Monthly recurring revenue is the list price of what is subscribed, a twelfth of it for a year, without taxes, discounts
and single charges. A trial brings nothing until it is paid; who owes still counts, until the subscription ends.
"""

from sqlalchemy import text
from sqlmodel import Session, select

from domain.income import monthly_cents
from domain.models import MrrMovement, Subscription
from domain.states import SubscriptionStatus
from domain.stripe_views import SubscriptionView

KINDS = ("new", "expansion", "contraction", "churn", "reactivation")
_CAME_BACK = text(
    "select 1 from subscription as s join customer as c on c.id = s.customer_id "
    "join customer as me on lower(me.email) = lower(c.email) join mrr_movement as m on m.subscription_id = s.id "
    "where me.id = :customer and s.id <> :subscription and m.kind = 'churn' limit 1"
)


def brings(subscription: Subscription, view: SubscriptionView) -> int:
    """Cents a month of a subscription as Stripe has it."""
    pays = subscription.activated_at is not None and view.status != "trialing"
    if not pays or subscription.status not in (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE):
        return 0
    return monthly_cents(view.amount_cents, view.interval or "month")


def note(session: Session, subscription: Subscription, view: SubscriptionView) -> None:
    """Writes the change since the last look, where there is one. The subscription is locked."""
    fresh, before = brings(subscription, view), subscription.mrr_cents
    if fresh == before:
        return
    subscription.mrr_cents = fresh
    session.add(
        MrrMovement(
            subscription_id=subscription.id or 0,
            kind=_kind(session, subscription, before, fresh),
            currency=view.currency.upper(),
            cents=fresh - before,
        )
    )


def _kind(session: Session, subscription: Subscription, before: int, fresh: int) -> str:
    if before and fresh:
        return "expansion" if fresh > before else "contraction"
    if before:
        return "churn"
    own = select(MrrMovement.id).where(MrrMovement.subscription_id == subscription.id)
    ids = {"customer": subscription.customer_id, "subscription": subscription.id}
    came_back = session.exec(own).first() is not None or session.execute(_CAME_BACK, ids).first() is not None
    return "reactivation" if came_back else "new"
