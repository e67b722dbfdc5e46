"""/v1/invoices, /v1/invoiceitems and the payments of invoices."""

from typing import Literal

from pydantic import Field

from domain.sandbox import ids, invoicing, previewing, subscribing
from domain.sandbox.api import subscriptions
from domain.sandbox.api.call import Call, Route
from domain.sandbox.api.customers import within
from domain.sandbox.api.subscriptions import Anchor, Discounted, ItemUpdate, Proration
from domain.sandbox.cards import DECLINED
from domain.sandbox.cursors import page
from domain.sandbox.errors import Declined, Refused
from domain.sandbox.objects import invoiceitems
from domain.sandbox.params import Page, Params, Range, merge_metadata
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
    paid_out_of_band: bool = False
    payment_method: str | None = None


class InvoiceCreate(Params):
    """POST /v1/invoices: of the customer's waiting items that are of no subscription."""

    auto_advance: bool = False
    collection_method: Literal["charge_automatically", "send_invoice"] = "charge_automatically"
    currency: str | None = None
    customer: str
    days_until_due: int | None = None
    description: str | None = None
    footer: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    pending_invoice_items_behavior: Literal["exclude", "include"] = "exclude"


class InvoiceUpdate(Params):
    """POST /v1/invoices/{id}."""

    auto_advance: bool | None = None
    description: str | None = None
    metadata: dict[str, str] | str = Field(default_factory=dict)


class ItemCreate(Params):
    """POST /v1/invoiceitems. Amounts in the currency's smallest unit; negative for a credit."""

    amount: int
    currency: str
    customer: str
    description: str | None = None
    invoice: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict)


class ItemList(Page):
    """GET /v1/invoiceitems."""

    created: Range | int | None = None
    customer: str | None = None
    invoice: str | None = None
    pending: bool | None = None


class Details(Params):
    """What the subscription would be."""

    billing_cycle_anchor: Anchor | None = None
    cancel_at_period_end: bool | None = None
    items: list[ItemUpdate] | None = None
    proration_behavior: Proration = "create_prorations"
    proration_date: int | None = None
    trial_end: int | Literal["now"] | None = None


class Preview(Params):
    """POST /v1/invoices/create_preview: the next invoice of a subscription as it is, or as it would be."""

    customer: str | None = None
    discounts: list[Discounted] | Literal[""] | None = None
    preview_mode: Literal["next"] = "next"
    subscription: str
    subscription_details: Details | None = None


class Nothing(Params):
    """Endpoints that take no parameters."""


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
            and query.subscription in {None, subscribing.subscription_of(invoice)}
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


def _open(call: Call, verb: str, *states: str) -> Document:
    invoice = call.ledger.find("invoice", call.path["id"])
    if invoice["status"] not in states:
        raise Refused(f"You can only {verb} an invoice that is {' or '.join(states)}: this is {invoice['status']}.",
                      code="invoice_not_editable")  # fmt: skip
    return invoice


def pay(call: Call) -> Document:
    """Try to pay an open invoice now. Raises Refused (402, card_error) when the card is refused."""
    given, ledger = call.read(InvoicePay), call.ledger
    invoice = ledger.find("invoice", call.path["id"])
    if invoice["status"] == "draft":
        invoice = invoicing.finalize(ledger, invoice)
    if invoice["status"] == "paid":
        raise Refused("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] not in {"open", "uncollectible"}:
        raise Refused(f"Invoice is already {invoice['status']}", code="invoice_not_editable", param="invoice")
    if given.paid_out_of_band:
        invoicing.paid_elsewhere(ledger, invoice)
        subscribing.follow(ledger, invoice, invoicing.Result())
        return ledger.find("invoice", invoice["id"])
    method = None
    if given.payment_method:
        method = ledger.find("payment_method", given.payment_method, "payment_method")
    result = subscribing.pay_late(ledger, invoice, method)
    decline = result.decline
    if decline == "payment_method_missing":
        raise Refused("There is no default_payment_method set on this Customer or Invoice.", code="missing")
    if decline:
        code = "invoice_payment_intent_requires_action" if result.challenge else "card_declined"
        raise Declined(DECLINED[decline], status=402, kind="card_error", code=code, decline_code=decline)
    return ledger.find("invoice", invoice["id"])


def create(call: Call) -> Document:
    """A draft invoice by hand, of the items that wait for one."""
    given, ledger = call.take(InvoiceCreate), call.ledger
    customer = ledger.find("customer", given["customer"], "customer")
    include = given.get("pending_invoice_items_behavior") == "include"
    items = invoicing.waiting(ledger, customer["id"], lambda item: include and item["parent"] is None)
    currency = given.get("currency") or (items[0]["currency"] if items else customer["currency"] or "usd")
    invoice = invoicing.draft(
        ledger, customer, currency, "manual", subscription=None, whole_period=False, items=items
    )  # fmt: skip
    invoice.update(
        auto_advance=given.get("auto_advance", False),
        collection_method=given.get("collection_method", "charge_automatically"),
        description=given.get("description"),
        footer=given.get("footer"),
        metadata=given.get("metadata", {}),
    )
    if given.get("days_until_due") is not None:
        invoice["due_date"] = ledger.now() + given["days_until_due"] * invoicing.DAY
    return ledger.save("invoice", invoice)


def update(call: Call) -> Document:
    """Changed fields."""
    given, invoice = call.take(InvoiceUpdate), call.ledger.find("invoice", call.path["id"])
    if "metadata" in given:
        given["metadata"] = merge_metadata(invoice["metadata"], given["metadata"])
    return call.ledger.change("invoice", invoice, "invoice.updated", **given)


def finalize(call: Call) -> Document:
    """A draft becomes open; one on which nothing is due is paid."""
    call.read(Nothing)
    invoice = invoicing.finalize(call.ledger, _open(call, "finalize", "draft"))
    if not invoice["amount_remaining"]:
        invoicing.settle(call.ledger, invoice, None)
    return invoice


def send(call: Call) -> Document:
    """By mail, to be paid by the customer."""
    call.read(Nothing)
    invoice = _open(call, "send", "open", "draft")
    if invoice["status"] == "draft":
        invoice = invoicing.finalize(call.ledger, invoice)
    call.ledger.emit("invoice.sent", invoice)
    return invoice


def void(call: Call) -> Document:
    """Not owed any more."""
    call.read(Nothing)
    return invoicing.close(call.ledger, _open(call, "void", "open", "uncollectible"), "void")


def uncollectible(call: Call) -> Document:
    """Written off."""
    call.read(Nothing)
    return invoicing.close(call.ledger, _open(call, "mark uncollectible", "open"), "uncollectible")


def create_item(call: Call) -> Document:
    """A charge that waits for the next invoice, or goes to a draft."""
    given, ledger = call.take(ItemCreate), call.ledger
    customer = ledger.find("customer", given["customer"], "customer")
    words = given.get("description") or "Cargo"
    made = invoiceitems.invoiceitem(
        ids.new("ii"), ledger.now(), customer, given["amount"], given["currency"].lower(), words
    )
    made["metadata"] = given.get("metadata", {})
    ledger.save("invoiceitem", made)
    ledger.emit("invoiceitem.created", made)
    if given.get("invoice"):
        invoicing.add(ledger, ledger.find("invoice", given["invoice"], "invoice"), made)
    return made


def items(call: Call) -> Document:
    """Invoice items, newest first."""
    query = call.read(ItemList)

    def keep(item: Document) -> bool:
        return (
            query.customer in {None, item["customer"]}
            and query.invoice in {None, item["invoice"]}
            and (query.pending is None or query.pending == (item["invoice"] is None))
            and within(query.created, {"created": item["date"]})
        )

    return page(call.ledger.store.newest_first("invoiceitem", query.customer or ""), query, call.url, keep=keep)


def create_preview(call: Call) -> Document:
    """The invoice that a change or the end of the period will bring. Raises Refused when there will be none."""
    given, ledger = call.read(Preview), call.ledger
    subscription = ledger.find("subscription", given.subscription, "subscription")
    if given.customer not in {None, subscription["customer"]}:
        raise Refused("The subscription does not belong to the customer.", param="customer")
    changes = given.subscription_details.model_dump(exclude_unset=True) if given.subscription_details else {}
    if given.discounts is not None:
        changes["discounts"] = given.model_dump(exclude_unset=True)["discounts"]
    if not changes:
        return previewing.upcoming(ledger, subscription)
    return previewing.upcoming(ledger, subscription, lambda now: subscriptions.apply(call, now, changes))


ROUTES: list[Route] = [
    ("POST", "/v1/invoices/create_preview", create_preview),
    ("POST", "/v1/invoices", create),
    ("GET", "/v1/invoices", index),
    ("GET", "/v1/invoices/{id}", retrieve),
    ("POST", "/v1/invoices/{id}", update),
    ("POST", "/v1/invoices/{id}/finalize", finalize),
    ("POST", "/v1/invoices/{id}/send", send),
    ("POST", "/v1/invoices/{id}/void", void),
    ("POST", "/v1/invoices/{id}/mark_uncollectible", uncollectible),
    ("POST", "/v1/invoiceitems", create_item),
    ("GET", "/v1/invoiceitems", items),
    ("GET", "/v1/invoices/{id}/lines", lines),
    ("POST", "/v1/invoices/{id}/pay", pay),
    ("GET", "/v1/invoice_payments", payments),
]
