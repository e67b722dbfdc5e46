"""/v1/payment_methods, /v1/payment_intents, /v1/setup_intents and /v1/charges.

They are made by Checkout, the portal and invoices; cards also by attaching one of Stripe's ready-made ones.
"""

from typing import Literal

from domain.sandbox import cards, charging
from domain.sandbox.api.call import Call, Route
from domain.sandbox.api.customers import within
from domain.sandbox.cursors import page
from domain.sandbox.errors import Refused
from domain.sandbox.params import Page, Params, Range
from domain.sandbox.store import Document


class MethodList(Page):
    """GET /v1/payment_methods."""

    customer: str | None = None
    type: Literal["card"] | None = None


class MethodAttach(Params):
    """POST /v1/payment_methods/{id}/attach."""

    customer: str


class MethodDetach(Params):
    """POST /v1/payment_methods/{id}/detach."""


class PaymentList(Page):
    """GET /v1/payment_intents."""

    created: Range | int | None = None
    customer: str | None = None


class ChargeList(PaymentList):
    """GET /v1/charges."""

    payment_intent: str | None = None


class SetupList(Page):
    """GET /v1/setup_intents."""

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


def attach(call: Call) -> Document:
    """A ready-made card (`pm_card_visa`) for a customer. Raises Refused (402) for one that banks refuse."""
    ledger, number = call.ledger, cards.READY_MADE.get(call.path["id"])
    customer = ledger.find("customer", call.read(MethodAttach).customer, "customer")
    if number is None:
        found = ledger.find("payment_method", call.path["id"])
        if found["customer"] == customer["id"]:
            return found
        raise Refused(
            "This PaymentMethod was previously used without being attached to a Customer or was detached from a "
            "Customer, and may not be used again.",
        )
    card = cards.card(number, 12, cards.last_year(ledger.now()), customer["name"] or "Titular")
    if card.decline:
        words = cards.DECLINED[card.decline]
        raise Refused(words, status=402, kind="card_error", code="card_declined", decline_code=card.decline)
    return charging.save_card(ledger, card, customer)


def detach(call: Call) -> Document:
    """A card that pays nothing any more."""
    call.read(MethodDetach)
    return charging.detach(call.ledger, call.ledger.find("payment_method", call.path["id"]))


def retrieve_setup(call: Call) -> Document:
    """One setup intent."""
    return call.ledger.find("setup_intent", call.path["id"])


def setups(call: Call) -> Document:
    """Setup intents, newest first."""
    query = call.read(SetupList)

    def keep(document: Document) -> bool:
        return query.customer in {None, document["customer"]} and within(query.created, document)

    return page(call.ledger.store.newest_first("setup_intent", query.customer or ""), query, call.url, keep=keep)


def retrieve_intent(call: Call) -> Document:
    """One payment intent."""
    return call.ledger.find("payment_intent", call.path["id"])


def retrieve_charge(call: Call) -> Document:
    """One charge."""
    return call.ledger.find("charge", call.path["id"])


def intents(call: Call) -> Document:
    """Payment intents, newest first."""
    query = call.read(PaymentList)

    def keep(document: Document) -> bool:
        return query.customer in {None, document["customer"]} and within(query.created, document)

    return page(call.ledger.store.newest_first("payment_intent", query.customer or ""), query, call.url, keep=keep)


def charges(call: Call) -> Document:
    """Charges, newest first."""
    query = call.read(ChargeList)

    def keep(document: Document) -> bool:
        mine = query.customer in {None, document["customer"]}
        return mine and query.payment_intent in {None, document["payment_intent"]} and within(query.created, document)

    return page(call.ledger.store.newest_first("charge", query.payment_intent or ""), query, call.url, keep=keep)


ROUTES: list[Route] = [
    ("GET", "/v1/payment_methods", methods),
    ("GET", "/v1/payment_methods/{id}", retrieve_method),
    ("POST", "/v1/payment_methods/{id}/attach", attach),
    ("POST", "/v1/payment_methods/{id}/detach", detach),
    ("GET", "/v1/setup_intents", setups),
    ("GET", "/v1/setup_intents/{id}", retrieve_setup),
    ("GET", "/v1/customers/{customer}/payment_methods/{id}", retrieve_method),
    ("GET", "/v1/payment_intents", intents),
    ("GET", "/v1/payment_intents/{id}", retrieve_intent),
    ("GET", "/v1/charges", charges),
    ("GET", "/v1/charges/{id}", retrieve_charge),
]
