"""Two updates of one subscription at once, the first one's look at Stripe slow: the older answer must not win.

dj-stripe 2.11 writes what it fetched whenever it comes back, and loses this; here a look begins under the row's lock.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from domain import database, stripe_gateway
from domain.stripe_views import SubscriptionView
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import Till
from tests.integration.stripe_stand import until

ROUNDS = 100
WAITING = text("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with stand.open_till(monkeypatch) as opened:
        yield opened


class Slow:
    """Stripe's answer to the first who asks in a round stays on its way until `come`."""

    def __init__(self) -> None:
        self.real = stripe_gateway.retrieve_subscription
        self.fetched, self.come = threading.Event(), threading.Event()

    def retrieve(self, asked: str) -> SubscriptionView:
        first = not self.fetched.is_set()
        answer = self.real(asked)
        if first:
            self.fetched.set()
            assert self.come.wait(30)
        return answer


def newest(till: Till) -> dict[str, Any]:
    found = till.v1.events.list({"limit": 1, "type": "customer.subscription.updated"})
    return found.data[0].to_dict(for_json=True)


def under_way(newer: Future[Any]) -> bool:
    """It has ended already, or waits for the row."""
    if newer.done():
        return True
    with database.reading() as session:
        return bool(session.execute(WAITING).scalar())


def test_the_older_of_two_looks_never_wins(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order = till.active()
    name = till.stripe_subscription(order).id
    right = 0
    with ThreadPoolExecutor(2) as pool:
        for number in range(ROUNDS):
            slow = Slow()
            with monkeypatch.context() as patched:
                patched.setattr(stripe_gateway, "retrieve_subscription", slow.retrieve)
                wanted = number % 2 == 1
                till.v1.subscriptions.update(name, {"cancel_at_period_end": not wanted, "metadata": {"n": str(number)}})
                older = pool.submit(till.take, newest(till))
                assert slow.fetched.wait(30)
                till.v1.subscriptions.update(name, {"cancel_at_period_end": wanted})
                newer = pool.submit(till.take, newest(till))
                until(partial(under_way, newer))
                slow.come.set()
                assert {older.result().outcome, newer.result().outcome} == {"applied"}
            right += stand.subscription(order).cancel_at_period_end == wanted
    assert right == ROUNDS
