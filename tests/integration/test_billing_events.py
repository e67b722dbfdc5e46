"""What Stripe's events do to an order: the same whatever comes, however often, in whatever order."""

import itertools
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import col, select

from domain import billing, database, mirror, reconciling, tenants
from domain.errors import NotFound, Unavailable
from domain.models import AuditEntry, StripeEvent
from domain.stripe_views import SubscriptionView
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import FOUR, PAID_PICTURE, Till


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with stand.open_till(monkeypatch) as opened:
        yield opened


def test_a_paid_order_becomes_a_tenant_an_account_and_one_job(till: Till) -> None:
    order = till.paid()
    receipt = till.take(till.event(order, FOUR[0]))
    assert (receipt.outcome, receipt.duplicate) == ("applied", False)
    assert stand.picture(order) == PAID_PICTURE | {"price": till.prices[0].id}
    row = stand.kept(till.event(order, FOUR[0]))
    assert row is not None
    assert (row.outcome, row.attempts, row.subscription_id, row.error) == ("applied", 1, order.id, None)
    assert row.applied_at is not None


def test_every_order_of_the_four_events_ends_alike(till: Till) -> None:
    for number, kinds in enumerate(itertools.permutations(FOUR)):
        order = till.paid(f"orden{number}")
        events = till.events(order)
        assert set(FOUR) <= set(events)
        for kind in kinds:
            assert till.take(events[kind]).outcome == "applied", kinds
        assert stand.picture(order) == PAID_PICTURE | {"price": till.prices[0].id}, kinds


def test_the_same_event_ten_times_is_one(till: Till) -> None:
    order = till.paid()
    event = till.event(order, FOUR[0])
    receipts = [till.take(event) for _ in range(10)]
    assert [receipt.duplicate for receipt in receipts] == [False] + [True] * 9
    assert {receipt.outcome for receipt in receipts} == {"applied"}
    assert stand.jobs(order) == ["create_tenant"]
    row = stand.kept(event)
    assert row is not None
    assert row.attempts == 1


def test_an_open_session_gives_nothing_away(till: Till) -> None:
    order = till.order()
    forged = {"id": "evt_early", "type": FOUR[0], "data": {"object": {"id": order.checkout_session_id}}}
    assert till.take(forged).outcome == "applied"
    assert stand.jobs(order) == []
    assert stand.subscription(order).status == "pending"
    till.pay(order)
    assert till.take(till.event(order, FOUR[3])).outcome == "applied"
    assert stand.jobs(order) == ["create_tenant"]


def test_types_and_things_that_are_not_ours_are_kept_and_ignored(till: Till) -> None:
    order, waiting = till.active(), till.order("espera")
    strange = {"id": "evt_strange", "type": "planet.discovered", "data": {"object": {"id": "pl_9"}}}
    assert till.take(strange).outcome == "ignored"
    foreign = {
        "id": "evt_foreign",
        "type": "customer.subscription.deleted",
        # Our number, but another product's customer on the same Stripe account.
        "data": {"object": {"id": "sub_x", "customer": "cus_x", "metadata": {"alta_subscription": str(waiting.id)}}},
    }
    receipt = till.take(foreign)
    assert receipt.outcome == "ignored"
    assert receipt.note == "No es de ninguna suscripción de Alta."
    assert stand.subscription(waiting).status == "pending"
    assert stand.picture(order) == PAID_PICTURE | {"price": till.prices[0].id}
    assert till.take(strange).duplicate


def test_text_that_the_database_cannot_hold_is_kept_without_it(till: Till) -> None:
    event = {"id": "evt_nul", "type": "x.y", "data": {"object": {"id": "o", "name": "a\0b \ud83d 😀 '; --"}}}
    assert till.take(event).outcome == "ignored"
    row = stand.kept(event)
    assert row is not None
    assert row.payload["data"]["object"]["name"] == "ab ? 😀 '; --"


def test_a_cancelled_subscription_is_archived_and_never_revived(till: Till) -> None:
    order = till.active()
    events = till.events(order)
    till.v1.subscriptions.cancel(str(stand.subscription(order).stripe_subscription_id))
    till.take(till.event(order, "customer.subscription.deleted"))
    row = stand.subscription(order)
    assert (row.status, row.stripe_status, stand.tenant(order).desired) == ("cancelled", "canceled", "deleted")
    assert row.cancelled_at is not None
    till.take(events[FOUR[1]])
    assert stand.subscription(order).status == "cancelled"
    written = _write(order, "active")
    assert not written.accepted
    assert "no se cambia" in written.notes[0]
    assert stand.subscription(order).status == "cancelled"


def _view(order_id: str, word: str, price: str | None = None, amount: int = 1) -> SubscriptionView:
    return SubscriptionView(order_id, word, "cus", price, amount, "usd", "month", None, False, None)


def _write(order: object, word: str, price: str | None = None) -> mirror.Written:
    row = stand.subscription(order)  # type: ignore[arg-type]
    with database.transaction() as session:
        locked = mirror.locked(session, row.id or 0)
        return mirror.write(session, locked, _view(str(row.stripe_subscription_id), word, price))


def test_not_paying_suspends_and_paying_lifts_only_that(till: Till) -> None:
    order = till.active()
    _write(order, "past_due")
    assert (stand.subscription(order).status, stand.tenant(order).suspend_reasons) == ("past_due", [])
    for word in ("unpaid", "paused", "unpaid"):
        assert _write(order, word).accepted
        site = stand.tenant(order)
        assert (stand.subscription(order).status, site.desired, site.suspend_reasons) == (
            "past_due", "suspended", ["unpaid"],
        )  # fmt: skip
    _write(order, "active")
    site = stand.tenant(order)
    assert (stand.subscription(order).status, site.desired, site.suspend_reasons) == ("active", "running", [])


def test_a_word_that_nobody_knows_keeps_the_status_and_says_so(till: Till) -> None:
    order = till.active()
    written = _write(order, "hibernating")
    row = stand.subscription(order)
    assert written.accepted
    assert "hibernating" in written.notes[0]
    assert (row.status, row.stripe_status, stand.tenant(order).desired) == ("active", "hibernating", "running")


def test_a_changed_price_is_followed_and_an_unknown_one_noted(till: Till) -> None:
    order = till.active()
    assert not _write(order, "active", till.prices[1].stripe_price_id).notes
    assert stand.subscription(order).price_id == till.prices[1].id
    assert "price_nobody" in _write(order, "active", "price_nobody").notes[0]
    assert stand.subscription(order).price_id == till.prices[1].id


def test_a_second_purchase_of_one_order_is_noted_not_mixed_in(till: Till) -> None:
    order = till.active()
    bought = stand.subscription(order).stripe_subscription_id
    other = till.event(order, FOUR[1])
    other["id"], other["data"]["object"]["id"] = "evt_second", "sub_second"
    receipt = till.take(other)
    assert (receipt.outcome, stand.subscription(order).stripe_subscription_id) == ("ignored", bought)
    assert "sub_second" in (receipt.note or "")


def test_stripe_away_leaves_nothing_half_done_and_the_retry_succeeds(till: Till) -> None:
    order = till.paid()
    event = till.event(order, FOUR[0])
    till.sandbox.faults(api_down="500")
    for _ in range(2):
        with pytest.raises(Unavailable):
            till.take(event)
    row = stand.kept(event)
    assert row is not None
    assert (row.outcome, row.attempts) == ("failed", 2)
    assert "Stripe no responde" in (row.error or "")
    assert stand.jobs(order) == []
    till.sandbox.faults(reset=True)
    assert till.take(event).outcome == "applied"
    row = stand.kept(event)
    assert row is not None
    assert (row.outcome, row.attempts, row.error) == ("applied", 3, None)
    assert stand.picture(order) == PAID_PICTURE | {"price": till.prices[0].id}


def test_staff_may_apply_an_event_again(till: Till) -> None:
    order = till.paid()
    event = till.event(order, FOUR[0])
    till.sandbox.faults(api_down="500")
    with pytest.raises(Unavailable):
        till.take(event)
    row = stand.kept(event)
    assert row is not None
    with pytest.raises(Unavailable):
        billing.apply_again(row.id or 0, "ops@alta")
    till.sandbox.faults(reset=True)
    assert billing.apply_again(row.id or 0, "ops@alta").outcome == "applied"
    assert billing.apply_again(row.id or 0, "ops@alta").outcome == "applied"
    assert stand.jobs(order) == ["create_tenant"]
    with database.reading() as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.action == "event.apply_again")).all()
    assert [entry.actor for entry in entries] == ["ops@alta"] * 2
    with pytest.raises(NotFound):
        billing.apply_again(10**9, "ops@alta")


def test_looking_again_finds_a_payment_that_nobody_told_of(till: Till) -> None:
    order = till.order()
    assert not billing.look_again(str(order.checkout_session_id))
    assert not billing.look_again("cs_unknown")
    till.pay(order)
    _forget_looking(order)
    assert billing.look_again(str(order.checkout_session_id))
    assert billing.look_again(str(order.checkout_session_id))
    assert stand.picture(order) == PAID_PICTURE | {"price": till.prices[0].id}
    assert till.take(till.event(order, FOUR[0])).outcome == "applied"
    assert stand.jobs(order) == ["create_tenant"]


def test_the_sweep_finds_it_too(till: Till) -> None:
    order, open_order = till.paid("uno"), till.order("dos")
    assert billing.sweep() == 0
    for each in (order, open_order):
        _forget_looking(each, hours=1)
    assert billing.sweep() == 1
    assert stand.jobs(order) == ["create_tenant"]
    assert stand.jobs(open_order) == []


def _forget_looking(order: object, hours: int = 0) -> None:
    with database.transaction() as session:
        row = mirror.locked(session, order.id)  # type: ignore[attr-defined]
        row.synced_at = None
        row.created_at -= timedelta(hours=hours)
        session.add(row)


def test_events_that_stripe_could_not_deliver_are_fetched(till: Till) -> None:
    # Every delivery is lost: Stripe keeps the events as undelivered.
    till.sandbox.configure(webhook_url="http://127.0.0.1:9/webhook/stripe", webhook_secrets=["whsec_x"])
    till.sandbox.faults(drop_probability=1, retry=False)
    order = till.paid()
    since = order.created_at
    assert reconciling.take_missed(since, undelivered=True) > 4
    assert stand.picture(order) == PAID_PICTURE | {"price": till.prices[0].id}
    assert reconciling.take_missed(since, undelivered=True) == 0
    with database.reading() as session:
        assert not session.exec(select(StripeEvent).where(col(StripeEvent.outcome) == "failed")).all()


def test_an_expired_session_frees_the_name(till: Till) -> None:
    order = till.order()
    till.v1.checkout.sessions.expire(str(order.checkout_session_id))
    assert till.take(till.event(order, "checkout.session.expired")).outcome == "applied"
    assert stand.subscription(order).status == "pending"
    assert stand.tenant(order).released_at is not None
    assert stand.jobs(order) == []


def test_a_name_freed_too_early_is_taken_back_unless_somebody_has_it(till: Till) -> None:
    early, late = till.paid("uno"), till.paid("dos")
    with database.transaction() as session:
        for order in (early, late):
            site = tenants.locked(session, order.tenant_id)
            site.released_at = site.created_at
            session.add(site)
    till.order("dos", email="otra@dos.co")
    till.take(till.event(early, FOUR[0]))
    assert stand.picture(early) == PAID_PICTURE | {"price": till.prices[0].id}
    receipt = till.take(till.event(late, FOUR[0]))
    assert "«dos»" in (receipt.note or "")
    assert stand.jobs(late) == []
    assert stand.subscription(late).activated_at is None


def test_what_changes_is_on_record(till: Till) -> None:
    order = till.active()
    with database.reading() as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.target == f"subscription:{order.id}")).all()
    assert [entry.action for entry in entries] == ["subscription.active"]
