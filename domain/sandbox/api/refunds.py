"""/v1/refunds and /v1/disputes."""

from typing import Literal

from pydantic import Field

from domain.sandbox import refunding
from domain.sandbox.api.call import Call, Route
from domain.sandbox.api.customers import within
from domain.sandbox.cursors import page
from domain.sandbox.errors import Refused
from domain.sandbox.params import Page, Params, Range
from domain.sandbox.store import Document


class RefundCreate(Params):
    """POST /v1/refunds. Without `amount`, all that is left."""

    amount: int | None = Field(default=None, gt=0)
    charge: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    payment_intent: str | None = None
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None


class RefundList(Page):
    """GET /v1/refunds."""

    charge: str | None = None
    created: Range | int | None = None
    payment_intent: str | None = None


class DisputeList(Page):
    """GET /v1/disputes."""

    charge: str | None = None
    created: Range | int | None = None
    payment_intent: str | None = None


class Evidence(Params):
    """What the seller says. `winning_evidence` and `losing_evidence` decide the dispute, as in Stripe's test mode."""

    cancellation_rebuttal: str | None = None
    product_description: str | None = None
    uncategorized_text: str | None = None


class DisputeUpdate(Params):
    """POST /v1/disputes/{id}."""

    evidence: Evidence = Evidence()
    submit: bool = True


class DisputeClose(Params):
    """POST /v1/disputes/{id}/close."""


def create(call: Call) -> Document:
    """Money back for a charge."""
    given, ledger = call.take(RefundCreate), call.ledger
    name = given.get("charge")
    if given.get("payment_intent"):
        name = ledger.find("payment_intent", given["payment_intent"], "payment_intent")["latest_charge"]
    if not name:
        raise Refused("One of charge, payment_intent is required.", code="parameter_missing", param="charge")
    return refunding.refund(ledger, ledger.find("charge", name, "charge"), given)


def refunds(call: Call) -> Document:
    """Refunds, newest first."""
    query = call.read(RefundList)
    return page(
        call.ledger.store.newest_first("refund", query.charge or ""),
        query,
        call.url,
        keep=lambda d: (
            query.charge in {None, d["charge"]}
            and query.payment_intent in {None, d["payment_intent"]}
            and within(query.created, d)
        ),
    )


def disputes(call: Call) -> Document:
    """Disputes, newest first."""
    query = call.read(DisputeList)
    return page(
        call.ledger.store.newest_first("dispute", query.charge or ""),
        query,
        call.url,
        keep=lambda d: (
            query.charge in {None, d["charge"]}
            and query.payment_intent in {None, d["payment_intent"]}
            and within(query.created, d)
        ),
    )


def answer(call: Call) -> Document:
    """Evidence, sent to the bank unless `submit` is false."""
    given = call.read(DisputeUpdate)
    found = call.ledger.find("dispute", call.path["id"])
    evidence = given.evidence.model_dump(exclude_unset=True)
    return refunding.answer(call.ledger, found, evidence, submit=given.submit)


def close(call: Call) -> Document:
    """The seller gives in."""
    call.read(DisputeClose)
    return refunding.close(call.ledger, call.ledger.find("dispute", call.path["id"]), "lost")


ROUTES: list[Route] = [
    ("POST", "/v1/refunds", create),
    ("GET", "/v1/refunds", refunds),
    ("GET", "/v1/refunds/{id}", lambda call: call.ledger.find("refund", call.path["id"])),
    ("GET", "/v1/disputes", disputes),
    ("GET", "/v1/disputes/{id}", lambda call: call.ledger.find("dispute", call.path["id"])),
    ("POST", "/v1/disputes/{id}", answer),
    ("POST", "/v1/disputes/{id}/close", close),
]
