"""Invoices made, finalised and paid."""

from domain.sandbox import charging, ids
from domain.sandbox.ledger import Ledger
from domain.sandbox.objects import invoices
from domain.sandbox.store import Document


def build(ledger: Ledger, subscription: Document, identifier: str, reason: str) -> Document:
    """A draft invoice for the subscription's present period; nothing is kept or told yet."""
    customer = ledger.find("customer", subscription["customer"])
    tax_ids = ledger.tax_ids(customer["id"])
    lines = [
        invoices.line(
            identifier,
            item,
            ledger.find("product", item["price"]["product"])["name"],
            item["current_period_start"],
            item["current_period_end"],
            trial=subscription["status"] == "trialing",
            metadata=subscription["metadata"],
        )
        for item in subscription["items"]["data"]
    ]
    return invoices.invoice(
        identifier,
        ledger.now(),
        customer,
        subscription,
        lines,
        reason=reason,
        tax_ids=tax_ids,
        business_name=ledger.config.business_name,
    )


def issue(ledger: Ledger, subscription: Document, reason: str, identifier: str | None = None) -> Document:
    """A finalised invoice, open and numbered. The caller makes it the subscription's `latest_invoice`."""
    invoice = ledger.save("invoice", build(ledger, subscription, identifier or ids.new("in"), reason))
    ledger.emit("invoice.created", invoice)
    customer = ledger.find("customer", invoice["customer"])
    number = customer["next_invoice_sequence"]
    ledger.save("customer", {**customer, "next_invoice_sequence": number + 1})
    now = ledger.now()
    invoice.update(
        status="open",
        number=f"{customer['invoice_prefix']}-{number:04d}",
        effective_at=now,
        ending_balance=0,
        hosted_invoice_url=ledger.url(f"/i/{invoice['id']}"),
        invoice_pdf=ledger.url(f"/i/{invoice['id']}/pdf"),
        status_transitions={**invoice["status_transitions"], "finalized_at": now},
    )
    ledger.save("invoice", invoice)
    ledger.emit("invoice.finalized", invoice)
    return invoice


def settle(ledger: Ledger, invoice: Document, method: Document | None, intent: Document | None = None) -> str | None:
    """Try to pay an open invoice. None when it is paid now, else the decline code.

    `intent` is one that already had a try (Checkout); otherwise the invoice's own is used or made.
    """
    decline = None
    if invoice["amount_due"]:
        payment = _open_payment(ledger, invoice, intent)
        open_intent = ledger.find("payment_intent", payment["payment"]["payment_intent"])
        decline = charging.charge(ledger, open_intent, method) if method else "payment_method_missing"
        if not decline:
            _close_payment(ledger, payment)
    invoice.update(attempted=True, attempt_count=invoice["attempt_count"] + 1)
    if decline:
        ledger.save("invoice", invoice)
        ledger.emit("invoice.payment_failed", invoice)
        return decline
    now = ledger.now()
    invoice.update(
        status="paid",
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        status_transitions={**invoice["status_transitions"], "paid_at": now},
    )
    ledger.save("invoice", invoice)
    ledger.emit("invoice.paid", invoice)
    ledger.emit("invoice.payment_succeeded", invoice)
    return None


def _open_payment(ledger: Ledger, invoice: Document, intent: Document | None) -> Document:
    for payment in ledger.store.newest_first("invoice_payment", invoice["id"]):
        if payment["invoice"] == invoice["id"] and payment["status"] == "open":
            return payment
    intent = intent or charging.new_intent(ledger, invoice["amount_due"], invoice["currency"], invoice["customer"])
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
