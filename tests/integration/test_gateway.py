"""The gateway, with the real SDK over HTTP: the same things for the same asking, and errors that are ours."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from domain import database, stripe_catalogue, stripe_gateway
from domain.errors import Conflict, Unavailable
from domain.models import Customer, Subscription, Tenant
from domain.settings import settings
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import Till


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with stand.open_till(monkeypatch) as opened:
        yield opened


def _rows(order: Subscription) -> tuple[Customer, Tenant]:
    with database.reading() as session:
        return session.get_one(Customer, order.customer_id), session.get_one(Tenant, order.tenant_id)


def test_asking_twice_makes_one_customer_one_session_one_price(till: Till) -> None:
    order = till.order()
    customer, tenant = _rows(order)
    assert stripe_gateway.create_customer(customer, order.id or 0) == customer.stripe_customer_id
    again = stripe_gateway.create_checkout(order, customer, till.prices[0], tenant, 1)
    assert again.id == order.checkout_session_id
    assert stripe_gateway.create_checkout(order, customer, till.prices[0], tenant, 2).id != again.id
    published = stripe_catalogue.publish_price(till.plan, till.prices[0])
    assert published == (till.plan.stripe_product_id, till.prices[0].stripe_price_id)
    assert till.sandbox.state()["counts"] | {"event": 0} == {
        "customer": 1, "product": 1, "price": 2, "checkout.session": 2, "subscription": 0, "invoice": 0, "event": 0,
    }  # fmt: skip


def test_a_changed_amount_is_another_price_under_the_same_key(till: Till) -> None:
    price = till.prices[0].model_copy(update={"amount_cents": 6900})
    _, made = stripe_catalogue.publish_price(till.plan, price)
    assert made != till.prices[0].stripe_price_id
    assert stripe_catalogue.publish_price(till.plan, price)[1] == made


def test_the_same_order_with_other_words_is_a_conflict(till: Till) -> None:
    order = till.order()
    customer, tenant = _rows(order)
    tenant.subdomain = "otro"
    with pytest.raises(Conflict) as refused:
        stripe_gateway.create_checkout(order, customer, till.prices[0], tenant, 1)
    assert refused.value.code == "stripe_idempotency"


def test_a_session_shows_what_became_of_it(till: Till) -> None:
    order = till.order()
    view = stripe_gateway.retrieve_checkout(str(order.checkout_session_id))
    assert (view.status, view.paid, view.subscription) == ("open", False, None)
    assert view.client_reference_id == str(order.customer_id)
    till.pay(order)
    view = stripe_gateway.retrieve_checkout(view.id)
    assert (view.status, view.paid, view.url) == ("complete", True, None)
    assert view.subscription is not None
    assert view.subscription.current_period_end is not None
    assert view.subscription.metadata["alta_subscription"] == str(order.id)
    assert stripe_gateway.find_checkout(view.subscription.id) == view
    with pytest.raises(Conflict):
        stripe_gateway.expire_checkout(view.id)


def test_what_is_not_there_is_a_conflict_with_a_name(till: Till) -> None:
    with pytest.raises(Conflict) as missing:
        stripe_gateway.retrieve_checkout("cs_test_nothing")
    assert missing.value.code == "stripe_missing"


def test_a_date_that_stripes_portal_set_counts_as_cancelling(till: Till) -> None:
    order = till.active()
    view = stripe_gateway.cancel_at_period_end(str(order.stripe_subscription_id), wanted=True)
    assert view.cancel_at_period_end
    assert stripe_gateway.next_charge(view.customer_id, view.id) is None


@pytest.mark.parametrize("how", ["500", "drop", "lost"])
def test_stripe_down_is_unavailable_soon(till: Till, how: str) -> None:
    till.sandbox.faults(api_down=how)
    began = time.monotonic()
    with pytest.raises(Unavailable) as away:
        stripe_gateway.check()
    assert away.value.code == "stripe_away"
    assert "Stripe no responde" in away.value.message
    assert time.monotonic() - began < 5


def test_a_slow_stripe_costs_one_wait_not_three(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe_gateway, "READ", 2.5)
    stripe_gateway._client_for.cache_clear()
    till.sandbox.faults(api_latency_ms=30_000)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        stripe_gateway.check()
    stripe_gateway._client_for.cache_clear()
    assert 2 < time.monotonic() - began < 4


def test_nobody_there_is_unavailable(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_API_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    with pytest.raises(Unavailable):
        stripe_gateway.check()


def test_a_key_that_stripe_refuses_is_said_so(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_of_somebody_else")
    settings.cache_clear()
    with pytest.raises(Unavailable) as refused:
        stripe_gateway.check()
    assert refused.value.code == "stripe_key"


def test_a_lost_answer_is_continued_not_repeated(till: Till) -> None:
    order = till.order()
    customer, tenant = _rows(order)
    till.sandbox.faults(api_down="lost")
    with pytest.raises(Unavailable):
        stripe_gateway.create_checkout(order, customer, till.prices[0], tenant, 2)
    till.sandbox.faults(reset=True)
    stripe_gateway.create_checkout(order, customer, till.prices[0], tenant, 2)
    assert till.sandbox.state()["counts"]["checkout.session"] == 2


def test_undelivered_events_come_as_they_would_have_been_sent(till: Till) -> None:
    till.sandbox.configure(webhook_url="http://127.0.0.1:9/", webhook_secrets=["whsec_x"])
    till.sandbox.faults(pause=True)
    order = till.order()
    found = [one for page in stripe_gateway.events_since(order.created_at, undelivered=True) for one in page]
    assert [event["type"] for event in found] == ["customer.created"]
    assert list(stripe_gateway.events_since(datetime.max.replace(tzinfo=UTC, year=2100), undelivered=True)) == []


def test_the_dashboard_is_that_of_the_keys_mode(configured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stripe_gateway.dashboard_url("customers", "cus_1") == "https://dashboard.stripe.com/test/customers/cus_1"
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_live_0123456789")
    settings.cache_clear()
    assert stripe_gateway.dashboard_url("customers", "cus_1") == "https://dashboard.stripe.com/customers/cus_1"
