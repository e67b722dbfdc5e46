"""The life of a subscription: begun, renewed, cancelled, resumed, paid late."""

from typing import Any

from domain.sandbox import discounting, ids, invoicing, scheduling
from domain.sandbox.invoicing import DAY, Result
from domain.sandbox.ledger import Ledger
from domain.sandbox.objects import subscriptions
from domain.sandbox.objects.subscriptions import no_cancellation, period_end
from domain.sandbox.store import Document

_UPDATED = "customer.subscription.updated"
DRAFT_FOR = 3600  # seconds that a renewal's invoice stays a draft
INCOMPLETE_FOR = 23 * 3600


def ends_at(subscription: Document) -> int:
    """When the present period ends: that of the items that ends last."""
    return max(int(item["current_period_end"]) for item in subscription["items"]["data"])


def due_at(subscription: Document) -> int:
    """When something happens to it by itself: its period ends, or the date comes that it is to be cancelled at."""
    return min(ends_at(subscription), subscription["cancel_at"] or ends_at(subscription))


def change(ledger: Ledger, subscription: Document, **changes: Any) -> Document:
    """Write changes and tell them by `customer.subscription.updated`."""
    return ledger.change("subscription", subscription, _UPDATED, **changes)


def begin(
    ledger: Ledger,
    customer: Document,
    lines: list[tuple[Document, int]],
    given: Document,
    *,
    method: Document | None,
    intent: Document | None = None,
    coupons: list[tuple[Document, str | None]] | None = None,
    present: bool = False,
) -> tuple[Document, Document, Result]:
    """A new subscription with its first invoice, and what the try to pay that came to."""
    made = subscriptions.subscription(ids.new("sub"), ledger.now(), customer, lines, given)
    made["default_payment_method"] = given.get("default_payment_method") or (method["id"] if method else None)
    made["default_tax_rates"] = [ledger.find("tax_rate", name) for name in given.get("default_tax_rates") or []]
    made["latest_invoice"] = ids.new("in")
    for coupon, code in coupons or []:
        made["discounts"].append(discounting.give(ledger, made, coupon, code))
    later = made["collection_method"] == "send_invoice"
    if later and made["status"] == "incomplete":
        made["status"] = "active"
    ledger.save("subscription", made)
    ledger.emit("customer.subscription.created", made)
    invoice = invoicing.issue(ledger, made, "subscription_create", identifier=made["latest_invoice"])
    result = Result()
    if not later or not invoice["amount_remaining"]:
        result = invoicing.settle(ledger, invoice, method or payment_method(ledger, made), intent, present=present)
    if result and made["status"] == "incomplete":
        change(ledger, made, status="active", discounts=_left(ledger, made))
    customer = ledger.find("customer", customer["id"])
    ledger.change("customer", customer, "customer.updated", currency=made["currency"])
    return made, invoice, result


def _left(ledger: Ledger, subscription: Document) -> list[str]:
    return discounting.left_after_invoice(ledger, subscription)


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


def cancel(
    ledger: Ledger, subscription: Document, details: Document | None = None, reason: str = "cancellation_requested"
) -> Document:
    """End it now. Told by `customer.subscription.deleted`; its open invoices are not tried any more."""
    now = ledger.now()
    scheduling.release(ledger, subscription)
    subscription.update(
        status="canceled",
        ended_at=now,
        canceled_at=subscription["canceled_at"] or now,
        cancellation_details={**subscription["cancellation_details"], **(details or {}), "reason": reason},
        pending_update=None,
    )
    ledger.save("subscription", subscription)
    for invoice in collecting(ledger, subscription["id"]):
        ledger.save("invoice", {**invoice, "auto_advance": False, "next_payment_attempt": None})
    ledger.emit("customer.subscription.deleted", subscription)
    return subscription


def collecting(ledger: Ledger, subscription: str) -> list[Document]:
    """The subscription's invoices that are drafts or open, oldest first."""
    found = [i for i in ledger.store.newest_first("invoice", subscription) if subscription_of(i) == subscription]
    return [i for i in reversed(found) if i["status"] in {"draft", "open"}]


def subscription_of(invoice: Document) -> str | None:
    """The id of the subscription that an invoice belongs to; None for one that was made by hand."""
    details = (invoice["parent"] or {}).get("subscription_details")
    return str(details["subscription"]) if details else None


def renew(ledger: Ledger, subscription: Document) -> None:
    """It is due: cancel if that was asked for, else draft the invoice of the next period."""
    if subscription["cancel_at"] == due_at(subscription):
        cancel(ledger, subscription)
        return
    if subscription["status"] == "trialing" and not _may_go_on(ledger, subscription):
        return
    renewed = as_renewed(ledger, subscription)
    scheduling.step(ledger, subscription)
    status = "past_due" if subscription["status"] == "past_due" else "active"
    change(ledger, subscription, status=status, items=renewed["items"])
    customer = ledger.find("customer", subscription["customer"])
    waiting = invoicing.waiting(ledger, customer["id"], invoicing.of_subscription(subscription["id"]))
    drafted = invoicing.draft(
        ledger,
        customer,
        subscription["currency"],
        "subscription_cycle",
        subscription=subscription,
        whole_period=True,
        items=waiting,
    )
    drafted["automatically_finalizes_at"] = ledger.now() + DRAFT_FOR
    ledger.save("invoice", drafted)
    change(ledger, subscription, latest_invoice=drafted["id"], discounts=_left(ledger, subscription))


def _may_go_on(ledger: Ledger, subscription: Document) -> bool:
    """Whether a trial ends in a paid period. Without a card it may have been said that it ends, or rests, instead."""
    missing = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    if missing == "create_invoice" or payment_method(ledger, subscription):
        return True
    if missing == "cancel":
        cancel(ledger, subscription, reason="payment_failed")
    else:
        ledger.change("subscription", subscription, "customer.subscription.paused", status="paused")
    return False


def collect(ledger: Ledger, invoice: Document) -> None:
    """A draft's hour is over: it is opened and charged, or sent; refused, its subscription is `past_due`."""
    opened = invoicing.finalize(ledger, invoice)
    if opened["collection_method"] == "send_invoice" and opened["amount_remaining"]:
        ledger.emit("invoice.sent", opened)
        return
    attempt(ledger, opened)


def attempt(ledger: Ledger, invoice: Document) -> Result:
    """One of the tries that Stripe makes by itself."""
    subscription = ledger.find("subscription", subscription_of(invoice) or "")
    result = invoicing.settle(ledger, invoice, payment_method(ledger, subscription), scheduled=True)
    follow(ledger, invoice, result)
    if not result and invoice["next_payment_attempt"] is None:
        _given_up(ledger, subscription)
    return result


def _given_up(ledger: Ledger, subscription: Document) -> None:
    """What the account says is to be done once every try has failed."""
    match ledger.config.after_retries:
        case "cancel":
            cancel(ledger, ledger.find("subscription", subscription["id"]), reason="payment_failed")
        case "unpaid":
            change(ledger, ledger.find("subscription", subscription["id"]), status="unpaid")


def follow(ledger: Ledger, invoice: Document, result: Result) -> None:
    """What an invoice's payment, or its failure, means for its subscription."""
    name = subscription_of(invoice)
    if name is None:
        return
    subscription = ledger.find("subscription", name)
    latest = subscription["latest_invoice"] == invoice["id"]
    if not result:
        if subscription["status"] in {"active", "trialing"} and latest:
            change(ledger, subscription, status="past_due")
    elif latest and subscription["status"] in {"past_due", "unpaid", "incomplete"}:
        change(ledger, subscription, status="active")
    if result and subscription["pending_update"]:
        scheduling.apply_pending(ledger, ledger.find("subscription", name), invoice)


def as_renewed(ledger: Ledger, subscription: Document) -> Document:
    """What the subscription will be in its next period, its schedule being followed; nothing is written."""
    following = scheduling.next_items(ledger, subscription)
    items = [_next_period(item) for item in following or subscription["items"]["data"]]
    return {**subscription, "status": "active", "items": {**subscription["items"], "data": items}}


def _next_period(item: Document) -> Document:
    start, recurring = item["current_period_end"], item["price"]["recurring"]
    end = period_end(start, recurring["interval"], recurring["interval_count"])
    return {**item, "current_period_start": start, "current_period_end": end}


def payment_method(ledger: Ledger, subscription: Document) -> Document | None:
    """The card that pays: the subscription's, else the customer's default."""
    customer = ledger.find("customer", subscription["customer"])
    chosen = subscription["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
    found = ledger.store.get("payment_method", chosen) if chosen else None
    return found if found and found["customer"] == customer["id"] else None


def pay_late(ledger: Ledger, invoice: Document, method: Document | None, *, present: bool = False) -> Result:
    """Pay an open invoice; its subscription is `active` again when it was the latest."""
    name = subscription_of(invoice)
    if method is None and name:
        method = payment_method(ledger, ledger.find("subscription", name))
    if method is None:
        customer = ledger.find("customer", invoice["customer"])
        chosen = invoice["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
        method = ledger.store.get("payment_method", chosen) if chosen else None
    result = invoicing.settle(ledger, invoice, method, present=present)
    follow(ledger, invoice, result)
    return result


def expire_incomplete(ledger: Ledger, subscription: Document) -> None:
    """The first payment never came: the subscription ends and its invoice is void."""
    for invoice in collecting(ledger, subscription["id"]):
        invoicing.close(ledger, invoice, "void")
    now = ledger.now()
    ledger.change("subscription", subscription, _UPDATED, status="incomplete_expired", ended_at=now)


__all__ = [
    "DAY", "DRAFT_FOR", "INCOMPLETE_FOR", "as_renewed", "attempt", "begin", "cancel", "cancellation", "cancelled_on",
    "change", "collect", "collecting", "due_at", "ends_at", "expire_incomplete", "follow", "pay_late",
    "payment_method", "renew", "resumed", "subscription_of",
]  # fmt: skip
