"""/v1/customers, with their tax ids and saved cards."""

from typing import Any, Literal

from pydantic import Field

from domain.sandbox import ids, subscribing
from domain.sandbox.api.call import Call, Route
from domain.sandbox.cursors import page
from domain.sandbox.errors import Refused, no_such
from domain.sandbox.objects import customers
from domain.sandbox.params import Page, Params, Range, merge_metadata
from domain.sandbox.store import Document


class Address(Params):
    """A postal address."""

    city: str | None = None
    country: str | None = None
    line1: str | None = None
    line2: str | None = None
    postal_code: str | None = None
    state: str | None = None


class InvoiceSettings(Params):
    """Only the card that pays by default."""

    default_payment_method: str | None = None


class CustomerFields(Params):
    """What may be set at creation and later."""

    address: Address | Literal[""] | None = None
    business_name: str | None = None
    description: str | None = None
    email: str | None = None
    individual_name: str | None = None
    metadata: dict[str, str] | str = Field(default_factory=dict)
    name: str | None = None
    phone: str | None = None
    preferred_locales: list[str] = Field(default_factory=list)
    tax_exempt: Literal["", "exempt", "none", "reverse"] = "none"


class TaxIdData(Params):
    """A tax id to be added with the customer."""

    type: str
    value: str


class CustomerCreate(CustomerFields):
    """POST /v1/customers. `test_clock`: the world it is to live in."""

    balance: int = 0
    test_clock: str | None = None

    tax_id_data: list[TaxIdData] = Field(default_factory=list)


class CustomerUpdate(CustomerFields):
    """POST /v1/customers/{id}."""

    invoice_settings: InvoiceSettings | None = None


class CustomerList(Page):
    """GET /v1/customers."""

    email: str | None = None
    created: Range | int | None = None


class CardList(Page):
    """GET /v1/customers/{id}/payment_methods."""

    type: str | None = None


def create(call: Call) -> Document:
    """A new customer."""
    given, ledger = call.take(CustomerCreate), call.ledger
    given["metadata"] = merge_metadata({}, given.get("metadata") or {})
    if given.get("test_clock"):
        ledger.find("test_helpers.test_clock", given["test_clock"], "test_clock")
    customer = ledger.save("customer", customers.customer(ids.new("cus", 14), ledger.now(), given))
    ledger.emit("customer.created", customer)
    for data in given.get("tax_id_data", []):
        _add_tax_id(call, customer["id"], data)
    return customer


def update(call: Call) -> Document:
    """Changed fields of a customer."""
    given, ledger = call.take(CustomerUpdate), call.ledger
    customer = ledger.find("customer", call.path["id"])
    changes: dict[str, Any] = {name: value or None for name, value in given.items()}
    if "metadata" in given:
        changes["metadata"] = merge_metadata(customer["metadata"], given["metadata"])
    if "address" in given:
        changes["address"] = customers.address(given["address"] or None)
    if "preferred_locales" in given:
        changes["preferred_locales"] = given["preferred_locales"]
    if "tax_exempt" in given:
        changes["tax_exempt"] = given["tax_exempt"] or "none"
    if given.get("invoice_settings"):
        changes["invoice_settings"] = {**customer["invoice_settings"], **_default_card(call, customer, given)}
    return ledger.change("customer", customer, "customer.updated", **changes)


def _default_card(call: Call, customer: Document, given: dict[str, Any]) -> Document:
    chosen = given["invoice_settings"].get("default_payment_method") or None
    if chosen and call.ledger.find("payment_method", chosen)["customer"] != customer["id"]:
        raise Refused(
            f"The customer does not have a payment method with the ID {chosen}.",
            code="resource_missing",
            param="invoice_settings[default_payment_method]",
        )
    return {"default_payment_method": chosen}


def retrieve(call: Call) -> Document:
    """One customer; of one that was deleted, only that."""
    found = call.ledger.find("customer", call.path["id"])
    return {"id": found["id"], "object": "customer", "deleted": True} if found.get("deleted") else found


def index(call: Call) -> Document:
    """Customers, newest first, by e-mail and time of creation."""
    query = call.read(CustomerList)

    def keep(customer: Document) -> bool:
        known = query.email is None or customer["email"] == query.email
        return known and within(query.created, customer) and not customer.get("deleted")

    return page(call.ledger.store.newest_first("customer"), query, call.url, keep=keep)


def within(created: Range | int | None, document: Document) -> bool:
    """Whether a document was made in the time asked for."""
    if isinstance(created, Range):
        return created.holds(document["created"])
    return created is None or document["created"] == created


def create_tax_id(call: Call) -> Document:
    """A tax id added to a customer."""
    call.ledger.find("customer", call.path["id"], "customer")
    return _add_tax_id(call, call.path["id"], call.take(TaxIdData))


def _add_tax_id(call: Call, customer: str, data: Document) -> Document:
    ledger = call.ledger
    document = customers.tax_id(ids.new("txi"), ledger.now(), customer, data["type"], data["value"])
    ledger.save("tax_id", document)
    ledger.emit("customer.tax_id.created", document)
    return document


def delete_tax_id(call: Call) -> Document:
    """A tax id taken off a customer."""
    ledger = call.ledger
    found = ledger.find("tax_id", call.path["tax_id"])
    if found["customer"] != call.path["id"]:
        raise no_such("tax_id", found["id"])
    ledger.emit("customer.tax_id.deleted", found)
    ledger.save("tax_id", {**found, "customer": None, "owner": {**found["owner"], "customer": None}})
    return {"id": found["id"], "object": "tax_id", "deleted": True}


def delete(call: Call) -> Document:
    """The customer is gone; what they were subscribed to ends now."""
    ledger = call.ledger
    customer = ledger.find("customer", call.path["id"])
    for found in list(ledger.store.newest_first("subscription", customer["id"])):
        if found["customer"] == customer["id"] and found["status"] not in {"canceled", "incomplete_expired"}:
            subscribing.cancel(ledger, found)
    ledger.emit("customer.deleted", customer)
    ledger.save("customer", {**customer, "deleted": True})
    return {"id": customer["id"], "object": "customer", "deleted": True}


def _owned(kind: str, call: Call, query: Page) -> Document:
    call.ledger.find("customer", call.path["id"], "customer")
    mine = (d for d in call.ledger.store.newest_first(kind, call.path["id"]) if d["customer"] == call.path["id"])
    return page(mine, query, call.url)


def tax_ids(call: Call) -> Document:
    """A customer's tax ids."""
    return _owned("tax_id", call, call.read(Page))


def cards(call: Call) -> Document:
    """A customer's saved cards."""
    return _owned("payment_method", call, call.read(CardList))


ROUTES: list[Route] = [
    ("POST", "/v1/customers", create),
    ("GET", "/v1/customers", index),
    ("GET", "/v1/customers/{id}", retrieve),
    ("POST", "/v1/customers/{id}", update),
    ("DELETE", "/v1/customers/{id}", delete),
    ("POST", "/v1/customers/{id}/tax_ids", create_tax_id),
    ("DELETE", "/v1/customers/{id}/tax_ids/{tax_id}", delete_tax_id),
    ("GET", "/v1/customers/{id}/tax_ids", tax_ids),
    ("GET", "/v1/customers/{id}/payment_methods", cards),
]
