"""/v1/checkout/sessions, of the modes `subscription` and `setup`."""

from typing import Any, Literal

from pydantic import Field

from domain.sandbox import ids, purchase
from domain.sandbox.api.call import Call, Route
from domain.sandbox.api.customers import within
from domain.sandbox.api.subscriptions import Discounted, TrialSettings
from domain.sandbox.cursors import page
from domain.sandbox.errors import Refused
from domain.sandbox.objects import checkout
from domain.sandbox.params import Page, Params, Range
from domain.sandbox.store import Document

_SHORTEST, _LONGEST = 30 * 60, 24 * 3600


class Line(Params):
    """One price to subscribe to."""

    price: str
    quantity: int = 1


class SubscriptionData(Params):
    """What the subscription will be made with."""

    default_tax_rates: list[str] = Field(default_factory=list)
    description: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    trial_period_days: int | None = None
    trial_settings: TrialSettings | None = None


class SetupIntentData(Params):
    """What the setup intent will be made with."""

    metadata: dict[str, str] = Field(default_factory=dict)


class Off(Params):
    """Something that the stand-in does not do, so that it can only be switched off."""

    enabled: Literal[False] = False


class CustomerUpdate(Params):
    """Which of the customer's fields Checkout may overwrite. The page asks for none of them."""

    address: Literal["auto", "never"] = "never"
    name: Literal["auto", "never"] = "never"


class SessionCreate(Params):
    """POST /v1/checkout/sessions."""

    allow_promotion_codes: bool | None = None
    allowed_payment_method_types: list[Literal["card"]] = Field(default_factory=list)
    automatic_tax: Off | None = None
    billing_address_collection: Literal["auto"] | None = None
    cancel_url: str | None = None
    client_reference_id: str | None = None
    currency: str | None = None
    customer: str | None = None
    customer_email: str | None = None
    customer_update: CustomerUpdate | None = None
    discounts: list[Discounted] = Field(default_factory=list)
    expires_at: int | None = None
    line_items: list[Line] = Field(default_factory=list)
    locale: Literal["auto", "es", "es-419", "en"] | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    mode: Literal["subscription", "setup"]
    payment_method_collection: Literal["always", "if_required"] = "always"
    phone_number_collection: Off | None = None
    setup_intent_data: SetupIntentData = SetupIntentData()
    subscription_data: SubscriptionData = SubscriptionData()
    success_url: str
    tax_id_collection: Off | None = None
    ui_mode: Literal["hosted_page"] = "hosted_page"


class CustomerDetails(Params):
    """The buyer's e-mail."""

    email: str


class SessionList(Page):
    """GET /v1/checkout/sessions."""

    created: Range | int | None = None
    customer: str | None = None
    customer_details: CustomerDetails | None = None
    status: Literal["open", "complete", "expired"] | None = None
    subscription: str | None = None


def create(call: Call) -> Document:
    """A new open session, with the address of its page."""
    given, ledger = call.take(SessionCreate), call.ledger
    if given.get("customer") and given.get("customer_email"):
        raise Refused("You may only specify one of these parameters: customer, customer_email.", param="customer")
    customer = ledger.find("customer", given["customer"], "customer") if given.get("customer") else None
    lines = [_line(call, entry, index) for index, entry in enumerate(given.get("line_items", []))]
    buys = given["mode"] == "subscription"
    if buys != bool(lines):
        raise Refused("`line_items` go with the mode `subscription`.", code="parameter_missing", param="line_items")
    if given.get("allow_promotion_codes") and given.get("discounts"):
        raise Refused("You may only specify one of these parameters: allow_promotion_codes, discounts.")
    given["expires_at"] = _expiry(given.get("expires_at"), ledger.now())
    identifier = ids.new("cs")
    document = checkout.session(
        identifier, ledger.now(), given, lines, url=ledger.url(f"/c/pay/{identifier}"), customer=customer
    )
    private = {
        "id": identifier,
        "customer": document["customer"],
        "line_items": lines,
        "subscription_data": given.get("subscription_data") or {},
        "setup_intent_data": given.get("setup_intent_data") or {},
        "discounts": [{name: value for name, value in entry.items() if value} for entry in given.get("discounts", [])],
        "payment_intent": None,
        "event": None,
    }
    ledger.store.put("_checkout", private)
    ledger.save("checkout.session", document)
    return purchase.price(ledger, document) if buys else document


def _line(call: Call, entry: dict[str, Any], index: int) -> Document:
    param = f"line_items[{index}][price]"
    price = call.ledger.find("price", entry["price"], param)
    if not price["active"]:
        raise Refused("The price specified is inactive.", code="price_inactive", param=param)
    if not price["recurring"]:
        raise Refused("You must provide at least one recurring price in `subscription` mode.", param=param)
    product = call.ledger.find("product", price["product"])
    return checkout.line_item(price, product, entry.get("quantity", 1))


def _expiry(asked: int | None, now: int) -> int:
    if asked is None:
        return now + _LONGEST
    # A request may take a second; Stripe does not refuse a round half hour either.
    if not now + _SHORTEST - 5 <= asked <= now + _LONGEST + 5:
        raise Refused(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return asked


def retrieve(call: Call) -> Document:
    """One session."""
    return call.ledger.find("checkout.session", call.path["id"], "session")


def index(call: Call) -> Document:
    """Sessions, newest first."""
    query = call.read(SessionList)

    def keep(session: Document) -> bool:
        email = (session["customer_details"] or {}).get("email")
        return (
            query.customer in {None, session["customer"]}
            and query.status in {None, session["status"]}
            and query.subscription in {None, session["subscription"]}
            and (query.customer_details is None or query.customer_details.email == email)
            and within(query.created, session)
        )

    return page(call.ledger.store.newest_first("checkout.session", query.customer or ""), query, call.url, keep=keep)


def expire(call: Call) -> Document:
    """Close an open session."""
    session = call.ledger.find("checkout.session", call.path["id"], "session")
    if session["status"] != "open":
        raise Refused(
            f'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`."
        )
    return purchase.expire(call.ledger, session)


def line_items(call: Call) -> Document:
    """What a session sells."""
    call.ledger.find("checkout.session", call.path["id"], "session")
    lines = call.ledger.find("_checkout", call.path["id"])["line_items"]
    return page(lines, call.read(Page), call.url)


ROUTES: list[Route] = [
    ("POST", "/v1/checkout/sessions", create),
    ("GET", "/v1/checkout/sessions", index),
    ("GET", "/v1/checkout/sessions/{id}", retrieve),
    ("POST", "/v1/checkout/sessions/{id}/expire", expire),
    ("GET", "/v1/checkout/sessions/{id}/line_items", line_items),
]
