"""Letters about charges: which occasion is told, once, with Stripe's own amounts and days."""

from datetime import timedelta
from typing import Any

from sqlmodel import Session

from domain import letters, stripe_changes, stripe_gateway
from domain.errors import Conflict
from domain.models import Customer, Price, Subscription
from domain.models.base import now
from domain.states import SubscriptionStatus
from domain.stripe_views import CardView

SOON = timedelta(days=10)  # a charge that is further away is told when it is near
TOO_LATE = timedelta(days=3)  # a receipt that is known of only then would be news of yesterday


def tell(session: Session, subscription: Subscription, occasion: str, invoice_id: str | None) -> None:
    """Writes the letter for an occasion, unless it was written or there is nothing to tell. Raises Unavailable.

    The subscription is locked, and says what Stripe says.
    """
    if subscription.activated_at is None:
        return
    if occasion in ("receipt", "action_needed"):
        _about_invoice(session, subscription, occasion, invoice_id or "")
    elif occasion in ("upcoming", "trial_ending"):
        _about_next_charge(session, subscription, occasion)


def _about_invoice(session: Session, subscription: Subscription, occasion: str, invoice_id: str) -> None:
    customer = session.get_one(Customer, subscription.customer_id)
    try:
        invoice = stripe_changes.retrieve_invoice(invoice_id)
    except Conflict:
        return  # a draft that was deleted meanwhile
    told = invoice.customer_id == customer.stripe_customer_id and invoice.amount_cents > 0
    if occasion == "receipt":
        told = told and invoice.status == "paid" and now() - (invoice.paid_at or invoice.date) < TOO_LATE
    else:
        told = told and invoice.status == "open"
    if not told:
        return
    args = {
        "charged_cents": invoice.amount_cents,
        "currency": invoice.currency,
        "invoice_number": invoice.number,
        "document_url": invoice.hosted_url,
        "pay_url": invoice.hosted_url,
    }
    _write(session, subscription, customer, occasion, args, once=f"{occasion}:{invoice_id}")


def _about_next_charge(session: Session, subscription: Subscription, occasion: str) -> None:
    """Of renewals only those of a year: a letter each month would be noise."""
    on = subscription.current_period_end
    interval = session.get_one(Price, subscription.price_id).interval
    trial = subscription.stripe_status == "trialing"
    wanted = trial if occasion == "trial_ending" else interval == "year" and not trial
    leaving = subscription.cancel_at_period_end or subscription.status != SubscriptionStatus.ACTIVE
    if not wanted or leaving or on is None or not now() < on < now() + SOON:
        return
    customer = session.get_one(Customer, subscription.customer_id)
    charge = stripe_gateway.next_charge(customer.stripe_customer_id or "", subscription.stripe_subscription_id or "")
    if charge is None or charge.amount_cents <= 0:
        return
    args = {"charged_cents": charge.amount_cents, "currency": charge.currency, "on": on.isoformat()}
    _write(session, subscription, customer, occasion, args, once=f"{occasion}:{subscription.id}:{on:%Y%m%d}")


def tell_of_card(session: Session, subscription: Subscription, card: CardView) -> None:
    """The card that pays expires with its month: told once."""
    customer = session.get_one(Customer, subscription.customer_id)
    month = f"{card.exp_month:02}/{card.exp_year}"
    args = {"card": f"{card.brand.title()} terminada en {card.last4}", "on": month, "month": True}
    _write(session, subscription, customer, "card_expiring", args, once=f"card:{subscription.id}:{card.last4}:{month}")


def _write(
    session: Session, subscription: Subscription, customer: Customer, kind: str, args: dict[str, Any], *, once: str
) -> None:
    whole = {"tenant_id": subscription.tenant_id, **args}
    letters.write(session, kind, customer.email, whole, once=once)  # type: ignore[arg-type] # one of OCCASIONS
