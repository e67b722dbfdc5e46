"""The life of a subscription after its first payment: renewed, cancelled, resumed, paid late."""

from typing import Any

from domain.sandbox import invoicing
from domain.sandbox.ledger import Ledger
from domain.sandbox.objects.subscriptions import no_cancellation, period_end
from domain.sandbox.store import Document

_UPDATED = "customer.subscription.updated"


def ends_at(subscription: Document) -> int:
    """When the present period ends: that of the items that ends last."""
    return max(int(item["current_period_end"]) for item in subscription["items"]["data"])


def due_at(subscription: Document) -> int:
    """When something happens to it by itself: its period ends, or the date comes that it is to be cancelled at."""
    return min(ends_at(subscription), subscription["cancel_at"] or ends_at(subscription))


def change(ledger: Ledger, subscription: Document, **changes: Any) -> Document:
    """Write changes and tell them by `customer.subscription.updated`."""
    return ledger.change("subscription", subscription, _UPDATED, **changes)


def cancellation(ledger: Ledger, subscription: Document, wanted: bool, details: Document | None = None) -> Document:
    """The fields that setting `cancel_at_period_end` changes."""
    if wanted == subscription["cancel_at_period_end"]:
        return {}
    return _cancelled_at(ledger, ends_at(subscription), details, period_end=True) if wanted else resumed()


def cancelled_on(ledger: Ledger, moment: int, details: Document | None = None) -> Document:
    """The fields that setting `cancel_at` to a date changes."""
    return _cancelled_at(ledger, moment, details, period_end=False)


def resumed() -> Document:
    """The fields that taking a cancellation back changes."""
    return {
        "cancel_at_period_end": False,
        "cancel_at": None,
        "canceled_at": None,
        "cancellation_details": no_cancellation(),
    }


def _cancelled_at(ledger: Ledger, moment: int, details: Document | None, *, period_end: bool) -> Document:
    return {
        "cancel_at_period_end": period_end,
        "cancel_at": moment,
        "canceled_at": ledger.now(),
        "cancellation_details": {**no_cancellation(), **(details or {}), "reason": "cancellation_requested"},
    }


def cancel(ledger: Ledger, subscription: Document, details: Document | None = None) -> Document:
    """End it now. Told by `customer.subscription.deleted`."""
    now = ledger.now()
    subscription.update(
        status="canceled",
        ended_at=now,
        canceled_at=subscription["canceled_at"] or now,
        cancellation_details={
            **subscription["cancellation_details"],
            **(details or {}),
            "reason": "cancellation_requested",
        },
    )
    ledger.save("subscription", subscription)
    ledger.emit("customer.subscription.deleted", subscription)
    return subscription


def renew(ledger: Ledger, subscription: Document) -> None:
    """It is due: cancel if that was asked for, else charge the next period; refused, it is `past_due`."""
    if subscription["cancel_at"] == due_at(subscription):
        cancel(ledger, subscription)
        return
    change(ledger, subscription, status="active", items=as_renewed(subscription)["items"])
    invoice = invoicing.issue(ledger, subscription, "subscription_cycle")
    decline = invoicing.settle(ledger, invoice, payment_method(ledger, subscription))
    change(ledger, subscription, status="past_due" if decline else "active", latest_invoice=invoice["id"])


def as_renewed(subscription: Document) -> Document:
    """What the subscription will be in its next period; nothing is written."""
    items = [_next_period(item) for item in subscription["items"]["data"]]
    return {**subscription, "status": "active", "items": {**subscription["items"], "data": items}}


def _next_period(item: Document) -> Document:
    start, recurring = item["current_period_end"], item["price"]["recurring"]
    end = period_end(start, recurring["interval"], recurring["interval_count"])
    return {**item, "current_period_start": start, "current_period_end": end}


def payment_method(ledger: Ledger, subscription: Document) -> Document | None:
    """The card that pays: the subscription's, else the customer's default."""
    customer = ledger.find("customer", subscription["customer"])
    chosen = subscription["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
    return ledger.store.get("payment_method", chosen) if chosen else None


def pay_late(ledger: Ledger, invoice: Document, method: Document | None) -> str | None:
    """Pay an open invoice; its subscription is `active` again when it was the latest. The decline code, or None."""
    parent = invoice["parent"]["subscription_details"]
    subscription = ledger.find("subscription", parent["subscription"])
    decline = invoicing.settle(ledger, invoice, method or payment_method(ledger, subscription))
    if not decline and subscription["status"] == "past_due" and subscription["latest_invoice"] == invoice["id"]:
        change(ledger, subscription, status="active")
    return decline
