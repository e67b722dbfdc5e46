"""/v1/subscriptions."""

from typing import Any, Literal

from pydantic import Field

from domain.sandbox import changing, discounting, subscribing
from domain.sandbox.api.call import Call, Route
from domain.sandbox.api.customers import within
from domain.sandbox.cards import DECLINED
from domain.sandbox.changing import Terms
from domain.sandbox.cursors import page
from domain.sandbox.errors import Refused, no_such
from domain.sandbox.params import Page, Params, Range, merge_metadata
from domain.sandbox.store import Document

_ENDED = {"canceled", "incomplete_expired"}
Feedback = Literal[
    "", "customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex",
    "too_expensive", "unused",
]  # fmt: skip


class CancellationDetails(Params):
    """Why the customer goes."""

    comment: str | None = None
    feedback: Feedback | None = None


class Discounted(Params):
    """A coupon or a code to put to work."""

    coupon: str | None = None
    promotion_code: str | None = None


class ItemCreate(Params):
    """One price to subscribe to."""

    price: str
    quantity: int = Field(default=1, ge=0)


class ItemUpdate(Params):
    """A changed item (`id`), or a new one."""

    deleted: bool = False
    id: str | None = None
    price: str | None = None
    quantity: int | None = Field(default=None, ge=0)


class EndBehavior(Params):
    """What becomes of a trial that ends without a card."""

    missing_payment_method: Literal["cancel", "create_invoice", "pause"]


class TrialSettings(Params):
    """How trials end."""

    end_behavior: EndBehavior


class SubscriptionCreate(Params):
    """POST /v1/subscriptions."""

    cancel_at_period_end: Literal[False] = False
    collection_method: Literal["charge_automatically", "send_invoice"] = "charge_automatically"
    customer: str
    days_until_due: int | None = None
    default_payment_method: str | None = None
    default_tax_rates: list[str] = Field(default_factory=list)
    description: str | None = None
    discounts: list[Discounted] = Field(default_factory=list)
    items: list[ItemCreate]
    metadata: dict[str, str] = Field(default_factory=dict)
    off_session: bool = False
    payment_behavior: Literal["allow_incomplete", "error_if_incomplete"] = "allow_incomplete"
    trial_end: int | None = None
    trial_period_days: int | None = None
    trial_settings: TrialSettings | None = None


Proration = Literal["always_invoice", "create_prorations", "none"]
PaymentBehavior = Literal["allow_incomplete", "error_if_incomplete", "pending_if_incomplete"]


class Anchor(Params):
    """Whether a new period begins with the change."""

    type: Literal["now", "unchanged"]


class SubscriptionUpdate(Params):
    """POST /v1/subscriptions/{id}."""

    billing_cycle_anchor: Anchor | None = None
    cancel_at: int | Literal[""] | None = None
    cancel_at_period_end: bool | None = None
    cancellation_details: CancellationDetails | None = None
    collection_method: Literal["charge_automatically", "send_invoice"] | None = None
    days_until_due: int | None = None
    default_payment_method: str | None = None
    default_tax_rates: list[str] | Literal[""] | None = None
    description: str | None = None
    discounts: list[Discounted] | Literal[""] | None = None
    items: list[ItemUpdate] | None = None
    metadata: dict[str, str] | str = Field(default_factory=dict)
    off_session: bool = False
    payment_behavior: PaymentBehavior = "allow_incomplete"
    proration_behavior: Proration = "create_prorations"
    proration_date: int | None = None
    trial_end: int | Literal["now"] | None = None


class SubscriptionCancel(Params):
    """DELETE /v1/subscriptions/{id}. Nothing is credited or charged for the rest of the period."""

    cancellation_details: CancellationDetails | None = None
    invoice_now: Literal[False] = False
    prorate: Literal[False] = False


class SubscriptionResume(Params):
    """POST /v1/subscriptions/{id}/resume: a paused one goes on, a new period beginning now."""


class SubscriptionList(Page):
    """GET /v1/subscriptions. Without `status`, all that are not cancelled."""

    created: Range | int | None = None
    current_period_end: Range | int | None = None
    customer: str | None = None
    price: str | None = None
    status: (
        Literal[
            "active", "all", "canceled", "ended", "incomplete", "incomplete_expired", "past_due", "paused", "trialing",
            "unpaid",
        ]
        | None
    ) = None  # fmt: skip


def retrieve(call: Call) -> Document:
    """One subscription."""
    return call.ledger.find("subscription", call.path["id"])


def _has_status(subscription: Document, asked: str | None) -> bool:
    status = str(subscription["status"])
    if asked is None:
        return status not in _ENDED
    return asked == "all" or (status in _ENDED if asked == "ended" else status == asked)


def index(call: Call) -> Document:
    """Subscriptions, newest first."""
    query = call.read(SubscriptionList)

    def keep(subscription: Document) -> bool:
        ends = {"created": subscribing.ends_at(subscription)}
        return (
            query.customer in {None, subscription["customer"]}
            and (query.price is None or any(i["price"]["id"] == query.price for i in subscription["items"]["data"]))
            and _has_status(subscription, query.status)
            and within(query.created, subscription)
            and within(query.current_period_end, ends)
        )

    return page(call.ledger.store.newest_first("subscription", query.customer or ""), query, call.url, keep=keep)


def _alive(call: Call) -> Document:
    subscription = call.ledger.find("subscription", call.path["id"])
    if subscription["status"] in _ENDED:
        raise no_such("subscription", call.path["id"])
    return subscription


def create(call: Call) -> Document:
    """A new subscription, its first invoice charged or sent."""
    given, ledger = call.take(SubscriptionCreate), call.ledger
    customer = ledger.find("customer", given["customer"], "customer")
    if given.get("collection_method") == "send_invoice" and given.get("days_until_due") is None:
        raise Refused("You must specify `days_until_due` with send_invoice.", param="days_until_due")
    lines = [(ledger.find("price", i["price"], "items[0][price]"), i.get("quantity", 1)) for i in given["items"]]
    if not lines:
        raise Refused("Missing required param: items.", code="parameter_missing", param="items")
    whole = sum(price["unit_amount"] * quantity for price, quantity in lines)
    coupons = [
        discounting.coupon_of(ledger, _entry(entry), customer["id"], whole, lines[0][0]["currency"])
        for entry in given.get("discounts", [])
    ]
    if given.get("default_payment_method"):
        _owned(call, customer["id"], given["default_payment_method"])
    made, _, result = subscribing.begin(ledger, customer, lines, given, method=None, coupons=coupons)
    if not result and given.get("payment_behavior") == "error_if_incomplete":
        decline = result.decline or ""
        raise Refused(DECLINED[decline], status=402, kind="card_error", code="card_declined", decline_code=decline)
    return ledger.find("subscription", made["id"])


def _entry(entry: Document) -> Document:
    return {name: value for name, value in entry.items() if value}


def update(call: Call) -> Document:
    """Changed fields; then changed items, with what they cost."""
    return apply(call, _alive(call), call.take(SubscriptionUpdate))


def apply(call: Call, subscription: Document, given: dict[str, Any]) -> Document:
    """The subscription after the changes of `SubscriptionUpdate`. Raises Refused."""
    ledger = call.ledger
    leaving = given.get("cancel_at_period_end") is not None or given.get("cancel_at") is not None
    if subscription["schedule"] and leaving:
        raise Refused(
            f"The subscription is managed by the subscription schedule `{subscription['schedule']}`, and updating any "
            "cancelation behavior directly is not allowed. Please update the schedule instead.",
        )
    if subscription["pending_update"] and given.get("items"):
        raise Refused("There is already a pending update for this subscription.", code="pending_update_exists")
    changes = _fields(call, subscription, given)
    changed = subscribing.change(ledger, subscription, **changes)
    if "discounts" in given:
        changed = _discount(call, changed, given["discounts"] or [])
    if given.get("trial_end") is not None:
        changed = _end_of_trial(call, changed, given["trial_end"])
    if given.get("items") or _from_now(given):
        changed = changing.items(ledger, changed, given.get("items") or [], _terms(given))
    return changed


def _fields(call: Call, subscription: Document, given: dict[str, Any]) -> Document:
    ledger = call.ledger
    details = {name: value or None for name, value in (given.get("cancellation_details") or {}).items()}
    changes: dict[str, Any] = {n: given[n] for n in ("collection_method", "days_until_due") if given.get(n) is not None}
    if "metadata" in given:
        changes["metadata"] = merge_metadata(subscription["metadata"], given["metadata"])
    if "description" in given:
        changes["description"] = given["description"] or None
    if "default_tax_rates" in given:
        changes["default_tax_rates"] = [ledger.find("tax_rate", name) for name in given["default_tax_rates"] or []]
    if given.get("default_payment_method"):
        changes["default_payment_method"] = _owned(call, subscription["customer"], given["default_payment_method"])
    if given.get("cancel_at") is not None:
        changes |= _dated(call, given, details)
    elif given.get("cancel_at_period_end") is not None:
        changes |= subscribing.cancellation(ledger, subscription, given["cancel_at_period_end"], details)
    elif details:
        changes["cancellation_details"] = {**subscription["cancellation_details"], **details}
    return changes


def _terms(given: dict[str, Any]) -> Terms:
    return Terms(
        behavior=given.get("proration_behavior", "create_prorations"),
        payment=given.get("payment_behavior", "allow_incomplete"),
        moment=given.get("proration_date"),
        anchor_now=_from_now(given),
    )


def _from_now(given: dict[str, Any]) -> bool:
    return (given.get("billing_cycle_anchor") or {}).get("type") == "now"


def _discount(call: Call, subscription: Document, entries: list[Document]) -> Document:
    ledger = call.ledger
    data = subscription["items"]["data"]
    whole = sum(item["price"]["unit_amount"] * item["quantity"] for item in data)
    given = [
        discounting.coupon_of(ledger, _entry(e), subscription["customer"], whole, subscription["currency"])
        for e in entries
    ]
    names = [discounting.give(ledger, subscription, coupon, code) for coupon, code in given]
    return subscribing.change(ledger, subscription, discounts=names)


def _end_of_trial(call: Call, subscription: Document, asked: int | str) -> Document:
    """A trial longer, shorter, or over: then its first paid period begins now."""
    ledger = call.ledger
    if asked == "now":
        return changing.items(ledger, subscription, [], Terms("none", "allow_incomplete", None, anchor_now=True))
    if int(asked) <= ledger.now():
        raise Refused("`trial_end` must be in the future, or `now`.", param="trial_end")
    data = [{**item, "current_period_end": int(asked)} for item in subscription["items"]["data"]]
    return subscribing.change(
        ledger,
        subscription,
        status="trialing",
        trial_end=int(asked),
        trial_start=subscription["trial_start"] or ledger.now(),
        billing_cycle_anchor=int(asked),
        items={**subscription["items"], "data": data},
    )


def resume(call: Call) -> Document:
    """A paused subscription goes on."""
    call.read(SubscriptionResume)
    subscription = call.ledger.find("subscription", call.path["id"])
    if subscription["status"] != "paused":
        raise Refused("Only paused subscriptions can be resumed.")
    active = call.ledger.change("subscription", subscription, "customer.subscription.resumed", status="active")
    return changing.items(call.ledger, active, [], Terms("none", "allow_incomplete", None, anchor_now=True))


def _dated(call: Call, given: dict[str, Any], details: Document) -> Document:
    if given.get("cancel_at_period_end") is not None:
        raise Refused("You may only specify one of: cancel_at, cancel_at_period_end.", param="cancel_at")
    if given["cancel_at"] == "":
        return subscribing.resumed()
    if given["cancel_at"] <= call.ledger.now():
        raise Refused("`cancel_at` must be in the future.", param="cancel_at")
    return subscribing.cancelled_on(call.ledger, given["cancel_at"], details)


def _owned(call: Call, customer: str, identifier: str) -> str:
    method = call.ledger.find("payment_method", identifier, "default_payment_method")
    if method["customer"] != customer:
        raise Refused(
            f"The customer does not have a payment method with the ID {identifier}.",
            code="resource_missing",
            param="default_payment_method",
        )
    return identifier


def cancel(call: Call) -> Document:
    """End it now."""
    given = call.take(SubscriptionCancel)
    details = {name: value or None for name, value in (given.get("cancellation_details") or {}).items()}
    return subscribing.cancel(call.ledger, _alive(call), details)


ROUTES: list[Route] = [
    ("POST", "/v1/subscriptions", create),
    ("GET", "/v1/subscriptions", index),
    ("GET", "/v1/subscriptions/{id}", retrieve),
    ("POST", "/v1/subscriptions/{id}", update),
    ("DELETE", "/v1/subscriptions/{id}", cancel),
    ("POST", "/v1/subscriptions/{id}/resume", resume),
]
