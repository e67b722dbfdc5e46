"""/v1/subscriptions. They are made by Checkout."""

from typing import Any, Literal

from pydantic import Field

from domain.sandbox import subscribing
from domain.sandbox.api.call import Call, Route
from domain.sandbox.api.customers import within
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


class SubscriptionUpdate(Params):
    """POST /v1/subscriptions/{id}."""

    cancel_at: int | Literal[""] | None = None
    cancel_at_period_end: bool | None = None
    cancellation_details: CancellationDetails | None = None
    default_payment_method: str | None = None
    description: str | None = None
    metadata: dict[str, str] | str = Field(default_factory=dict)


class SubscriptionCancel(Params):
    """DELETE /v1/subscriptions/{id}. Nothing is credited or charged for the rest of the period."""

    cancellation_details: CancellationDetails | None = None
    invoice_now: Literal[False] = False
    prorate: Literal[False] = False


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


def update(call: Call) -> Document:
    """Changed fields; most of all `cancel_at_period_end`."""
    given, ledger, subscription = call.take(SubscriptionUpdate), call.ledger, _alive(call)
    details = {name: value or None for name, value in (given.get("cancellation_details") or {}).items()}
    changes: dict[str, Any] = {}
    if "metadata" in given:
        changes["metadata"] = merge_metadata(subscription["metadata"], given["metadata"])
    if "description" in given:
        changes["description"] = given["description"] or None
    if given.get("default_payment_method"):
        changes["default_payment_method"] = _card(call, subscription, given["default_payment_method"])
    if given.get("cancel_at") is not None:
        changes |= _dated(call, given, details)
    elif given.get("cancel_at_period_end") is not None:
        changes |= subscribing.cancellation(ledger, subscription, given["cancel_at_period_end"], details)
    elif details:
        changes["cancellation_details"] = {**subscription["cancellation_details"], **details}
    return subscribing.change(ledger, subscription, **changes)


def _dated(call: Call, given: dict[str, Any], details: Document) -> Document:
    if given.get("cancel_at_period_end") is not None:
        raise Refused("You may only specify one of: cancel_at, cancel_at_period_end.", param="cancel_at")
    if given["cancel_at"] == "":
        return subscribing.resumed()
    if given["cancel_at"] <= call.ledger.now():
        raise Refused("`cancel_at` must be in the future.", param="cancel_at")
    return subscribing.cancelled_on(call.ledger, given["cancel_at"], details)


def _card(call: Call, subscription: Document, identifier: str) -> str:
    method = call.ledger.find("payment_method", identifier, "default_payment_method")
    if method["customer"] != subscription["customer"]:
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
    ("GET", "/v1/subscriptions", index),
    ("GET", "/v1/subscriptions/{id}", retrieve),
    ("POST", "/v1/subscriptions/{id}", update),
    ("DELETE", "/v1/subscriptions/{id}", cancel),
]
