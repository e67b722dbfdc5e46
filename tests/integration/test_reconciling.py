"""What happens without being told: missed events are taken, and a walk over Stripe finds and heals what differs."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from domain import database, reconciling, stripe_gateway
from domain.errors import Unavailable
from domain.models import StripeEvent, StripeWalk, Subscription
from domain.models.base import now
from domain.stripe_views import SubscriptionView
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import Till


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with stand.open_till(monkeypatch) as opened:
        yield opened


def kept() -> int:
    with database.reading() as session:
        return len(session.exec(select(StripeEvent)).all())


def test_what_nobody_delivered_is_taken_once(till: Till) -> None:
    order = till.paid()
    since = now() - timedelta(hours=1)
    # Nothing is undelivered, since nobody told Stripe where to deliver; only looking at all of them helps.
    assert reconciling.take_missed(since, undelivered=True) == 0
    assert reconciling.take_missed(since, undelivered=False) > 4
    assert stand.picture(order).items() >= stand.PAID_PICTURE.items()
    before = kept()
    assert reconciling.take_missed(since, undelivered=False) == 0
    assert kept() == before


def test_events_about_one_thing_cost_one_look(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order = till.active()
    name = till.stripe_subscription(order).id
    for number in range(30):
        till.v1.subscriptions.update(name, {"metadata": {"round": str(number)}})
    looks: list[str] = []
    real = stripe_gateway.retrieve_subscription

    def counted(asked: str) -> SubscriptionView:
        looks.append(asked)
        return real(asked)

    monkeypatch.setattr(stripe_gateway, "retrieve_subscription", counted)
    assert reconciling.take_missed(now() - timedelta(hours=1), undelivered=False) > 30
    assert len(looks) <= 4


def test_missed_events_are_looked_for_from_the_last_that_came(till: Till) -> None:
    assert now() - reconciling.last_heard() < timedelta(hours=2)
    till.active()
    with database.transaction() as session:
        for row in session.exec(select(StripeEvent)):
            row.received_at = now() - timedelta(days=3)
            session.add(row)
    assert timedelta(days=3) < now() - reconciling.last_heard() < timedelta(days=3, hours=1)


def test_a_walk_heals_what_differs_and_reports_the_rest(till: Till) -> None:
    same, changed, unheard = till.active("igual"), till.active("cambiada"), till.paid("callada")
    till.v1.subscriptions.update(till.stripe_subscription(changed).id, {"cancel_at_period_end": True})
    with database.transaction() as session:
        lost = session.get_one(Subscription, same.id)
        lost.stripe_subscription_id = "sub_de_otra_cuenta"
        session.add(lost)
    report = reconciling.walk(reconciling.begin(by="admin"))
    assert (report.looked, report.different, report.healed) == (3, 2, 2)
    assert (report.unknown, report.gone) == (1, 1)
    assert report.ended_at
    assert report.error is None
    assert stand.subscription(changed).cancel_at_period_end
    assert stand.subscription(unheard).activated_at
    again = reconciling.walk(reconciling.begin(by="admin"))
    assert (again.different, again.healed) == (0, 0)


def test_it_walks_once_a_day_and_says_when_stripe_was_away(till: Till) -> None:
    assert reconciling.walk_if_due()
    assert not reconciling.walk_if_due()
    with database.transaction() as session:
        row = session.exec(select(StripeWalk)).one()
        row.begun_at = now() - timedelta(days=2)
        session.add(row)
    till.sandbox.faults(api_down="500")
    with pytest.raises(Unavailable):
        reconciling.walk_if_due()
    with database.reading() as session:
        last = session.exec(select(StripeWalk).where(StripeWalk.begun_at > now() - timedelta(hours=1))).one()
    assert last.error
    till.sandbox.faults(reset=True)
    assert not reconciling.walk_if_due()
    with time_machine.travel(now() + timedelta(minutes=61), tick=True):
        assert reconciling.walk_if_due(), "a night without Stripe must not cost a day"
        assert not reconciling.walk_if_due()


def test_a_walk_whose_worker_died_is_begun_again(till: Till) -> None:
    name = reconciling.begin(by="sistema")
    with database.transaction() as session:
        row = session.get_one(StripeWalk, name)
        row.begun_at = row.beat_at = now() - timedelta(minutes=20)
        session.add(row)
    assert reconciling.walk_if_due()
