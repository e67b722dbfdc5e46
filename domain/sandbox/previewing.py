"""The invoice that would come: it is really made, shown, and taken back."""

from collections.abc import Callable

from domain.sandbox import ids, invoicing, subscribing
from domain.sandbox.errors import Refused
from domain.sandbox.ledger import Ledger
from domain.sandbox.store import Document


def upcoming(ledger: Ledger, subscription: Document, change: Callable[[Document], Document] | None = None) -> Document:
    """The next invoice of a subscription as it is, or as `change` would leave it: the one that the change itself would
    make at once, else that of the next period with what waits for it. Nothing stays written.

    Raises Refused when there will be none.
    """
    with ledger.store.transaction(), ledger.store.rehearsal():
        known = {i["id"] for i in ledger.store.newest_first("invoice", subscription["id"])}
        after = change(subscription) if change else subscription
        made = [i for i in ledger.store.newest_first("invoice", subscription["id"]) if i["id"] not in known]
        invoice = made[0] if made else _next(ledger, after)
        for line in invoice["lines"]["data"]:
            line["invoice"] = invoice["id"]
        return {
            **invoice,
            "id": ids.new("upcoming_in"),
            "billing_reason": "upcoming",
            "status": "draft",
            "number": None,
            "attempted": False,
            "attempt_count": 0,
            "amount_paid": 0,
            "amount_remaining": invoice["amount_due"],
            "hosted_invoice_url": None,
            "invoice_pdf": None,
            "effective_at": None,
            "status_transitions": dict.fromkeys(invoice["status_transitions"]),
        }


def _next(ledger: Ledger, subscription: Document) -> Document:
    leaving = subscription["cancel_at"] is not None and subscription["cancel_at"] == subscribing.due_at(subscription)
    if subscription["status"] in {"canceled", "incomplete_expired"} or leaving:
        raise Refused(
            f"No upcoming invoices for customer: {subscription['customer']}", status=404, code="invoice_upcoming_none"
        )
    end = subscribing.ends_at(subscription)
    start = min(int(item["current_period_start"]) for item in subscription["items"]["data"])
    with ledger.at(end):
        customer = ledger.find("customer", subscription["customer"])
        invoice = invoicing.draft(
            ledger,
            customer,
            subscription["currency"],
            "upcoming",
            subscription=subscribing.as_renewed(ledger, subscription),
            whole_period=True,
            items=invoicing.waiting(ledger, customer["id"], invoicing.of_subscription(subscription["id"])),
        )
    invoice.update(period_start=start, period_end=end, next_payment_attempt=end + subscribing.DRAFT_FOR)
    return invoice
