"""The pure parts of billing: what an event is about, how Stripe's objects read, what its refusals become."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain import stripe_refusals, stripe_views
from domain.errors import AltaError, Conflict, Invalid, Unavailable
from domain.event_subjects import Subject, subject

OURS = {"alta_subscription": "7"}


@pytest.mark.parametrize(
    ("kind", "document", "about"),
    [
        (
            "checkout.session.completed",
            {"id": "cs_1", "subscription": "sub_1", "customer": "cus_1", "client_reference_id": "3", "metadata": OURS},
            Subject("cs_1", "sub_1", "cus_1", 7, 3),
        ),
        ("checkout.session.expired", {"id": "cs_1", "subscription": None}, Subject("cs_1")),
        (
            "customer.subscription.updated",
            {"id": "sub_1", "customer": {"id": "cus_1"}, "metadata": OURS},
            Subject(None, "sub_1", "cus_1", 7),
        ),
        (
            "invoice.paid",
            {
                "id": "in_1",
                "customer": "cus_1",
                "parent": {"subscription_details": {"subscription": "sub_1", "metadata": OURS}},
            },
            Subject(None, "sub_1", "cus_1", 7, occasion="receipt", invoice_id="in_1"),
        ),
        (
            "invoice.paid",
            {"id": "in_1", "customer": "cus_1", "parent": None},
            Subject(None, None, "cus_1", occasion="receipt", invoice_id="in_1"),
        ),
        ("invoice.voided", {"id": "in_1", "customer": "cus_1", "parent": None}, Subject(None, None, "cus_1")),
        ("customer.updated", {"id": "cus_1", "metadata": OURS}, None),
        ("invoice_payment.paid", {"id": "inpay_1"}, None),
        ("planet.discovered", {}, None),
    ],
)
def test_what_an_event_is_about(kind: str, document: dict[str, Any], about: Subject | None) -> None:
    assert subject({"id": "evt", "type": kind, "data": {"object": document}}) == about


@pytest.mark.parametrize("number", ["", "-1", "1.5", "٣", "9" * 30, "1 or 1=1", None, 7])
def test_a_number_of_ours_that_is_none_is_left_out(number: object) -> None:
    document = {"id": "sub_1", "metadata": {"alta_subscription": number}}
    about = subject({"id": "evt", "type": "customer.subscription.created", "data": {"object": document}})
    assert about == Subject(None, "sub_1")


def _subscription(**changes: Any) -> dict[str, Any]:
    item = {
        "id": "si_1",
        "current_period_end": 1_800_000_000,
        "quantity": 2,
        "price": {"id": "price_1", "unit_amount": 5900, "recurring": {"interval": "month"}},
    }
    return {
        "id": "sub_1", "status": "active", "customer": "cus_1", "currency": "usd", "cancel_at_period_end": False,
        "cancel_at": None, "items": {"data": [item]}, "metadata": {}, **changes,
    }  # fmt: skip


def test_a_subscription_is_read_from_its_items() -> None:
    view = stripe_views.subscription(_subscription())
    assert (view.price_id, view.amount_cents, view.interval) == ("price_1", 11_800, "month")
    assert view.current_period_end == datetime.fromtimestamp(1_800_000_000, UTC)
    assert (view.cancel_at_period_end, view.ended_at, view.card) == (False, None, None)


def test_a_date_of_ending_counts_while_it_lives() -> None:
    assert stripe_views.subscription(_subscription(cancel_at=1_800_000_000)).cancel_at_period_end
    ended = stripe_views.subscription(_subscription(cancel_at=1_800_000_000, status="canceled", ended_at=1_700_000_000))
    assert not ended.cancel_at_period_end
    assert ended.ended_at == datetime.fromtimestamp(1_700_000_000, UTC)


def test_the_card_is_the_subscriptions_or_else_the_customers() -> None:
    own = {"id": "pm_1", "card": {"brand": "visa", "last4": "4242", "exp_year": 2030, "exp_month": 12}}
    default = {"id": "pm_2", "card": {"brand": "mastercard", "last4": "4444", "exp_year": 2031, "exp_month": 1}}
    customer = {"id": "cus_1", "invoice_settings": {"default_payment_method": default}}
    both = stripe_views.subscription(_subscription(default_payment_method=own, customer=customer))
    assert both.card == stripe_views.CardView("visa", "4242", 2030, 12)
    assert both.customer_id == "cus_1"
    assert stripe_views.subscription(_subscription(customer=customer)).card == stripe_views.CardView(
        "mastercard", "4444", 2031, 1
    )


@pytest.mark.parametrize(
    ("kind", "code", "param", "error", "ours"),
    [
        ("APIConnectionError", None, None, Unavailable, "stripe_away"),
        ("RateLimitError", None, None, Unavailable, "stripe_away"),
        ("APIError", None, None, Unavailable, "stripe_away"),
        ("SomethingNew", None, None, Unavailable, "stripe_away"),
        ("AuthenticationError", None, None, Unavailable, "stripe_key"),
        ("CardError", "card_declined", None, Conflict, "card_declined"),
        ("IdempotencyError", None, None, Conflict, "stripe_idempotency"),
        ("InvalidRequestError", "resource_missing", "id", Conflict, "stripe_missing"),
        ("InvalidRequestError", "invoice_upcoming_none", None, Conflict, "invoice_upcoming_none"),
        ("InvalidRequestError", None, None, Conflict, "stripe_refused"),
        ("InvalidRequestError", "tax_id_invalid", "value", Invalid, "invalid"),
        ("InvalidRequestError", "email_invalid", "email", Invalid, "invalid"),
    ],
)
def test_refusals_become_ours(
    kind: str, code: str | None, param: str | None, error: type[AltaError], ours: str
) -> None:
    found = stripe_refusals.ours(kind, code, param)
    assert (type(found), found.code) == (error, ours)
    assert found.message
