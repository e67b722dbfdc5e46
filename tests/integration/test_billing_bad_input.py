"""What Stripe may send or hold that we did not expect: clear words, nothing lost, and money never counted wrongly."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from domain import billing, coupons, dunning, plan_changes, publishing, reconciling, stripe_gateway
from domain.coupons import CodeForm
from domain.errors import AltaError, Conflict, NotFound
from domain.models import Subscription
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import Till


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with stand.open_till(monkeypatch) as opened:
        yield opened


def altered(till: Till, order: Subscription, kind: str, **changes: Any) -> dict[str, Any]:
    """A real event with another name and a few other fields."""
    return {**till.event(order, kind), "id": f"evt_{kind}_{len(changes)}_{time.monotonic_ns()}", **changes}


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"livemode": True}, "modo real"), ({"account": "acct_otra"}, "cuenta conectada")],
)
def test_events_of_another_mode_or_account_are_kept_and_change_nothing(
    till: Till, changes: dict[str, Any], words: str
) -> None:
    order = till.paid()
    receipt = till.take(altered(till, order, "checkout.session.completed", **changes))
    assert receipt.outcome == "ignored"
    assert words in (receipt.note or "")
    assert stand.subscription(order).activated_at is None
    assert billing.look_again(str(order.checkout_session_id)), "asked with our own key, Stripe says that it is paid"


def test_another_api_version_is_only_where_to_look(till: Till) -> None:
    order = till.paid()
    event = altered(till, order, "checkout.session.completed", api_version="2019-03-14")
    del event["data"]["object"]["payment_status"]
    assert till.take(event).outcome == "applied"
    kept = stand.kept(event)
    assert kept
    assert kept.api_version == "2019-03-14"
    assert stand.subscription(order).status == "active"


def test_an_event_with_ten_thousand_lines_and_huge_amounts_is_kept(till: Till) -> None:
    order = till.active()
    event = altered(till, order, "invoice.paid")
    line = event["data"]["object"]["lines"]["data"][0]
    event["data"]["object"]["lines"]["data"] = [{**line, "amount": 2**53 + number} for number in range(10_000)]
    event["data"]["object"]["amount_paid"] = "99999999999999999999999"
    body, signature = stand.signed(event)
    receipt = billing.take(stripe_gateway.verify(body, signature))
    assert receipt.outcome == "applied"
    kept = stand.kept(event)
    assert kept
    assert kept.payload["data"]["object"]["lines"]["data"][9_999]["amount"] == 2**53 + 9_999
    assert kept.payload["data"]["object"]["amount_paid"] == "99999999999999999999999"
    assert json.dumps(billing.invoices(order.customer_id)[0].amount_cents) == "5900"


def test_things_without_our_metadata_are_nobodys(till: Till) -> None:
    customer = till.v1.customers.create({"email": "otra@tienda.do"})
    method = till.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    till.v1.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": str(till.prices[0].stripe_price_id)}],
            "default_payment_method": method.id,
        }
    )
    till.active()
    for event in till.v1.events.list({"limit": 40}).data:
        if event.type.startswith("customer.subscription") and customer.id in str(event):
            receipt = till.take(event.to_dict(for_json=True))
            assert (receipt.outcome, receipt.note) == ("ignored", "No es de ninguna suscripción de Alta.")
    report = reconciling.walk(reconciling.begin(by="admin"))
    assert (report.unknown, report.different) == (1, 0)


def test_a_customer_deleted_at_stripe_ends_here_and_is_said(till: Till) -> None:
    order = till.active()
    till.v1.customers.delete(str(till.stripe_subscription(order).customer))
    till.take(till.event(order, "customer.subscription.deleted"))
    assert stand.subscription(order).status == "cancelled"
    assert billing.overview(order.customer_id).status == "cancelled"
    with pytest.raises(Conflict):
        billing.resume(order.customer_id, "ana")
    with pytest.raises(Conflict):
        billing.cancel(order.customer_id, "ana")
    assert dunning.climb() == 0


def test_a_price_of_a_currency_that_we_do_not_sell_in_is_kept_as_stripe_has_it(till: Till) -> None:
    order = till.active()
    bought = till.stripe_subscription(order)
    strange = till.v1.prices.create(
        {"product": str(till.plan.stripe_product_id), "currency": "usd", "unit_amount": 1234,
         "recurring": {"interval": "month"}}
    )  # fmt: skip
    till.v1.subscriptions.update(
        bought.id, {"items": [{"id": bought["items"].data[0].id, "price": strange.id}], "proration_behavior": "none"}
    )
    receipt = till.take(till.event(order, "customer.subscription.updated"))
    assert "no está en el catálogo" in (receipt.note or "")
    assert stand.subscription(order).price_id == till.prices[0].id
    assert billing.overview(order.customer_id).amount_cents == 1234
    assert stand.subscription(order).mrr_cents == 1234


def test_zero_and_negative_invoices_are_shown_and_make_no_debt(till: Till) -> None:
    order = till.active()
    customer = str(till.stripe_subscription(order).customer)
    for amount in (-2000, 0):
        till.v1.invoice_items.create(
            {"customer": customer, "currency": "usd", "amount": amount, "description": "Ajuste"}
        )
        made = till.v1.invoices.create({"customer": customer, "pending_invoice_items_behavior": "include"})
        till.v1.invoices.finalize_invoice(str(made.id))
    shown = {one.amount_cents for one in billing.invoices(order.customer_id)}
    assert shown == {5900, -2000, 0}
    for event in till.v1.events.list({"limit": 30}).data:
        till.take(event.to_dict(for_json=True))
    assert stand.subscription(order).status == "active"
    assert dunning.climb() == 0


def test_a_price_archived_by_hand_between_quote_and_confirmation_charges_nothing(till: Till) -> None:
    order = till.active()
    quote = plan_changes.quote(order.customer_id, till.prices[1].id or 0)
    till.v1.prices.update(str(till.prices[1].stripe_price_id), {"active": False})
    with pytest.raises((Conflict, NotFound)):
        plan_changes.confirm(order.customer_id, quote.token, "ana")
    assert len(billing.invoices(order.customer_id)) == 1
    publishing.publish()
    plan_changes.confirm(order.customer_id, plan_changes.quote(order.customer_id, till.prices[1].id or 0).token, "ana")
    assert stand.subscription(order).price_id == till.prices[1].id


def test_a_code_that_ends_between_quote_and_confirmation_is_charged_as_shown_or_not_at_all(till: Till) -> None:
    coupons.make(CodeForm("MITAD", "50", duration="forever"), by="ana")
    order = till.active()
    coupons.use(order.customer_id, "MITAD", "marta")
    quote = plan_changes.quote(order.customer_id, till.prices[1].id or 0)
    till.v1.subscriptions.update(till.stripe_subscription(order).id, {"discounts": ""})
    with pytest.raises(Conflict) as caught:
        plan_changes.confirm(order.customer_id, quote.token, "ana")
    assert caught.value.code == "amount_changed"
    assert len(billing.invoices(order.customer_id)) == 1


def test_two_tabs_that_change_the_plan_change_it_once(till: Till) -> None:
    order = till.active()
    first = plan_changes.quote(order.customer_id, till.prices[1].id or 0)
    second = plan_changes.quote(order.customer_id, till.prices[1].id or 0)
    plan_changes.confirm(order.customer_id, first.token, "ana")
    with pytest.raises(AltaError):
        plan_changes.confirm(order.customer_id, second.token, "ana")
    assert len(billing.invoices(order.customer_id)) == 2


def test_an_event_from_before_and_one_from_the_future_say_the_same(till: Till) -> None:
    order = till.paid()
    for moment in (1, 4_000_000_000):
        assert till.take(altered(till, order, "checkout.session.completed", created=moment)).outcome == "applied"
    assert stand.jobs(order) == ["create_tenant"]
