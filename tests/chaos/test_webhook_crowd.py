"""Deliveries at once, through a real server: ten copies of one event, all events together, and a slow first look."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from domain import database, stripe_gateway
from domain.settings import settings
from tests.chaos.webhook_app import serving
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import FOUR, PAID_PICTURE, Till
from tests.integration.stripe_stand import until
from ui import webhook

pytestmark = pytest.mark.chaos


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with stand.open_till(monkeypatch) as opened:
        yield opened


@pytest.fixture
def url(till: Till) -> Iterator[str]:
    with serving() as address:
        yield address


def _post(url: str, event: dict[str, Any], barrier: threading.Barrier | None = None) -> httpx.Response:
    body, signature = stand.signed(event)
    with httpx.Client(trust_env=False, timeout=60) as connection:
        if barrier is not None:
            barrier.wait(30)
        return connection.post(url, content=body, headers={"Stripe-Signature": signature})


def test_ten_copies_at_once_are_one(till: Till, url: str) -> None:
    order = till.paid()
    event = till.event(order, FOUR[0])
    till.sandbox.faults(api_latency_ms=300)
    barrier = threading.Barrier(10)
    with ThreadPoolExecutor(10) as crowd:
        answers = list(crowd.map(lambda _: _post(url, event, barrier), range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["duplicate"] for answer in answers) == [False] + [True] * 9
    assert {answer.json()["outcome"] for answer in answers} == {"applied"}
    assert stand.picture(order) == PAID_PICTURE | {"price": till.prices[0].id}
    row = stand.kept(event)
    assert row is not None
    assert row.attempts == 1


def test_everything_at_once_three_times_over_ends_alike(till: Till, url: str) -> None:
    order = till.paid()
    events = [event for event in till.events(order).values() for _ in range(3)]
    till.sandbox.faults(api_latency_ms=50)
    barrier = threading.Barrier(len(events))
    with ThreadPoolExecutor(len(events)) as crowd:
        answers = list(crowd.map(lambda event: _post(url, event, barrier), events))
    assert {answer.status_code for answer in answers} == {200}
    assert stand.picture(order) == PAID_PICTURE | {"price": till.prices[0].id}


class SlowFirstLook:
    """Stands before Stripe and holds back its first answer about a subscription, which so becomes out of date."""

    def __init__(self, behind: str) -> None:
        self.held, self.release = threading.Event(), threading.Event()
        proxy, first = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                headers = {"Authorization": str(self.headers["Authorization"])}
                answer = httpx.get(behind + self.path, headers=headers, trust_env=False, timeout=30)
                if "/v1/subscriptions/" in self.path and first.acquire(blocking=False):
                    proxy.held.set()
                    assert proxy.release.wait(30)
                self.send_response(answer.status_code)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, *_: Any) -> None:
                """Silence."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def _somebody_waits_for_a_lock() -> bool:
    query = (
        "select exists(select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database())"
    )
    with database.reading() as session:
        return bool(session.execute(text(query)).scalar_one())


@pytest.fixture
def slow(till: Till) -> Iterator[SlowFirstLook]:
    proxy = SlowFirstLook(till.sandbox.url)
    yield proxy
    proxy.close()


@pytest.mark.parametrize("elsewhere", [False, True], ids=["in one process", "in two"])
def test_a_slow_first_look_does_not_bring_the_old_state_back(
    till: Till, url: str, slow: SlowFirstLook, elsewhere: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = till.active()
    before = till.event(order, FOUR[2])
    monkeypatch.setenv("STRIPE_API_URL", slow.url)
    settings.cache_clear()
    with ThreadPoolExecutor(2) as crowd:
        first = crowd.submit(_post, url, before)
        assert slow.held.wait(10)
        till.v1.subscriptions.update(str(order.stripe_subscription_id), {"cancel_at_period_end": True})
        event = till.event(order, FOUR[2])
        # Past the web is what another process's delivery is: nothing but the row's lock stands between the two.
        newer: Future[Any] = crowd.submit(till.take, event) if elsewhere else crowd.submit(_post, url, event)
        until(lambda: newer.done() or _somebody_waits_for_a_lock() or webhook.intake.waiting())
        slow.release.set()
        assert first.result(30).status_code == 200
        newer.result(30)
    assert stand.subscription(order).cancel_at_period_end


def test_many_about_one_subscription_cost_a_few_looks(till: Till, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    order = till.active()
    event = till.event(order, FOUR[2])
    till.sandbox.faults(api_latency_ms=200)
    looks: list[str] = []
    really = stripe_gateway.retrieve_subscription

    def counted(name: str) -> Any:
        looks.append(name)
        return really(name)

    monkeypatch.setattr(stripe_gateway, "retrieve_subscription", counted)
    with ThreadPoolExecutor(50) as crowd:
        answers = list(crowd.map(lambda number: _post(url, event | {"id": f"evt_many_{number}"}), range(200)))
    assert {(answer.status_code, answer.json()["outcome"]) for answer in answers} == {(200, "applied")}
    with database.reading() as session:
        rows = session.execute(text("select outcome, attempts from stripe_event where stripe_id like 'evt_many_%'"))
        assert rows.all() == [("applied", 1)] * 200
    assert len(looks) < 20
