"""Invoices drafted, finalised and paid."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.sandbox import charging, discounting, ids, totals
from domain.sandbox.ledger import Ledger
from domain.sandbox.objects import invoices
from domain.sandbox.store import Document

NEXT_TRY_AFTER = (3, 5, 7)  # days from each failed try to the next one, Stripe's own proposal; then it gives up
DAY = 86400


@dataclass(frozen=True)
class Result:
    """Of a try to pay: `decline` is Stripe's code; `challenge`: the bank wants to see the customer first."""

    decline: str | None = None

    @property
    def challenge(self) -> bool:
        """Whether the customer has to prove who they are."""
        return self.decline == "authentication_required"

    def __bool__(self) -> bool:
        """Whether it is paid."""
        return self.decline is None


def period_lines(ledger: Ledger, subscription: Document, invoice_id: str) -> list[Document]:
    """A line for each item, for its present period."""
    return [
        invoices.line(
            invoice_id,
            item,
            ledger.find("product", item["price"]["product"])["name"],
            item["current_period_start"],
            item["current_period_end"],
            trial=subscription["status"] == "trialing",
            metadata=subscription["metadata"],
        )
        for item in subscription["items"]["data"]
    ]


def waiting(ledger: Ledger, customer: str, keep: Callable[[Document], bool]) -> list[Document]:
    """The customer's invoice items that are on no invoice yet, oldest first."""
    found = [d for d in ledger.store.newest_first("invoiceitem", customer) if d["customer"] == customer]
    return [d for d in reversed(found) if d["invoice"] is None and keep(d)]


def of_subscription(subscription: str) -> Callable[[Document], bool]:
    """Whether an invoice item is a proration of this subscription."""
    return lambda item: ((item["parent"] or {}).get("subscription_details") or {}).get("subscription") == subscription


def draft(
    ledger: Ledger,
    customer: Document,
    currency: str,
    reason: str,
    *,
    subscription: Document | None,
    whole_period: bool,
    items: list[Document],
    identifier: str | None = None,
) -> Document:
    """A draft of the subscription's present period and of waiting items; kept and told, the items being on it now."""
    invoice_id = identifier or ids.new("in")
    lines = [invoices.line_of(invoice_id, item) for item in items]
    if subscription and whole_period:
        lines += period_lines(ledger, subscription, invoice_id)
    invoice = invoices.invoice(
        invoice_id,
        ledger.now(),
        customer,
        lines,
        currency=currency,
        reason=reason,
        tax_ids=ledger.tax_ids(customer["id"]),
        business_name=ledger.config.business_name,
        subscription=subscription,
    )
    if subscription:
        invoice["default_payment_method"] = subscription["default_payment_method"]
        for applied, coupon in discounting.at_work(ledger, subscription):
            totals.discount(lines, applied, coupon)
        for rate in subscription["default_tax_rates"]:
            totals.tax(lines, rate, customer["tax_exempt"])
        if subscription["collection_method"] == "send_invoice":
            invoice["due_date"] = ledger.now() + (subscription["days_until_due"] or 0) * DAY
    totals.write(invoice, customer["balance"])
    ledger.save("invoice", invoice)
    for item in items:
        ledger.save("invoiceitem", {**item, "invoice": invoice_id})
    ledger.emit("invoice.created", invoice)
    return invoice


def add(ledger: Ledger, invoice: Document, item: Document) -> None:
    """Put an item on a draft."""
    invoice["lines"]["data"].append(invoices.line_of(invoice["id"], item))
    totals.write(invoice, invoice["starting_balance"])
    ledger.save("invoice", invoice)
    ledger.save("invoiceitem", {**item, "invoice": invoice["id"]})


def finalize(ledger: Ledger, invoice: Document) -> Document:
    """Number an invoice and open it; the customer's balance is used. Paid at once where nothing is due."""
    customer = ledger.find("customer", invoice["customer"])
    number, after = customer["next_invoice_sequence"], totals.balance_after(invoice)
    ledger.save("customer", {**customer, "next_invoice_sequence": number + 1, "balance": after})
    now = ledger.now()
    invoice.update(
        status="open",
        number=f"{customer['invoice_prefix']}-{number:04d}",
        auto_advance=True,
        automatically_finalizes_at=None,
        effective_at=now,
        ending_balance=after,
        hosted_invoice_url=ledger.url(f"/i/{invoice['id']}"),
        invoice_pdf=ledger.url(f"/i/{invoice['id']}/pdf"),
        status_transitions={**invoice["status_transitions"], "finalized_at": now},
    )
    ledger.save("invoice", invoice)
    ledger.emit("invoice.finalized", invoice)
    return invoice


def issue(
    ledger: Ledger, subscription: Document, reason: str, *, whole_period: bool = True, identifier: str | None = None
) -> Document:
    """A finalised invoice of the subscription, open and numbered. The caller makes it the `latest_invoice`."""
    customer = ledger.find("customer", subscription["customer"])
    items = waiting(ledger, customer["id"], of_subscription(subscription["id"]))
    drafted = draft(
        ledger,
        customer,
        subscription["currency"],
        reason,
        subscription=subscription,
        whole_period=whole_period,
        items=items,
        identifier=identifier,
    )
    return finalize(ledger, drafted)


def settle(
    ledger: Ledger,
    invoice: Document,
    method: Document | None,
    intent: Document | None = None,
    *,
    present: bool = False,
    scheduled: bool = False,
) -> Result:
    """Try to pay an open invoice. `present`: the customer is there and has proved who they are.

    `intent` is one that already had a try (Checkout); otherwise the invoice's own is used or made. `scheduled`: it is
    one of the tries that Stripe makes by itself, after which the next one is set.
    """
    result = Result()
    if invoice["amount_remaining"]:
        payment = _open_payment(ledger, invoice, intent)
        open_intent = ledger.find("payment_intent", payment["payment"]["payment_intent"])
        decline = charging.charge(ledger, open_intent, method, present=present) if method else "payment_method_missing"
        result = Result(decline)
        if result:
            _close_payment(ledger, payment)
    invoice.update(attempted=True, attempt_count=invoice["attempt_count"] + 1)
    if result:
        return _paid(ledger, invoice)
    if scheduled or invoice["attempt_count"] == 1:
        done = invoice["attempt_count"]
        last = done > len(NEXT_TRY_AFTER)
        invoice["next_payment_attempt"] = None if last else ledger.now() + NEXT_TRY_AFTER[done - 1] * DAY
    ledger.save("invoice", invoice)
    ledger.emit("invoice.payment_failed", invoice)
    if result.challenge:
        ledger.emit("invoice.payment_action_required", invoice)
    return result


def _paid(ledger: Ledger, invoice: Document) -> Result:
    invoice.update(
        status="paid",
        amount_paid=invoice["amount_paid"] + invoice["amount_remaining"],
        amount_remaining=0,
        next_payment_attempt=None,
        status_transitions={**invoice["status_transitions"], "paid_at": ledger.now()},
    )
    ledger.save("invoice", invoice)
    ledger.emit("invoice.paid", invoice)
    ledger.emit("invoice.payment_succeeded", invoice)
    return Result()


def paid_elsewhere(ledger: Ledger, invoice: Document) -> None:
    """Paid outside of Stripe, by a transfer for instance (`paid_out_of_band`)."""
    invoice.update(
        amount_paid_off_stripe=invoice["amount_remaining"],
        status="paid",
        amount_remaining=0,
        amount_paid=invoice["amount_due"],
        next_payment_attempt=None,
        status_transitions={**invoice["status_transitions"], "paid_at": ledger.now()},
    )
    ledger.save("invoice", invoice)
    ledger.emit("invoice.paid", invoice)
    ledger.emit("invoice.payment_succeeded", invoice)


def close(ledger: Ledger, invoice: Document, status: str) -> Document:
    """Not to be collected any more: `void` or `uncollectible`. A balance that it used goes back to the customer."""
    stamp, event = ("voided_at", "invoice.voided") if status == "void" else (
        "marked_uncollectible_at", "invoice.marked_uncollectible")  # fmt: skip
    if status == "void":
        customer = ledger.find("customer", invoice["customer"])
        used = (invoice["ending_balance"] or 0) - invoice["starting_balance"]
        ledger.save("customer", {**customer, "balance": customer["balance"] - used})
    invoice.update(
        status=status,
        next_payment_attempt=None,
        status_transitions={**invoice["status_transitions"], stamp: ledger.now()},
    )
    ledger.save("invoice", invoice)
    ledger.emit(event, invoice)
    return invoice


def _open_payment(ledger: Ledger, invoice: Document, intent: Document | None) -> Document:
    for payment in ledger.store.newest_first("invoice_payment", invoice["id"]):
        if payment["invoice"] == invoice["id"] and payment["status"] == "open":
            return payment
    due = invoice["amount_remaining"]
    intent = intent or charging.new_intent(ledger, due, invoice["currency"], invoice["customer"])
    payment = invoices.payment(ids.new("inpay"), ledger.now(), invoice, intent["id"])
    return ledger.save("invoice_payment", payment)


def _close_payment(ledger: Ledger, payment: Document) -> None:
    payment.update(
        status="paid",
        amount_paid=payment["amount_requested"],
        status_transitions={"canceled_at": None, "paid_at": ledger.now()},
    )
    ledger.save("invoice_payment", payment)
    ledger.emit("invoice_payment.paid", payment)
