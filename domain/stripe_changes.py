"""What a customer changes at Stripe: the plan, now or later, the card, an open invoice. Errors as the gateway's."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain import stripe_views as views
from domain.settings import settings
from domain.stripe_gateway import api, asking
from domain.stripe_views import InvoiceView, ItemView, PreviewView, SubscriptionView


def preview_change(
    subscription: SubscriptionView, after: Sequence[ItemView], *, behavior: str, moment: int | None = None
) -> PreviewView:
    """The invoice that other lines would bring: with `always_invoice` the one made at once, at `moment` (seconds
    since 1970); with `none` that of a whole period."""
    details: dict[str, Any] = {
        "items": _items(subscription, after),
        "proration_behavior": behavior,
    }
    if moment is not None:
        details["proration_date"] = moment
    with asking("preview_change"):
        params = {"subscription": subscription.id, "subscription_details": details}
        return views.preview(api().invoices.create_preview(params).to_dict())


def _items(view: SubscriptionView, after: Sequence[ItemView]) -> list[dict[str, Any]]:
    """The parameters that make these lines of the present ones; a price that stays is not named, since it may be
    archived by now."""
    prices = {view.item_id: view.price_id, **{line.id: line.price_id for line in view.extras}}
    made: list[dict[str, Any]] = []
    for line in after:
        if not line.quantity:
            made += [{"id": line.id, "deleted": True}] if line.id else []
            continue
        item: dict[str, Any] = {"quantity": line.quantity}
        item |= {"id": line.id} if line.id else {}
        item |= {} if line.id and prices.get(line.id) == line.price_id else {"price": line.price_id}
        made.append(item)
    return made


def change_now(subscription: SubscriptionView, after: Sequence[ItemView], moment: int) -> SubscriptionView:
    """Other lines from now on, the difference charged at once. A charge that does not go through leaves the change
    waiting for it (`held_invoice_id`). The same call made again changes nothing."""
    params = {
        "items": _items(subscription, after),
        "proration_behavior": "always_invoice",
        "proration_date": moment,
        "payment_behavior": "pending_if_incomplete",
    }
    change = json.dumps([[item.price_id, item.quantity] for item in (*subscription.extras, *after)])
    made = hashlib.sha256(f"{subscription.price_id} {subscription.people} {change}".encode()).hexdigest()
    key = f"alta-change-{subscription.id}-{made[:32]}-{moment}"
    with asking("change_now"):
        return views.subscription(
            api().subscriptions.update(subscription.id, params, {"idempotency_key": key}).to_dict()
        )


def change_later(subscription: SubscriptionView, after: Sequence[ItemView], interval: str) -> None:
    """Other lines from the end of the present period on, by a schedule that lets go after its first period."""
    with asking("change_later"):
        schedules = api().subscription_schedules
        made = schedules.create({"from_subscription": subscription.id})
        present = made.phases[0]
        kept = [{"price": str(item.price), "quantity": item.quantity} for item in present["items"]]
        following = [{"price": line.price_id, "quantity": line.quantity} for line in after if line.quantity]
        phases = [
            {"items": kept, "start_date": present.start_date, "end_date": present.end_date},
            {"items": following, "duration": {"interval": interval}, "proration_behavior": "none"},
        ]
        schedules.update(made.id, {"end_behavior": "release", "phases": phases})


def release_schedule(schedule_id: str) -> None:
    """The subscription goes on as it is."""
    with asking("release_schedule"):
        api().subscription_schedules.release(schedule_id)


def end_now(subscription_id: str) -> SubscriptionView:
    """Ends a subscription for want of payment; ended already, it stays so. What is owed stays owed."""
    with asking("end_now"):
        found = views.subscription(api().subscriptions.retrieve(subscription_id).to_dict())
        if found.status in ("canceled", "incomplete_expired"):
            return found
        return views.subscription(api().subscriptions.cancel(subscription_id).to_dict())


def card_session(stripe_customer_id: str, currency: str, order_id: int) -> str:
    """The address of Stripe's page that takes a new card without charging it."""
    back = f"{settings().app_url.rstrip('/')}/tenant/portal"
    params = {
        "mode": "setup",
        "customer": stripe_customer_id,
        "currency": currency.lower(),
        "locale": "es",
        "success_url": f"{back}?card={{CHECKOUT_SESSION_ID}}",
        "cancel_url": back,
        "metadata": {"alta_subscription": str(order_id)},
    }
    with asking("card_session"):
        return str(api().checkout.sessions.create(params).url)


def saved_card(session_id: str) -> tuple[str, str] | None:
    """Customer and payment method of a session that took a card; None while it has not."""
    with asking("saved_card"):
        found = api().checkout.sessions.retrieve(session_id, {"expand": ["setup_intent"]}).to_dict()
    intent = found.get("setup_intent")
    method = views.identifier(intent.get("payment_method")) if isinstance(intent, dict) else None
    customer = views.identifier(found.get("customer"))
    return (customer, method) if customer and method else None


def use_card(stripe_customer_id: str, subscription_id: str, method: str) -> None:
    """Lets a card pay from now on, for the customer and, while it lives, for the subscription."""
    with asking("use_card"):
        settings_ = {"default_payment_method": method}
        api().customers.update(stripe_customer_id, {"invoice_settings": settings_})
        if api().subscriptions.retrieve(subscription_id).status not in ("canceled", "incomplete_expired"):
            api().subscriptions.update(subscription_id, {"default_payment_method": method})


@dataclass(frozen=True)
class SavedCard:
    """A card that Stripe keeps for a customer; `pays`: the next charge goes to it."""

    id: str
    brand: str
    last4: str
    exp_year: int
    exp_month: int
    pays: bool


def cards(stripe_customer_id: str, subscription_id: str) -> list[SavedCard]:
    """The customer's cards, newest first."""
    with asking("cards"):
        found = api().customers.payment_methods.list(stripe_customer_id, {"type": "card", "limit": 20}).data
        settings_ = api().customers.retrieve(stripe_customer_id).to_dict().get("invoice_settings") or {}
        own = api().subscriptions.retrieve(subscription_id).to_dict().get("default_payment_method")
    pays = views.identifier(own) or views.identifier(settings_.get("default_payment_method"))
    return [
        SavedCard(
            one.id, one.card.brand, one.card.last4, int(one.card.exp_year), int(one.card.exp_month), one.id == pays
        )
        for one in found
    ]


def forget_card(method: str) -> None:
    """Takes a card from its customer."""
    with asking("forget_card"):
        api().payment_methods.detach(method)


def open_invoices(stripe_customer_id: str) -> list[InvoiceView]:
    """What the customer owes, oldest first, at most 100."""
    with asking("open_invoices"):
        found = api().invoices.list({"customer": stripe_customer_id, "status": "open", "limit": 100}).data
    return [views.invoice(row.to_dict()) for row in reversed(found)]


def retrieve_invoice(invoice_id: str) -> InvoiceView:
    """One invoice as it is now."""
    with asking("retrieve_invoice"):
        return views.invoice(api().invoices.retrieve(invoice_id).to_dict())


def pay_invoice(invoice_id: str) -> None:
    """Charges an open invoice to the card that pays. Raises Conflict: `card_declined`, `bank_asks`,
    `invoice_already_paid`."""
    with asking("pay_invoice"):
        api().invoices.pay(invoice_id)
