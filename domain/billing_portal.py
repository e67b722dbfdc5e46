"""The customer's side of billing: what they pay and when, their invoices, ending and resuming. Amounts are Stripe's."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from domain import audit, database, mirror, stripe_gateway
from domain.errors import Conflict, NotFound
from domain.models import Customer, Plan, Price, Subscription
from domain.states import SubscriptionStatus
from domain.stripe_views import InvoiceView

_NOTHING = "Todavía no hay ninguna suscripción."


@dataclass(frozen=True)
class BillingView:
    """A subscription for its owner. Amounts in cents of `currency` (upper case); times in UTC.

    `status` is our word and `stripe_status` Stripe's; `next_*` are None when nothing more will be charged.
    """

    plan: str
    interval: str
    status: str
    stripe_status: str | None
    amount_cents: int
    currency: str
    next_charge_at: datetime | None
    next_amount_cents: int | None
    current_period_end: datetime | None
    card_brand: str | None
    card_last4: str | None
    cancel_at_period_end: bool


def overview(customer_id: int) -> BillingView:
    """The customer's subscription, next charge and card. Raises NotFound, Unavailable."""
    with database.reading() as session:
        subscription = _current(session, customer_id)
        price, plan = session.exec(
            select(Price, Plan).join(Plan, col(Plan.id) == Price.plan_id).where(Price.id == subscription.price_id)
        ).one()
        customer = session.get_one(Customer, customer_id)
    view, charge = None, None
    if subscription.stripe_subscription_id:
        view = stripe_gateway.retrieve_subscription(subscription.stripe_subscription_id, with_card=True)
        goes_on = subscription.status != SubscriptionStatus.CANCELLED and not view.cancel_at_period_end
        if goes_on and customer.stripe_customer_id:
            charge = stripe_gateway.next_charge(customer.stripe_customer_id, view.id)
    ends = view.current_period_end if view else subscription.current_period_end
    return BillingView(
        plan=plan.name,
        interval=(view.interval if view else None) or price.interval,
        status=subscription.status,
        stripe_status=view.status if view else subscription.stripe_status,
        amount_cents=view.amount_cents if view else price.amount_cents,
        currency=(view.currency if view else price.currency).upper(),
        next_charge_at=ends if charge else None,
        next_amount_cents=charge.amount_cents if charge else None,
        current_period_end=ends,
        card_brand=view.card.brand if view and view.card else None,
        card_last4=view.card.last4 if view and view.card else None,
        cancel_at_period_end=view.cancel_at_period_end if view else subscription.cancel_at_period_end,
    )


def _current(session: Session, customer_id: int) -> Subscription:
    """The customer's newest subscription that lives, else the newest that was bought. Raises NotFound."""
    query = (
        select(Subscription)
        .where(Subscription.customer_id == customer_id, col(Subscription.stripe_subscription_id).is_not(None))
        .order_by((col(Subscription.status) == SubscriptionStatus.CANCELLED).asc(), col(Subscription.id).desc())
    )
    found = session.exec(query).first()
    if found is None:
        raise NotFound(_NOTHING)
    return found


def _stripe_customer(customer_id: int) -> str:
    with database.reading() as session:
        customer = session.get(Customer, customer_id)
    if customer is None or customer.stripe_customer_id is None:
        raise NotFound(_NOTHING)
    return customer.stripe_customer_id


def invoices(customer_id: int) -> list[InvoiceView]:
    """The customer's invoices, newest first. Raises NotFound, Unavailable."""
    return stripe_gateway.list_invoices(_stripe_customer(customer_id))


def portal_url(customer_id: int, return_url: str) -> str:
    """A fresh address of Stripe's portal for this customer. Raises NotFound, Unavailable."""
    return stripe_gateway.portal_session(_stripe_customer(customer_id), return_url)


def cancel(customer_id: int, by: str) -> None:
    """Ends the subscription with the period that is paid. Asked twice, it is done once. Raises NotFound, Conflict."""
    _end_with_period(customer_id, by, wanted=True)


def resume(customer_id: int, by: str) -> None:
    """Takes a cancellation back while the period lasts. Raises NotFound, Conflict."""
    _end_with_period(customer_id, by, wanted=False)


def _end_with_period(customer_id: int, by: str, *, wanted: bool) -> None:
    with database.transaction() as session:
        subscription = mirror.locked(session, _current(session, customer_id).id or 0)
        if subscription.status not in (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE):
            raise Conflict("La suscripción ya terminó: no se puede cambiar.", code="subscription_ended")
        if subscription.cancel_at_period_end == wanted:
            return
        view = stripe_gateway.cancel_at_period_end(subscription.stripe_subscription_id or "", wanted)
        mirror.write(session, subscription, view)
        action = "subscription.cancel" if wanted else "subscription.resume"
        audit.record(session, actor=by, action=action, target=f"subscription:{subscription.id}")
