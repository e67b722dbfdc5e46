"""Every answer and every event of the stand-in, held against the SDK's annotated classes."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import stripe

from domain.sandbox.objects.events import API_VERSION
from tests.integration import stripe_shapes
from tests.integration.stripe_stand import BAD, KEY, Shop, open_shop


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """A shop where one of everything has happened: bought, declined, renewed, changed, cancelled."""
    with open_shop() as opened:
        v1, customer = opened.v1, opened.customer.id
        v1.customers.tax_ids.create(customer, {"type": "es_cif", "value": "B12345674"})
        v1.customers.update(customer, {"address": {"country": "ES", "city": "Sevilla"}, "metadata": {"order": "1"}})
        v1.products.update(str(opened.price.product), {"description": "Odoo alojado"})
        v1.prices.update(opened.price.id, {"nickname": "Pro"})
        opened.pay(opened.session(), BAD)
        bought = opened.subscribe(subscription_data={"metadata": {"tenant": "1"}})
        tried = opened.subscribe(subscription_data={"trial_period_days": 14})
        v1.subscriptions.update(bought.id, {"cancel_at_period_end": True})
        v1.subscriptions.update(bought.id, {"cancel_at_period_end": False})
        v1.subscriptions.cancel(tried.id, {"cancellation_details": {"feedback": "unused", "comment": "Nada"}})
        v1.checkout.sessions.expire(opened.session().id)
        v1.billing_portal.sessions.create({"customer": customer})
        opened.sandbox.advance(32 * 86400)
        opened.session()
        _all_of_billing(opened)
        yield opened


def _all_of_billing(shop: Shop) -> None:
    """Codes, taxes, changes in mid-period, schedules, invoices by hand, refunds, disputes, a world of its own."""
    v1 = shop.v1
    coupon = v1.coupons.create({"percent_off": 20, "duration": "repeating", "duration_in_months": 3})
    code = v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "HOLA20"})
    rate = v1.tax_rates.create({"display_name": "IVA", "percentage": 21, "inclusive": False, "country": "ES"})
    clock = v1.test_helpers.test_clocks.create({"frozen_time": int(time.time()), "name": "mundo"})
    ana = v1.customers.create({"email": "ana@mundo.es", "name": "Ana", "test_clock": clock.id})
    card = v1.payment_methods.attach("pm_card_visa", {"customer": ana.id})
    v1.customers.update(ana.id, {"invoice_settings": {"default_payment_method": card.id}})
    bought = v1.subscriptions.create(
        {
            "customer": ana.id,
            "items": [{"price": shop.price.id}],
            "default_tax_rates": [rate.id],
            "discounts": [{"promotion_code": code.id}],
        }
    )
    item = bought["items"].data[0].id
    v1.subscriptions.update(bought.id, {"items": [{"id": item, "quantity": 2}], "proration_behavior": "always_invoice"})
    schedule = v1.subscription_schedules.create({"from_subscription": bought.id})
    phase = schedule.phases[0]
    v1.subscription_schedules.update(
        schedule.id,
        {
            "end_behavior": "release",
            "phases": [
                {"items": [{"price": shop.price.id, "quantity": 2}], "end_date": phase.end_date},
                {"items": [{"price": shop.price.id, "quantity": 1}], "duration": {"interval": "month"}},
            ],
        },
    )
    v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": int(time.time()) + 40 * 86400})
    charge = v1.charges.list({"customer": ana.id, "limit": 1}).data[0]
    v1.refunds.create({"charge": charge.id, "amount": 100, "reason": "requested_by_customer"})
    contested = v1.payment_methods.attach("pm_card_createDispute", {"customer": ana.id})
    v1.invoice_items.create({"customer": ana.id, "amount": 5000, "currency": "eur", "description": "Importación"})
    by_hand = v1.invoices.create({"customer": ana.id, "pending_invoice_items_behavior": "include"})
    v1.invoices.pay(by_hand.id, {"payment_method": contested.id})
    dispute = v1.disputes.list().data[0]
    v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
    saving = v1.checkout.sessions.create(
        {"mode": "setup", "customer": ana.id, "currency": "eur", "success_url": "http://alta.localhost/tenant/portal"}
    )
    assert shop.pay(saving).status_code == 303


def _get(shop: Shop, path: str) -> dict[str, Any]:
    answer = httpx.get(f"{shop.sandbox.url}{path}", headers={"Authorization": f"Bearer {KEY}"}, trust_env=False)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _ids(shop: Shop, path: str) -> list[str]:
    return [str(entry["id"]) for entry in _get(shop, path)["data"]]


LISTS = [
    "customers", "products", "prices", "checkout/sessions", "subscriptions?status=all", "invoices", "invoice_payments",
    "payment_intents", "charges", "payment_methods", "coupons", "promotion_codes", "tax_rates", "setup_intents",
    "subscription_schedules", "refunds", "disputes", "invoiceitems", "test_helpers/test_clocks",
    "billing_portal/configurations", "webhook_endpoints",
    "events?limit=100",
]  # fmt: skip
ONLY_LISTED = {"invoiceitems", "invoice_payments", "billing_portal/configurations", "webhook_endpoints"}


@pytest.mark.parametrize("path", LISTS)
def test_every_list_has_documents_of_the_right_shape(shop: Shop, path: str) -> None:
    listed = _get(shop, f"/v1/{path}")
    assert listed["data"]
    assert stripe_shapes.problems(listed) == []


@pytest.mark.parametrize("path", [entry for entry in LISTS if entry not in ONLY_LISTED])
def test_every_document_read_alone_has_the_right_shape(shop: Shop, path: str) -> None:
    for identifier in _ids(shop, f"/v1/{path}"):
        assert stripe_shapes.problems(_get(shop, f"/v1/{path.partition('?')[0]}/{identifier}")) == []


@pytest.mark.parametrize(
    ("path", "expand"),
    [
        ("checkout/sessions", ["line_items", "customer.tax_ids", "subscription.latest_invoice.payments"]),
        ("subscriptions", ["latest_invoice.payments.data.payment.payment_intent", "customer"]),
        ("subscriptions", ["default_payment_method", "items.data.price.product"]),
        ("invoices", ["payments", "parent.subscription_details.subscription", "customer.subscriptions"]),
        ("prices", ["product"]),
    ],
)
def test_expanded_documents_have_the_right_shape(shop: Shop, path: str, expand: list[str]) -> None:
    for name in expand:
        listed = _get(shop, f"/v1/{path}?expand[]=data.{name}")
        assert stripe_shapes.problems(listed) == []
    one = _get(shop, f"/v1/{path}/{_ids(shop, f'/v1/{path}')[-1]}?" + "&".join(f"expand[]={name}" for name in expand))
    assert stripe_shapes.problems(one) == []


def test_nested_lists_previews_and_portal_sessions_have_the_right_shape(shop: Shop) -> None:
    customer = shop.customer.id
    subscription = _ids(shop, "/v1/subscriptions")[0]
    invoice = _ids(shop, "/v1/invoices")[0]
    session = _ids(shop, "/v1/checkout/sessions")[0]
    for path in (
        f"/v1/customers/{customer}/tax_ids",
        f"/v1/customers/{customer}/payment_methods",
        f"/v1/invoices/{invoice}/lines",
        f"/v1/checkout/sessions/{session}/line_items",
    ):
        assert stripe_shapes.problems(_get(shop, path)) == []
    preview = shop.v1.invoices.create_preview({"subscription": subscription})
    portal = shop.v1.billing_portal.sessions.create({"customer": customer, "return_url": "http://alta.localhost/"})
    for made in (preview, portal):
        assert made.last_response is not None
        assert stripe_shapes.problems(json.loads(made.last_response.body)) == []


def test_every_kind_of_event_was_seen_and_carries_the_sdks_version(shop: Shop) -> None:
    events = list(shop.v1.events.list({"limit": 100}).auto_paging_iter())
    assert {event.api_version for event in events} == {stripe.api_version} == {API_VERSION}
    assert {event.type for event in events} >= {
        "billing_portal.session.created", "charge.failed", "charge.succeeded", "checkout.session.completed",
        "checkout.session.expired", "customer.created", "customer.subscription.created",
        "customer.subscription.deleted", "customer.subscription.updated", "customer.tax_id.created",
        "customer.updated", "invoice.created", "invoice.finalized", "invoice.paid", "invoice.payment_succeeded",
        "invoice_payment.paid", "payment_intent.created", "payment_intent.payment_failed", "payment_intent.succeeded",
        "payment_method.attached", "price.created", "price.updated", "product.created", "product.updated",
    }  # fmt: skip


def test_delivered_bodies_have_the_right_shape(shop: Shop) -> None:
    assert shop.receiver.bodies
    for body in shop.receiver.bodies:
        assert stripe_shapes.problems(json.loads(body)) == []


def test_the_oracle_sees_what_is_missing_unknown_and_of_another_type(shop: Shop) -> None:
    document = _get(shop, f"/v1/subscriptions/{_ids(shop, '/v1/subscriptions')[0]}")
    del document["items"]["data"][0]["current_period_end"]
    document["current_period_end"] = 1
    document["cancel_at_period_end"] = "no"
    document["status"] = "alive"
    found = "\n".join(stripe_shapes.problems(document))
    for word in ("current_period_end: missing", "current_period_end: unknown", "cancel_at_period_end", "status"):
        assert word in found
