"""The stand-in's billing, held against amounts that were computed by hand: changes in mid-period, codes, taxes, test
clocks, retries, schedules, the bank's question."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import stripe

from tests.integration.stripe_stand import GOOD, Shop, open_shop, page

DAY = 86400
JUNE = 1_780_272_000  # 2026-06-01 00:00 UTC: a month of 30 days


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


class World:
    """A customer on a test clock, with a small and a large price, monthly and yearly."""

    def __init__(self, shop: Shop, start: int = JUNE, card: str | None = "pm_card_visa") -> None:
        self.v1 = shop.v1
        self.clock = self.v1.test_helpers.test_clocks.create({"frozen_time": start})
        self.customer = self.v1.customers.create({"email": "eva@mundo.es", "name": "Eva", "test_clock": self.clock.id})
        if card:
            self.card(card)
        product = self.v1.products.create({"name": "Pyme"})
        self.small, self.large, self.year = (
            self.v1.prices.create(
                {"product": product.id, "currency": "eur", "unit_amount": cents, "recurring": {"interval": interval}}
            ).id
            for cents, interval in ((3000, "month"), (9000, "month"), (30000, "year"))
        )

    def card(self, name: str) -> str:
        method = self.v1.payment_methods.attach(name, {"customer": self.customer.id})
        self.v1.customers.update(self.customer.id, {"invoice_settings": {"default_payment_method": method.id}})
        return str(method.id)

    def subscribe(self, **more: Any) -> stripe.Subscription:
        given: Any = {"customer": self.customer.id, "items": [{"price": self.small}], **more}
        return self.v1.subscriptions.create(given)

    def advance(self, to: int) -> None:
        self.v1.test_helpers.test_clocks.advance(self.clock.id, {"frozen_time": to})
        assert self.v1.test_helpers.test_clocks.retrieve(self.clock.id).status == "ready"

    def invoices(self) -> list[stripe.Invoice]:
        """Oldest first."""
        return self.v1.invoices.list({"customer": self.customer.id, "limit": 100}).data[::-1]

    def events(self, kind: str) -> list[stripe.Event]:
        found = self.v1.events.list({"type": kind, "limit": 100}).data
        return [e for e in found if getattr(e.data.object, "customer", None) == self.customer.id]

    def now(self, subscription: stripe.Subscription) -> stripe.Subscription:
        return self.v1.subscriptions.retrieve(subscription.id)


def swap(world: World, bought: stripe.Subscription, price: str, **more: Any) -> Any:
    return {"items": [{"id": bought["items"].data[0].id, "price": price}], **more}


def test_an_upgrade_in_the_middle_costs_the_difference_for_the_rest_and_the_preview_said_so(shop: Shop) -> None:
    world = World(shop)
    bought = world.subscribe()
    world.advance(JUNE + 10 * DAY)
    preview = shop.v1.invoices.create_preview(
        {
            "subscription": bought.id,
            "subscription_details": swap(world, bought, world.large, proration_behavior="always_invoice"),
        }
    )
    # 20 of 30 days are left: 20 euros come back, 60 are asked for.
    assert [line.amount for line in preview.lines.data] == [-2000, 6000]
    assert preview.amount_due == 4000
    assert len(world.invoices()) == 1
    change = swap(world, bought, world.large, proration_behavior="always_invoice")
    shop.v1.subscriptions.update(bought.id, change)
    made = world.invoices()[-1]
    assert (made.amount_due, made.status, made.billing_reason) == (4000, "paid", "subscription_update")
    world.advance(JUNE + 30 * DAY + 3600)
    assert [i.total for i in world.invoices()] == [3000, 4000, 9000]


def test_cents_are_rounded_by_the_second(shop: Shop) -> None:
    world = World(shop)
    bought = world.subscribe()
    world.advance(JUNE + 1)
    at = JUNE + 1
    preview = shop.v1.invoices.create_preview(
        {"subscription": bought.id, "subscription_details": swap(world, bought, world.large, proration_date=at)}
    )
    # 2,591,999 of 2,592,000 seconds: 29.99999 and 89.99997 euros.
    assert [line.amount for line in preview.lines.data] == [-3000, 9000, 9000]


def test_prorations_wait_for_the_next_invoice_unless_they_are_asked_for_at_once(shop: Shop) -> None:
    world = World(shop)
    bought = world.subscribe()
    world.advance(JUNE + 15 * DAY)
    shop.v1.subscriptions.update(bought.id, swap(world, bought, world.large))
    assert len(world.invoices()) == 1
    world.advance(JUNE + 31 * DAY)
    assert [line.amount for line in world.invoices()[-1].lines.data] == [-1500, 4500, 9000]


def test_a_credit_is_kept_and_pays_the_next_invoices(shop: Shop) -> None:
    world = World(shop)
    bought = world.subscribe(items=[{"price": world.large}])
    world.advance(JUNE + 15 * DAY)
    shop.v1.subscriptions.update(bought.id, swap(world, bought, world.small, proration_behavior="always_invoice"))
    last = world.invoices()[-1]
    assert (last.total, last.amount_due, last.ending_balance, last.status) == (-3000, 0, -3000, "paid")
    world.advance(JUNE + 31 * DAY)
    last = world.invoices()[-1]
    assert (last.total, last.starting_balance, last.amount_due, last.ending_balance) == (3000, -3000, 0, 0)
    assert shop.v1.customers.retrieve(world.customer.id).balance == 0


def test_a_year_begins_now_and_the_rest_of_the_month_comes_back(shop: Shop) -> None:
    world = World(shop)
    bought = world.subscribe()
    world.advance(JUNE + 15 * DAY)
    shop.v1.subscriptions.update(bought.id, swap(world, bought, world.year, proration_behavior="always_invoice"))
    assert [line.amount for line in world.invoices()[-1].lines.data] == [-1500, 30000]
    item = world.now(bought)["items"].data[0]
    assert (item.current_period_start, item.current_period_end) == (JUNE + 15 * DAY, JUNE + (365 + 15) * DAY)


def test_a_schedule_changes_the_price_when_the_period_ends_and_can_be_released_before(shop: Shop) -> None:
    world = World(shop)
    bought = world.subscribe(items=[{"price": world.large}])

    def downgrade() -> stripe.SubscriptionSchedule:
        made = shop.v1.subscription_schedules.create({"from_subscription": bought.id})
        return shop.v1.subscription_schedules.update(
            made.id,
            {
                "end_behavior": "release",
                "phases": [
                    {"items": [{"price": world.large}], "end_date": made.phases[0].end_date},
                    {"items": [{"price": world.small}], "duration": {"interval": "month"}},
                ],
            },
        )

    first = downgrade()
    with pytest.raises(stripe.InvalidRequestError, match="managed by the subscription schedule"):
        shop.v1.subscriptions.update(bought.id, {"cancel_at_period_end": True})
    shop.v1.subscription_schedules.release(first.id)
    assert world.now(bought).schedule is None
    downgrade()
    preview = shop.v1.invoices.create_preview({"subscription": bought.id})
    assert preview.total == 3000
    world.advance(JUNE + 31 * DAY)
    assert [i.total for i in world.invoices()] == [9000, 3000]
    world.advance(JUNE + 62 * DAY)
    assert world.now(bought).schedule is None


def test_codes_and_taxes_are_taken_to_the_cent(shop: Shop) -> None:
    world = World(shop)
    coupon = shop.v1.coupons.create({"percent_off": 33, "duration": "repeating", "duration_in_months": 2})
    code = shop.v1.promotion_codes.create(
        {
            "promotion": {"type": "coupon", "coupon": coupon.id},
            "code": "TERCIO",
            "restrictions": {"first_time_transaction": True},
        }
    )
    rate = shop.v1.tax_rates.create({"display_name": "IVA", "percentage": 21, "inclusive": False})
    world.subscribe(discounts=[{"promotion_code": code.id}], default_tax_rates=[rate.id])
    world.advance(JUNE + 63 * DAY)
    # 30.00 - 9.90 = 20.10; a fifth and a bit of that is 4.22. In the third month the code has served.
    assert [(i.total, i.total_taxes[0].amount if i.total_taxes else 0) for i in world.invoices()] == [
        (2432, 422),
        (2432, 422),
        (3630, 630),
    ]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        world.subscribe(discounts=[{"promotion_code": code.id}])
    assert refused.value.code == "promotion_code_customer_not_first_time"


def test_a_card_that_fails_later_is_tried_three_times_more_and_a_new_one_pays(shop: Shop) -> None:
    world = World(shop)
    bought = world.subscribe()
    world.card("pm_card_chargeCustomerFail")
    world.advance(JUNE + 30 * DAY + 3600)
    assert world.now(bought).status == "past_due"
    start = JUNE + 30 * DAY + 3600
    assert world.invoices()[-1].next_payment_attempt == start + 3 * DAY
    world.advance(start + 16 * DAY)
    failed = world.events("invoice.payment_failed")
    assert [e.created for e in failed[::-1]] == [start, start + 3 * DAY, start + 8 * DAY, start + 15 * DAY]
    last = world.invoices()[-1]
    assert (last.attempt_count, last.next_payment_attempt, world.now(bought).status) == (4, None, "past_due")
    world.card("pm_card_visa")
    shop.v1.invoices.pay(last.id)
    assert world.now(bought).status == "active"


@pytest.mark.parametrize(("setting", "status"), [("cancel", "canceled"), ("unpaid", "unpaid")])
def test_what_comes_after_the_last_try_is_a_setting(shop: Shop, setting: str, status: str) -> None:
    shop.sandbox.configure(after_retries=setting)
    try:
        world = World(shop)
        bought = world.subscribe()
        world.card("pm_card_chargeCustomerFail")
        world.advance(JUNE + 50 * DAY)
        assert world.now(bought).status == status
    finally:
        shop.sandbox.configure(after_retries="past_due")


def test_trials_warn_end_and_charge(shop: Shop) -> None:
    world = World(shop)
    bought = world.subscribe(trial_period_days=14)
    world.advance(JUNE + 12 * DAY)
    assert [e.created for e in world.events("customer.subscription.trial_will_end")] == [JUNE + 11 * DAY]
    world.advance(JUNE + 15 * DAY)
    assert [i.total for i in world.invoices()] == [0, 3000]
    assert world.now(bought).status == "active"


def test_a_trial_without_a_card_pauses_where_that_was_asked_and_goes_on_with_one(shop: Shop) -> None:
    world = World(shop, card=None)
    bought = world.subscribe(trial_period_days=14, trial_settings={"end_behavior": {"missing_payment_method": "pause"}})
    world.advance(JUNE + 20 * DAY)
    assert world.now(bought).status == "paused"
    world.card("pm_card_visa")
    shop.v1.subscriptions.resume(bought.id, {})
    assert world.now(bought).status == "active"
    assert world.invoices()[-1].amount_paid == 3000


def test_an_upgrade_that_the_bank_asks_about_waits_for_its_payment(shop: Shop) -> None:
    world = World(shop)
    bought = world.subscribe()
    world.card("pm_card_authenticationRequired")
    change = swap(
        world, bought, world.large, proration_behavior="always_invoice", payment_behavior="pending_if_incomplete"
    )
    shop.v1.subscriptions.update(bought.id, change)
    held = world.now(bought)
    assert held["items"].data[0].price.id == world.small
    assert held.pending_update is not None
    assert world.events("invoice.payment_action_required")
    invoice = world.invoices()[-1]
    payment = shop.v1.invoice_payments.list({"invoice": invoice.id}).data[0].payment
    answer = httpx.post(
        f"{shop.sandbox.url}/3ds/{payment.payment_intent}", data={"answer": "yes"}, trust_env=False, timeout=20
    )
    assert answer.status_code == 303
    after = world.now(bought)
    assert (after.pending_update, after["items"].data[0].price.id) == (None, world.large)


def test_an_upgrade_whose_payment_never_comes_is_dropped_and_its_invoice_void(shop: Shop) -> None:
    world = World(shop)
    bought = world.subscribe()
    world.card("pm_card_chargeCustomerFail")
    change = swap(
        world, bought, world.large, proration_behavior="always_invoice", payment_behavior="pending_if_incomplete"
    )
    shop.v1.subscriptions.update(bought.id, change)
    world.advance(JUNE + 2 * DAY)
    assert world.now(bought).pending_update is None
    assert world.invoices()[-1].status == "void"


def test_an_upgrade_under_error_if_incomplete_changes_nothing(shop: Shop) -> None:
    world = World(shop)
    bought = world.subscribe()
    world.card("pm_card_chargeCustomerFail")
    change = swap(
        world, bought, world.large, proration_behavior="always_invoice", payment_behavior="error_if_incomplete"
    )
    with pytest.raises(stripe.CardError):
        shop.v1.subscriptions.update(bought.id, change)
    assert len(world.invoices()) == 1
    assert world.now(bought)["items"].data[0].price.id == world.small


def test_a_transfer_is_marked_as_paid_and_a_late_one_is_past_due_until_then(shop: Shop) -> None:
    world = World(shop, card=None)
    bought = world.subscribe(collection_method="send_invoice", days_until_due=10)
    assert (world.now(bought).status, world.invoices()[0].status) == ("active", "open")
    world.advance(JUNE + 11 * DAY)
    assert world.now(bought).status == "past_due"
    shop.v1.invoices.pay(world.invoices()[0].id, {"paid_out_of_band": True})
    assert world.now(bought).status == "active"
    assert world.invoices()[0].amount_paid_off_stripe == 3000


def test_a_refund_is_never_more_than_was_paid(shop: Shop) -> None:
    world = World(shop)
    world.subscribe()
    charge = shop.v1.charges.list({"customer": world.customer.id}).data[0]
    shop.v1.refunds.create({"charge": charge.id, "amount": 1000})
    with pytest.raises(stripe.InvalidRequestError, match="greater than"):
        shop.v1.refunds.create({"charge": charge.id, "amount": 2001})
    shop.v1.refunds.create({"charge": charge.id})
    assert shop.v1.charges.retrieve(charge.id).refunded


def test_a_card_is_saved_without_a_charge_once_the_bank_agrees(shop: Shop) -> None:
    world = World(shop, start=int(time.time()))
    session = shop.v1.checkout.sessions.create(
        {
            "mode": "setup", "customer": world.customer.id, "currency": "eur",
            "success_url": "http://alta.localhost/tenant/portal?card={CHECKOUT_SESSION_ID}",
        }
    )  # fmt: skip
    asked = shop.pay(session, {**GOOD, "number": "4000 0025 0000 3155"})
    bank = f"{shop.sandbox.url}{asked.headers['location']}"
    no = httpx.post(bank, data={"answer": "no"}, trust_env=False, timeout=20)
    assert "failed=3ds" in no.headers["location"]
    yes = httpx.post(bank, data={"answer": "yes"}, trust_env=False, timeout=20)
    assert yes.headers["location"].startswith("http://alta.localhost/tenant/portal?card=cs_")
    made = shop.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent"]})
    assert isinstance(made.setup_intent, stripe.SetupIntent)
    assert made.setup_intent.payment_method


def test_a_code_typed_on_the_page_changes_what_is_paid(shop: Shop) -> None:
    coupon = shop.v1.coupons.create({"amount_off": 900, "currency": "eur", "duration": "once"})
    shop.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "NUEVE"})
    session = shop.session(allow_promotion_codes=True)
    wrong = httpx.post(f"{page(session)}/code", data={"promotion_code": "NADA"}, trust_env=False, timeout=20)
    assert "no es válido" in wrong.text
    httpx.post(f"{page(session)}/code", data={"promotion_code": "nueve"}, trust_env=False, timeout=20)
    assert shop.v1.checkout.sessions.retrieve(session.id).amount_total == 2000
    assert shop.pay(session).status_code == 303
    done = shop.v1.checkout.sessions.retrieve(session.id, {"expand": ["invoice"]})
    assert isinstance(done.invoice, stripe.Invoice)
    assert done.invoice.amount_paid == 2000
