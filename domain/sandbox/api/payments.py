"""/v1/payment_methods, /v1/payment_intents and /v1/charges. They are made by Checkout, the portal and invoices."""

from typing import Literal

from domain.sandbox.api.call import Call, Route
from domain.sandbox.api.customers import within
from domain.sandbox.cursors import page
from domain.sandbox.params import Page, Range
from domain.sandbox.store import Document


class MethodList(Page):
    """GET /v1/payment_methods."""

    customer: str | None = None
    type: Literal["card"] | None = None


class PaymentList(Page):
    """GET /v1/payment_intents and /v1/charges."""

    created: Range | int | None = None
    customer: str | None = None


def retrieve_method(call: Call) -> Document:
    """One saved card; also by /v1/customers/{customer}/payment_methods/{id}."""
    return call.ledger.find("payment_method", call.path["id"])


def methods(call: Call) -> Document:
    """Saved cards."""
    query = call.read(MethodList)
    found = call.ledger.store.newest_first("payment_method", query.customer or "")
    return page(found, query, call.url, keep=lambda d: query.customer in {None, d["customer"]})


def retrieve_intent(call: Call) -> Document:
    """One payment intent."""
    return call.ledger.find("payment_intent", call.path["id"])


def retrieve_charge(call: Call) -> Document:
    """One charge."""
    return call.ledger.find("charge", call.path["id"])


def _payments(kind: str, call: Call) -> Document:
    query = call.read(PaymentList)

    def keep(document: Document) -> bool:
        return query.customer in {None, document["customer"]} and within(query.created, document)

    return page(call.ledger.store.newest_first(kind, query.customer or ""), query, call.url, keep=keep)


def intents(call: Call) -> Document:
    """Payment intents, newest first."""
    return _payments("payment_intent", call)


def charges(call: Call) -> Document:
    """Charges, newest first."""
    return _payments("charge", call)


ROUTES: list[Route] = [
    ("GET", "/v1/payment_methods", methods),
    ("GET", "/v1/payment_methods/{id}", retrieve_method),
    ("GET", "/v1/customers/{customer}/payment_methods/{id}", retrieve_method),
    ("GET", "/v1/payment_intents", intents),
    ("GET", "/v1/payment_intents/{id}", retrieve_intent),
    ("GET", "/v1/charges", charges),
    ("GET", "/v1/charges/{id}", retrieve_charge),
]
