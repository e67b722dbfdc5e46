"""Signed events over HTTP into one server process, beside the least that any webhook must do, in the same run.

Three loads: a few subscriptions that change all the time (events meet, and share their looks at Stripe), each event
about another one (each looks for itself), and a thousand events about a single one.
"""

import contextlib
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import text

from domain import database
from domain.sandbox.signatures import sign
from tests.bench.load import Answers, Delivery, fire
from tests.bench.peer import dj_stripe
from tests.bench.stage import percentile, whole_house
from tests.bench.wire import deliver, order, wire
from tests.bench.yards import until_served
from tests.web_server import free_port
from ui.demo import House

SIZE = 4_700  # bytes of one event, as Stripe's own
SUBSCRIPTIONS = 12
ROUNDS = 3  # of each kind, in turn; the median counts
ONE = 1_000  # events about one subscription
Event = dict[str, Any]

_TABLE = "create table bare_event (id bigserial primary key, stripe_id text unique, type text, payload jsonb)"
# Events that were taken together have their moment in common.
_LOOKS = (
    "select count(*), count(distinct (subscription_id, applied_at)) from stripe_event "
    "where stripe_id like 'evt_bench_%' and outcome = 'applied' and received_at >= :since"
)


@dataclass
class Load:
    """Fresh signed events, made from those of real subscriptions."""

    seeds: list[Event]
    secret: str

    def made(self, number: int, subjects: int) -> list[Delivery]:
        """So many deliveries, about so many subscriptions in turn."""
        now = int(time.time())
        bodies = [self._body(self.seeds[each % subjects]) for each in range(number)]
        return [(body.encode(), sign(body, [self.secret], now)) for body in bodies]

    @staticmethod
    def _body(seed: Event) -> str:
        event = {**seed, "id": f"evt_bench_{uuid.uuid4().hex}", "padding": ""}
        return json.dumps({**event, "padding": "x" * max(SIZE - len(json.dumps(event)), 0)})


def run(events: int = 2_000, peer: str = "") -> dict[str, Any]:
    """Rates in events a second, times in ms; `looks`: how often Stripe was asked; `kept` of what was sent.

    `peer` "dj-stripe": that too, in its store-only mode, on the same database server in the same run.
    """
    with whole_house() as house, httpx.Client(timeout=60) as web, _bare(house) as bare:
        load = Load(_seeds(house, web), house.environment["STRIPE_WEBHOOK_SECRET"].split(",")[0])
        ours = f"{house.web}/webhook/stripe"
        for url in (ours, bare):
            fire(url, load.made(200, SUBSCRIPTIONS))
        bare_rounds, rounds = [], []
        for _ in range(ROUNDS):
            bare_rounds.append(fire(bare, load.made(events, 2)))
            rounds.append(_counted(ours, load.made(events, 2)))
        apart = _counted(ours, load.made(events // 4, SUBSCRIPTIONS), SUBSCRIPTIONS)
        alone = _counted(ours, load.made(ONE, 1))
        beside = _beside(house, load, events) if peer == "dj-stripe" else None
    times = [each for one in rounds for each in one[0].times]
    rate = percentile([one[0].rate for one in rounds], 0.5)
    bare_rate = percentile([one.rate for one in bare_rounds], 0.5)
    return {
        "events": events, "bytes": SIZE, "rate": rate, "bare_rate": bare_rate, "ratio": rate / bare_rate,
        "p50": percentile(times, 0.5), "p99": percentile(times, 0.99),
        "looks": sum(one[2] for one in rounds) / ROUNDS, "lost": ROUNDS * events - sum(one[1] for one in rounds),
        "each_its_own": {"subscriptions": SUBSCRIPTIONS, "rate": apart[0].rate, "looks": apart[2], "events": apart[1]},
        "all_about_one": {"events": alone[1], "rate": alone[0].rate, "looks": alone[2]},
        **({"dj_stripe": {"rate": beside.rate, "ratio_to_it": rate / beside.rate}} if beside else {}),
    }  # fmt: skip


def _beside(house: House, load: Load, events: int) -> Answers:
    """The median of dj-stripe's rounds."""
    admin_url = house.environment["DATABASE_URL"]
    with dj_stripe(admin_url, load.secret) as url:
        fire(url, load.made(200, SUBSCRIPTIONS))
        rounds = sorted((fire(url, load.made(events, 2)) for _ in range(ROUNDS)), key=lambda one: one.rate)
    return rounds[len(rounds) // 2]


def _counted(url: str, deliveries: list[Delivery], connections: int = 64) -> tuple[Answers, int, int]:
    """The answers, how many were applied, and with how many looks at Stripe."""
    with database.reading() as session:
        since = session.execute(text("select clock_timestamp()")).scalar_one()
    answers = fire(url, deliveries, connections)
    with database.reading() as session:
        applied, looks = session.execute(text(_LOOKS), {"since": since}).one()
    return answers, applied, looks


def _seeds(house: House, web: httpx.Client) -> list[Event]:
    """One `customer.subscription.updated` for each of some subscriptions that are active and served."""
    seeds = []
    with wire(house) as taken:
        for number in range(SUBSCRIPTIONS):
            name = order(house, web, number)
            completed, others = taken.next()
            deliver(house, web, completed, *others)
            until_served(house, web, name)
            event = json.loads(completed.body)
            bought = web.get(
                f"{house.environment['STRIPE_API_URL']}/v1/subscriptions/{event['data']['object']['subscription']}",
                headers={"Authorization": f"Bearer {house.environment['STRIPE_SECRET_KEY']}"},
            )
            changed = {"object": bought.json(), "previous_attributes": {"cancel_at_period_end": True}}
            seeds.append({**event, "type": "customer.subscription.updated", "data": changed})
    return seeds


@contextlib.contextmanager
def _bare(house: House) -> Iterator[str]:
    """The least that a webhook does, in a process of its own on the same PostgreSQL."""
    with database.transaction() as session:
        session.execute(text(_TABLE))
    port = free_port()
    house.start("bare", "-m", "tests.bench.bare_webhook", str(port))
    url = f"http://127.0.0.1:{port}/webhook/stripe"
    deadline = time.monotonic() + 20
    while True:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(url)
            break
        if time.monotonic() > deadline:
            raise RuntimeError("the bare webhook did not start")
        time.sleep(0.05)
    yield url
