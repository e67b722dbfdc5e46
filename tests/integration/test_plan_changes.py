"""What customers change themselves: plan and interval with their exact price, the card, an open invoice."""

import time
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from sqlmodel import col, select

from domain import billing, database, payment_cards, plan_changes, plan_offers, stripe_catalogue, stripe_changes
from domain.errors import Conflict, NotFound
from domain.models import AuditEntry, Plan, Price, Subscription
from domain.plan_changes import Token
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import Till
from tests.integration.stripe_stand import GOOD

OTHERS = (("Básico", "month", 2900), ("Empresa", "month", 12_900), ("Empresa", "year", 129_000))


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with stand.open_till(monkeypatch) as opened:
        with database.transaction() as session:
            for name in ("Básico", "Empresa"):
                plan = Plan(code=name.lower().replace("á", "a"), name=name)
                session.add(plan)
                session.flush()
                for of, interval, cents in OTHERS:
                    if of == name:
                        row = Price(
                            plan_id=plan.id or 0, currency="USD", interval=interval, amount_cents=cents,
                            lookup_key=f"{name}_{interval}",
                        )  # fmt: skip
                        plan.stripe_product_id, row.stripe_price_id = stripe_catalogue.publish_price(plan, row)
                        session.add(row)
        yield opened


def price(customer: int, plan: str, interval: str = "month") -> int:
    return next(c.price_id for c in plan_offers.offer(customer).choices if (c.plan, c.interval) == (plan, interval))


def invoices(order: Subscription) -> list[int]:
    """Totals, oldest first."""
    return [invoice.amount_cents for invoice in billing.invoices(order.customer_id)][::-1]


def use_card(till: Till, order: Subscription, name: str) -> None:
    """Another of Stripe's test cards pays from now on."""
    bought = till.stripe_subscription(order)
    method = till.v1.payment_methods.attach(name, {"customer": str(bought.customer)})
    stripe_changes.use_card(str(bought.customer), bought.id, method.id)


def test_a_dearer_plan_costs_what_the_quote_said_and_begins_now(till: Till) -> None:
    order = till.active()
    quote = plan_changes.quote(order.customer_id, price(order.customer_id, "Empresa"))
    assert quote.now
    assert [cents for _, cents in quote.lines] == [-5900, 12_900]
    assert (quote.today_cents, quote.next_cents, quote.currency) == (7000, 12_900, "USD")
    assert quote.next_at == order.current_period_end
    assert plan_changes.confirm(order.customer_id, quote.token, "ana@acme.co").pay_at is None
    assert invoices(order) == [5900, 7000]
    view = billing.overview(order.customer_id)
    assert (view.plan, view.amount_cents, view.next_amount_cents) == ("Empresa", 12_900, 12_900)


def test_the_same_confirmation_twice_is_refused_and_pays_once(till: Till) -> None:
    order = till.active()
    quote = plan_changes.quote(order.customer_id, price(order.customer_id, "Empresa"))
    plan_changes.confirm(order.customer_id, quote.token, "ana@acme.co")
    with pytest.raises(Conflict) as refused:
        plan_changes.confirm(order.customer_id, quote.token, "ana@acme.co")
    assert refused.value.code == "plan_changed"
    assert invoices(order) == [5900, 7000]


def test_two_tabs_cannot_both_change_the_plan(till: Till) -> None:
    order = till.active()
    one = plan_changes.quote(order.customer_id, price(order.customer_id, "Empresa"))
    other = plan_changes.quote(order.customer_id, price(order.customer_id, "Empresa", "year"))
    plan_changes.confirm(order.customer_id, one.token, "ana@acme.co")
    with pytest.raises(Conflict) as refused:
        plan_changes.confirm(order.customer_id, other.token, "ana@acme.co")
    assert refused.value.code == "plan_changed"
    assert "otra pestaña" in refused.value.message


def test_a_year_begins_now_and_credits_the_rest_of_the_month(till: Till) -> None:
    order = till.active()
    quote = plan_changes.quote(order.customer_id, price(order.customer_id, "Empresa", "year"))
    assert (quote.now, quote.today_cents, quote.next_cents) == (True, 129_000 - 5900, 129_000)
    assert quote.next_at is not None
    assert order.current_period_end is not None
    assert (quote.next_at - order.current_period_end).days > 300
    plan_changes.confirm(order.customer_id, quote.token, "ana@acme.co")
    assert stand.subscription(order).current_period_end == quote.next_at


def test_a_cheaper_plan_waits_for_the_end_of_the_period_and_can_be_undone(till: Till) -> None:
    order = till.active()
    quote = plan_changes.quote(order.customer_id, price(order.customer_id, "Básico"))
    assert (quote.now, quote.today_cents, quote.next_cents) == (False, 0, 2900)
    assert quote.starts_at == order.current_period_end
    plan_changes.confirm(order.customer_id, quote.token, "ana@acme.co")
    view = billing.overview(order.customer_id)
    assert (view.plan, view.later_plan, view.later_at) == ("Pyme", "Básico", order.current_period_end)
    assert view.next_amount_cents == 2900
    plan_changes.undo(order.customer_id, "ana@acme.co")
    view = billing.overview(order.customer_id)
    assert (view.later_plan, view.next_amount_cents) == (None, 5900)
    plan_changes.confirm(order.customer_id, replace(quote.token, moment=int(time.time())), "ana@acme.co")
    till.sandbox.advance(32 * 86400)
    assert invoices(order) == [5900, 2900]
    till.take(till.event(order, "customer.subscription.updated"))
    assert billing.overview(order.customer_id).plan == "Básico"


def test_cancelling_wins_over_a_cheaper_plan_that_was_to_come(till: Till) -> None:
    order = till.active()
    quote = plan_changes.quote(order.customer_id, price(order.customer_id, "Básico"))
    plan_changes.confirm(order.customer_id, quote.token, "ana@acme.co")
    billing.cancel(order.customer_id, "ana@acme.co", "too_expensive", "Muy caro")
    bought = till.stripe_subscription(order)
    assert bought.cancel_at_period_end
    assert bought.cancellation_details is not None
    assert (bought.cancellation_details.feedback, bought.cancellation_details.comment) == ("too_expensive", "Muy caro")
    with pytest.raises(Conflict) as refused:
        plan_changes.quote(order.customer_id, price(order.customer_id, "Empresa"))
    assert refused.value.code == "ending"


def test_a_card_that_is_refused_leaves_the_plan_and_says_where_to_pay(till: Till) -> None:
    order = till.active()
    use_card(till, order, "pm_card_chargeCustomerFail")
    quote = plan_changes.quote(order.customer_id, price(order.customer_id, "Empresa"))
    changed = plan_changes.confirm(order.customer_id, quote.token, "ana@acme.co")
    assert changed.pay_at
    view = billing.overview(order.customer_id)
    assert (view.plan, view.status, view.held) == ("Pyme", "active", True)
    with pytest.raises(Conflict) as refused:
        plan_changes.quote(order.customer_id, price(order.customer_id, "Empresa"))
    assert refused.value.code == "change_held"
    assert httpx.post(changed.pay_at, data=GOOD, trust_env=False, timeout=20).status_code == 303
    till.take(till.event(order, "customer.subscription.updated"))
    view = billing.overview(order.customer_id)
    assert (view.plan, view.held) == ("Empresa", False)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"moment": 1_700_000_000}, "quote_old"),
        ({"today_cents": 1}, "amount_changed"),
        ({"before": "x"}, "plan_changed"),
    ],
)
def test_what_is_confirmed_is_what_was_quoted(till: Till, change: dict[str, object], code: str) -> None:
    order = till.active()
    quote = plan_changes.quote(order.customer_id, price(order.customer_id, "Empresa"))
    token: Token = replace(quote.token, **change)  # type: ignore[arg-type]
    with pytest.raises(Conflict) as refused:
        plan_changes.confirm(order.customer_id, token, "ana@acme.co")
    assert refused.value.code == code
    assert invoices(order) == [5900]


def test_a_code_that_runs_out_between_quote_and_confirmation_changes_nothing(till: Till) -> None:
    order = till.active()
    bought = till.stripe_subscription(order)
    coupon = till.v1.coupons.create({"percent_off": 50, "duration": "forever"})
    till.v1.subscriptions.update(bought.id, {"discounts": [{"coupon": coupon.id}]})
    quote = plan_changes.quote(order.customer_id, price(order.customer_id, "Empresa"))
    assert quote.today_cents == 3500
    till.v1.subscriptions.update(bought.id, {"discounts": ""})
    with pytest.raises(Conflict) as refused:
        plan_changes.confirm(order.customer_id, quote.token, "ana@acme.co")
    assert refused.value.code == "amount_changed"


def owing(till: Till) -> Subscription:
    """A customer whose card was refused at the renewal."""
    order = till.active()
    use_card(till, order, "pm_card_chargeCustomerFail")
    till.sandbox.advance(32 * 86400)
    till.take(till.event(order, "invoice.payment_failed"))
    assert stand.subscription(order).status == "past_due"
    return order


@pytest.mark.parametrize("by_webhook", [False, True])
def test_a_new_card_pays_at_once_what_is_owed(till: Till, by_webhook: bool) -> None:
    order = owing(till)
    session = payment_cards.page_url(order.customer_id)
    assert httpx.post(session, data=GOOD, trust_env=False, timeout=20).status_code == 303
    name = session.rpartition("/")[2]
    if by_webhook:
        till.take(till.event(order, "checkout.session.completed"))
    else:
        assert payment_cards.returned(order.customer_id, name) == 1
        assert payment_cards.returned(order.customer_id, name) == 0
    assert stand.subscription(order).status == "active"
    assert [invoice.status for invoice in billing.invoices(order.customer_id)] == ["paid", "paid"]
    assert billing.overview(order.customer_id).card_last4 == "4242"


def test_a_new_card_that_is_refused_stays_and_the_debt_too(till: Till) -> None:
    order = owing(till)
    session = payment_cards.page_url(order.customer_id)
    card = {**GOOD, "number": "4000 0000 0000 0341"}
    assert httpx.post(session, data=card, trust_env=False, timeout=20).status_code == 303
    assert payment_cards.returned(order.customer_id, session.rpartition("/")[2]) == 0
    assert stand.subscription(order).status == "past_due"


def test_a_card_of_another_customer_is_not_taken_over(till: Till) -> None:
    ours, theirs = till.active("acme"), till.active("rival")
    session = payment_cards.page_url(theirs.customer_id)
    httpx.post(session, data={**GOOD, "number": "5555 5555 5555 4444"}, trust_env=False, timeout=20)
    assert payment_cards.returned(ours.customer_id, session.rpartition("/")[2]) == 0
    assert billing.overview(ours.customer_id).card_last4 == "4242"


def test_an_open_invoice_is_paid_now_or_leads_to_its_page(till: Till) -> None:
    order = owing(till)
    owed = billing.invoices(order.customer_id)[0]
    assert owed.due_cents == 5900
    assert payment_cards.pay(order.customer_id, owed.id, "ana@acme.co") == owed.hosted_url
    use_card(till, order, "pm_card_visa")
    assert payment_cards.pay(order.customer_id, owed.id, "ana@acme.co") is None
    assert payment_cards.pay(order.customer_id, owed.id, "ana@acme.co") is None
    assert stand.subscription(order).status == "active"
    with pytest.raises(NotFound):
        payment_cards.pay(till.active("rival").customer_id, owed.id, "ana@acme.co")
    with database.reading() as session:
        query = select(AuditEntry.action).where(AuditEntry.actor == "ana@acme.co").order_by(col(AuditEntry.id))
        assert list(session.exec(query).all()) == ["invoice.pay", "invoice.pay"]


def test_who_owes_pays_before_changing_the_plan(till: Till) -> None:
    order = owing(till)
    with pytest.raises(Conflict) as refused:
        plan_changes.quote(order.customer_id, price(order.customer_id, "Empresa"))
    assert refused.value.code == "past_due"


def test_a_kept_card_that_is_chosen_pays_what_is_owed_and_the_one_that_pays_stays(till: Till) -> None:
    order = till.active()
    bought = till.stripe_subscription(order)
    bad = till.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": str(bought.customer)})
    stripe_changes.use_card(str(bought.customer), bought.id, bad.id)
    till.sandbox.advance(32 * 86_400)
    till.take(till.event(order, "invoice.payment_failed"))
    paying, other = payment_cards.saved(order.customer_id)
    assert (paying.id, paying.pays, other.pays) == (bad.id, True, False)
    with pytest.raises(Conflict):
        payment_cards.remove(order.customer_id, paying.id, "ana")
    assert payment_cards.choose(order.customer_id, other.id, "ana") == 1
    assert stand.subscription(order).status == "active"
    payment_cards.remove(order.customer_id, bad.id, "ana")
    assert [card.id for card in payment_cards.saved(order.customer_id)] == [other.id]
    stranger = till.active("otra")
    for act in (payment_cards.choose, payment_cards.remove):
        with pytest.raises(NotFound):
            act(stranger.customer_id, other.id, "ana")
