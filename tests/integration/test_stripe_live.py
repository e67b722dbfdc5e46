"""The same flows against Stripe's own test mode: what the stand-in cannot prove, that it behaves as Stripe does.

Skipped unless `STRIPE_SECRET_KEY` holds an `sk_test_…` key of an account that may be filled with test objects; it
needs the internet: `STRIPE_SECRET_KEY=sk_test_… uv run pytest tests/integration -m stripe_live`. Each customer
lives by a test clock of its own, which is deleted afterwards with all that it made.
"""

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from domain import billing, coupons, database, mirror, plan_changes, publishing, staff_billing, stripe_catalogue
from domain.coupons import CodeForm
from domain.models import Customer, Plan, Price, Subscription, Tenant
from domain.models.base import now
from domain.settings import settings

KEY = os.environ.get("STRIPE_SECRET_KEY", "")
pytestmark = [
    pytest.mark.stripe_live,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not KEY.startswith("sk_test_"), reason="STRIPE_SECRET_KEY holds no sk_test_ key"),
]
DAY = 86_400


class Real:
    """One customer on a test clock, subscribed to the cheaper of two plans, with our rows beside them."""

    def __init__(self) -> None:
        self.v1 = stripe.StripeClient(KEY).v1
        self.clock = self.v1.test_helpers.test_clocks.create({"frozen_time": int(time.time())})
        with database.transaction() as session:
            plan = Plan(code=f"prueba{int(time.time())}", name="Prueba de Alta")
            session.add(plan)
            session.flush()
            self.prices = []
            for cents in (5900, 9900):
                row = Price(
                    plan_id=plan.id or 0, currency="USD", interval="month", amount_cents=cents,
                    lookup_key=f"alta_{plan.code}_month_usd_{cents}",
                )  # fmt: skip
                plan.stripe_product_id, row.stripe_price_id = stripe_catalogue.publish_price(plan, row)
                session.add_all([plan, row])
                session.flush()
                self.prices.append(row)
        customer = self.v1.customers.create({"email": "marta@ejemplo.do", "test_clock": self.clock.id})
        method = self.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
        bought = self.v1.subscriptions.create(
            {
                "customer": customer.id,
                "items": [{"price": str(self.prices[0].stripe_price_id)}],
                "default_payment_method": method.id,
            }
        )
        with database.transaction() as session:
            ours = Customer(
                company="Sol", full_name="Marta", email="marta@ejemplo.do", country="DO", stripe_customer_id=customer.id
            )
            session.add(ours)
            session.flush()
            tenant = Tenant(customer_id=ours.id or 0, subdomain="sol", requested_at=now())
            session.add(tenant)
            session.flush()
            bought_row = Subscription(
                customer_id=ours.id or 0, tenant_id=tenant.id or 0, price_id=self.prices[0].id or 0, status="active",
                stripe_subscription_id=bought.id, activated_at=now(),
            )  # fmt: skip
            session.add(bought_row)
            session.flush()
            self.customer_id, self.row_id = ours.id or 0, bought_row.id or 0
        self.customer, self.bought = customer, bought

    def advance(self, days: int) -> None:
        """Stripe takes a while over it; its clock says when it is there."""
        self.clock = self.v1.test_helpers.test_clocks.advance(
            self.clock.id, {"frozen_time": self.clock.frozen_time + days * DAY}
        )
        while self.clock.status != "ready":
            time.sleep(2)
            self.clock = self.v1.test_helpers.test_clocks.retrieve(self.clock.id)

    def refresh(self) -> Subscription:
        with database.transaction() as session:
            row = mirror.locked(session, self.row_id)
            mirror.refresh(session, row)
            return row


@pytest.fixture
def real(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Real]:
    monkeypatch.setenv("STRIPE_SECRET_KEY", KEY)
    monkeypatch.setenv("STRIPE_API_URL", "")
    settings.cache_clear()
    made = Real()
    yield made
    made.v1.test_helpers.test_clocks.delete(made.clock.id)


def test_an_upgrade_costs_what_was_quoted_and_renews(real: Real) -> None:
    real.advance(10)
    quote = plan_changes.quote(real.customer_id, real.prices[1].id or 0)
    plan_changes.confirm(real.customer_id, quote.token, "marta")
    newest = billing.invoices(real.customer_id)[0]
    assert newest.amount_cents == quote.today_cents > 0
    real.advance(32)
    assert billing.invoices(real.customer_id)[0].amount_cents == 9900
    assert real.refresh().status == "active"


def test_a_refused_renewal_is_owed_and_a_transfer_settles_it(real: Real) -> None:
    method = real.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": real.customer.id})
    real.v1.subscriptions.update(real.bought.id, {"default_payment_method": method.id})
    real.advance(33)
    assert real.refresh().status == "past_due"
    owed = next(one for one in billing.invoices(real.customer_id) if one.status == "open")
    staff_billing.mark_paid(real.customer_id, owed.id, "Transferencia de prueba", by="ana")
    assert real.refresh().status == "active"


def test_leaving_with_the_period_and_a_code(real: Real) -> None:
    word = f"PRUEBA{int(time.time())}"
    coupons.make(CodeForm(word, "50", duration="forever"), by="ana")
    coupons.use(real.customer_id, word, "marta")
    assert billing.overview(real.customer_id).next_amount_cents == 2950
    billing.cancel(real.customer_id, "marta", "unused")
    real.advance(32)
    assert real.refresh().status == "cancelled"


def test_the_catalogue_is_the_same_when_published_again(real: Real) -> None:
    names: Any = {one.plan for one in publishing.differences()}
    assert not names
    publishing.publish()
    assert publishing.differences() == []
