"""The customer's side of billing, with the real SDK against the stand-in."""

from collections.abc import Iterator

import httpx
import pytest
from sqlmodel import col, select

from domain import billing, database
from domain.errors import Conflict, NotFound, Unavailable
from domain.models import AuditEntry
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import Till


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with stand.open_till(monkeypatch) as opened:
        yield opened


def test_the_overview_says_what_stripe_will_charge_and_to_which_card(till: Till) -> None:
    order = till.active()
    view = billing.overview(order.customer_id)
    assert (view.plan, view.interval, view.status, view.stripe_status) == ("Pyme", "month", "active", "active")
    assert (view.amount_cents, view.currency, view.next_amount_cents) == (5900, "USD", 5900)
    assert (view.card_brand, view.card_last4) == ("visa", "4242")
    assert view.next_charge_at == order.current_period_end
    assert not view.cancel_at_period_end


def test_invoices_are_stripes_with_page_and_file(till: Till) -> None:
    order = till.active()
    [invoice] = billing.invoices(order.customer_id)
    assert (invoice.status, invoice.amount_cents, invoice.currency) == ("paid", 5900, "usd")
    assert invoice.number
    assert httpx.get(str(invoice.hosted_url), trust_env=False).status_code == 200


def test_cancelling_and_resuming_are_seen_at_once_and_kept_on_record(till: Till) -> None:
    order = till.active()
    for _ in range(2):
        billing.cancel(order.customer_id, "ana@acme.co")
    assert till.stripe_subscription(order).cancel_at_period_end
    assert stand.subscription(order).cancel_at_period_end
    view = billing.overview(order.customer_id)
    assert (view.cancel_at_period_end, view.next_charge_at, view.next_amount_cents) == (True, None, None)
    assert view.current_period_end == order.current_period_end
    for _ in range(2):
        billing.resume(order.customer_id, "ana@acme.co")
    assert not till.stripe_subscription(order).cancel_at_period_end
    assert not stand.subscription(order).cancel_at_period_end
    assert billing.overview(order.customer_id).next_amount_cents == 5900
    with database.reading() as session:
        query = select(AuditEntry.action).where(AuditEntry.actor == "ana@acme.co").order_by(col(AuditEntry.id))
        assert list(session.exec(query).all()) == ["subscription.cancel", "subscription.resume"]


def test_what_has_ended_cannot_be_cancelled_or_resumed(till: Till) -> None:
    order = till.active()
    till.v1.subscriptions.cancel(str(order.stripe_subscription_id))
    till.take(till.event(order, "customer.subscription.deleted"))
    for act in (billing.cancel, billing.resume):
        with pytest.raises(Conflict):
            act(order.customer_id, "ana@acme.co")
    view = billing.overview(order.customer_id)
    assert (view.status, view.next_charge_at) == ("cancelled", None)


def test_a_cancellation_that_stripe_did_not_take_leaves_no_trace(till: Till) -> None:
    order = till.active()
    till.sandbox.faults(api_down="500")
    for ask in (billing.overview, billing.invoices):
        with pytest.raises(Unavailable):
            ask(order.customer_id)
    with pytest.raises(Unavailable):
        billing.cancel(order.customer_id, "ana@acme.co")
    assert not stand.subscription(order).cancel_at_period_end
    with database.reading() as session:
        assert not session.exec(select(AuditEntry).where(AuditEntry.action == "subscription.cancel")).all()


def test_stripes_portal_opens_for_this_customer(till: Till) -> None:
    order = till.active()
    url = billing.portal_url(order.customer_id, "http://localhost:4443/tenant/portal")
    assert httpx.get(url, trust_env=False).status_code == 200


def test_customers_without_a_purchase_have_nothing_and_see_nobody_elses(till: Till) -> None:
    bought, pending = till.active("uno"), till.order("dos")
    for ask in (billing.overview, lambda customer: billing.cancel(customer, "x")):
        with pytest.raises(NotFound):
            ask(pending.customer_id)
    assert billing.invoices(pending.customer_id) == []
    assert len(billing.invoices(bought.customer_id)) == 1
    for act in (billing.invoices, billing.overview):
        with pytest.raises(NotFound):
            act(10**9)
