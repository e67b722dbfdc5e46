"""/v1/invoices and their payments. Invoices are made by subscriptions."""

from typing import Literal

from domain.sandbox import ids, invoicing, subscribing
from domain.sandbox.api.call import Call, Route
from domain.sandbox.api.customers import within
from domain.sandbox.cards import DECLINED
from domain.sandbox.cursors import page
from domain.sandbox.errors import Declined, Refused
from domain.sandbox.params import Page, Params, Range
from domain.sandbox.store import Document


class InvoiceList(Page):
    """GET /v1/invoices."""

    created: Range | int | None = None
    customer: str | None = None
    status: Literal["draft", "open", "paid", "uncollectible", "void"] | None = None
    subscription: str | None = None


class PaymentList(Page):
    """GET /v1/invoice_payments."""

    invoice: str | None = None
    status: Literal["canceled", "open", "paid"] | None = None


class InvoicePay(Params):
    """POST /v1/invoices/{id}/pay. Without `payment_method`, the card of the subscription or the customer."""

    off_session: bool = True
    payment_method: str | None = None


class Preview(Params):
    """POST /v1/invoices/create_preview: the next invoice of a subscription as it is."""

    customer: str | None = None
    preview_mode: Literal["next"] = "next"
    subscription: str


def retrieve(call: Call) -> Document:
    """One invoice."""
    return call.ledger.find("invoice", call.path["id"])


def index(call: Call) -> Document:
    """Invoices, newest first."""
    query = call.read(InvoiceList)

    def keep(invoice: Document) -> bool:
        return (
            query.customer in {None, invoice["customer"]}
            and query.status in {None, invoice["status"]}
            and query.subscription in {None, invoice["parent"]["subscription_details"]["subscription"]}
            and within(query.created, invoice)
        )

    return page(call.ledger.store.newest_first("invoice", query.customer or ""), query, call.url, keep=keep)


def lines(call: Call) -> Document:
    """The lines of an invoice."""
    return page(call.ledger.find("invoice", call.path["id"])["lines"]["data"], call.read(Page), call.url)


def payments(call: Call) -> Document:
    """The payments of invoices."""
    query = call.read(PaymentList)

    def keep(payment: Document) -> bool:
        return query.invoice in {None, payment["invoice"]} and query.status in {None, payment["status"]}

    return page(call.ledger.store.newest_first("invoice_payment"), query, call.url, keep=keep)


def pay(call: Call) -> Document:
    """Try to pay an open invoice now. Raises Refused (402, card_error) when the card is refused."""
    given, ledger = call.read(InvoicePay), call.ledger
    invoice = ledger.find("invoice", call.path["id"])
    if invoice["status"] != "open":
        raise Refused(f"Invoice is already {invoice['status']}", code="invoice_not_editable", param="invoice")
    method = None
    if given.payment_method:
        method = ledger.find("payment_method", given.payment_method, "payment_method")
    decline = subscribing.pay_late(ledger, invoice, method)
    if decline == "payment_method_missing":
        raise Refused("There is no default_payment_method set on this Customer or Invoice.", code="missing")
    if decline:
        raise Declined(DECLINED[decline], status=402, kind="card_error", code="card_declined", decline_code=decline)
    return ledger.find("invoice", invoice["id"])


def create_preview(call: Call) -> Document:
    """The invoice that the end of the present period will bring. Raises Refused when there will be none."""
    given, ledger = call.read(Preview), call.ledger
    subscription = ledger.find("subscription", given.subscription, "subscription")
    if given.customer not in {None, subscription["customer"]}:
        raise Refused("The subscription does not belong to the customer.", param="customer")
    if subscription["status"] == "canceled" or subscription["cancel_at"] == subscribing.due_at(subscription):
        raise Refused(
            f"No upcoming invoices for customer: {subscription['customer']}",
            status=404,
            code="invoice_upcoming_none",
        )
    start = subscribing.ends_at(subscription)
    invoice = invoicing.build(ledger, subscribing.as_renewed(subscription), ids.new("upcoming_in"), "upcoming")
    previous_start = min(int(i["current_period_start"]) for i in subscription["items"]["data"])
    invoice.update(created=start, period_start=previous_start, period_end=start, next_payment_attempt=start + 3600)
    return invoice


ROUTES: list[Route] = [
    ("POST", "/v1/invoices/create_preview", create_preview),
    ("GET", "/v1/invoices", index),
    ("GET", "/v1/invoices/{id}", retrieve),
    ("GET", "/v1/invoices/{id}/lines", lines),
    ("POST", "/v1/invoices/{id}/pay", pay),
    ("GET", "/v1/invoice_payments", payments),
]
