"""The customer's side of billing: what they pay and when, their invoices, ending and resuming. Amounts are Stripe's."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from domain import audit, database, letters, mirror, plan_offers, stripe_changes, stripe_gateway
from domain.errors import Conflict, NotFound
from domain.models import Customer, Plan, Price
from domain.states import SubscriptionStatus
from domain.stripe_views import InvoiceView

# Stripe's words for why a customer leaves, in ours.
REASONS = {
    "too_expensive": "Es caro para mí",
    "missing_features": "Le falta algo que necesito",
    "switched_service": "Me cambio a otro servicio",
    "unused": "Ya no lo uso",
    "customer_service": "La atención no fue buena",
    "too_complex": "Me resulta difícil de usar",
    "low_quality": "No funciona como esperaba",
    "other": "Otro motivo",
}


@dataclass(frozen=True)
class BillingView:
    """A subscription for its owner. Amounts in cents of `currency` (upper case); times in UTC.

    `people` where the plan is paid by the person, else None; `extras`: names and pieces of what is paid beside it;
    `extensible`: there is something to count, people or an extra on sale.
    `status` is our word and `stripe_status` Stripe's; `next_*` are None when nothing more will be charged. `later_plan`
    begins at `later_at`; `held`: a change of plan waits for its payment.
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
    later_plan: str | None = None
    later_at: datetime | None = None
    held: bool = False
    people: int | None = None
    extras: tuple[tuple[str, int], ...] = ()
    extensible: bool = False


def overview(customer_id: int) -> BillingView:
    """The customer's subscription, next charge and card. Raises NotFound, Unavailable."""
    with database.reading() as session:
        subscription = mirror.current(session, customer_id)
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
    later = view.later if view else None
    with database.reading() as session:
        later_plan = plan_offers.later_words(session, later) if later else None
        extras = session.exec(select(Plan).where(Plan.kind == "extra")).all()
    names = {row.code: row.name for row in extras}
    pieces = view.pieces if view else subscription.extras
    return BillingView(
        plan=plan.name,
        interval=(view.interval if view else None) or price.interval,
        status=subscription.status,
        stripe_status=view.status if view else subscription.stripe_status,
        amount_cents=view.amount_cents if view else subscription.amount_cents,
        currency=(view.currency if view else price.currency).upper(),
        next_charge_at=ends if charge else None,
        next_amount_cents=charge.amount_cents if charge else None,
        current_period_end=ends,
        card_brand=view.card.brand if view and view.card else None,
        card_last4=view.card.last4 if view and view.card else None,
        cancel_at_period_end=view.cancel_at_period_end if view else subscription.cancel_at_period_end,
        later_plan=later_plan,
        later_at=later.starts_at if later and later_plan else None,
        held=bool(view and view.held_invoice_id),
        people=(view.people if view else subscription.people) if plan.per_person else None,
        extras=tuple((names.get(code, code), number) for code, number in pieces.items()),
        extensible=plan.per_person or bool(pieces) or any(row.visible for row in extras),
    )


def _stripe_customer(customer_id: int) -> str:
    with database.reading() as session:
        customer = session.get(Customer, customer_id)
    if customer is None or customer.stripe_customer_id is None:
        raise NotFound(mirror.NOTHING)
    return customer.stripe_customer_id


def invoices(customer_id: int) -> list[InvoiceView]:
    """The customer's invoices, newest first. Raises NotFound, Unavailable."""
    return stripe_gateway.list_invoices(_stripe_customer(customer_id))


def portal_url(customer_id: int, return_url: str) -> str:
    """A fresh address of Stripe's portal for this customer. Raises NotFound, Unavailable."""
    return stripe_gateway.portal_session(_stripe_customer(customer_id), return_url)


def cancel(customer_id: int, by: str, feedback: str = "", comment: str = "") -> None:
    """Ends the subscription with the period that is paid. Asked twice, it is done once. Raises NotFound, Conflict.

    `feedback`: why, one of REASONS or nothing.
    """
    _end_with_period(customer_id, by, wanted=True, feedback=feedback if feedback in REASONS else "", comment=comment)


def resume(customer_id: int, by: str) -> None:
    """Takes a cancellation back while the period lasts. Raises NotFound, Conflict."""
    _end_with_period(customer_id, by, wanted=False)


def _end_with_period(customer_id: int, by: str, *, wanted: bool, feedback: str = "", comment: str = "") -> None:
    with database.transaction() as session:
        subscription = mirror.locked(session, mirror.current(session, customer_id).id or 0)
        if subscription.status not in (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE):
            raise Conflict("La suscripción ya terminó: no se puede cambiar.", code="subscription_ended")
        if subscription.cancel_at_period_end == wanted:
            return
        name = subscription.stripe_subscription_id or ""
        scheduled = stripe_gateway.retrieve_subscription(name).schedule_id
        if scheduled:
            stripe_changes.release_schedule(scheduled)  # Stripe ends nothing that a schedule leads
        view = stripe_gateway.cancel_at_period_end(name, wanted, feedback, comment)
        mirror.write(session, subscription, view)
        if wanted and view.current_period_end:
            customer, on = session.get_one(Customer, customer_id), view.current_period_end
            args = {"tenant_id": subscription.tenant_id, "on": on.isoformat()}
            letters.write(session, "leaving", customer.email, args)
        action = "subscription.cancel" if wanted else "subscription.resume"
        why = {"feedback": feedback} if feedback else {}
        audit.record(session, actor=by, action=action, target=f"subscription:{subscription.id}", **why)
