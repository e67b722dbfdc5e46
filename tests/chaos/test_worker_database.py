"""PostgreSQL away in mid-job: the worker comes back by itself, and the job ends as if nothing had been.

The long outage is cut to what makes the queue's loop end; ALTA_LONG_OUTAGE=40 makes it the 40 s of the design.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cable import Cable
from tests.chaos.test_worker_killed import assert_done_once
from tests.house import House, house, node, order, until  # noqa: F401 - fixtures

pytestmark = pytest.mark.chaos


@pytest.fixture
def cable(configured: str, tmp_path: Path) -> Iterator[Cable]:
    built = Cable(configured, tmp_path / "cable")
    yield built
    built.close()


def outage(cable: Cable, seconds: float) -> None:
    """PostgreSQL is away for so long: this is the fault itself, not a way to wait for something."""
    cable.pull()
    time.sleep(seconds)
    cable.plug()


def test_a_long_outage_ends_the_loop_and_the_worker_starts_it_again(house: House, cable: Cable) -> None:  # noqa: F811
    house.faults(slow_ms=700)
    worker = house.worker(DATABASE_URL=cable.url, STALLED_AFTER="5")
    tenant_id, job_id = order("apagon-largo")
    until(lambda: "clone" in house.steps(job_id), 30, house.said)
    outage(cable, float(os.environ.get("ALTA_LONG_OUTAGE", "12")))
    house.wait(job_id, "succeeded", "failed", seconds=45)
    assert_done_once(house, tenant_id, job_id)
    assert "supervisor.restarts" in house.said()
    assert house.said().count("worker.started") == 2
    assert worker.poll() is None
    tenant_id, job_id = order("tras-el-apagon")
    house.wait(job_id, "succeeded", "failed")
    assert house.tenant(tenant_id).observed == "running"


def test_a_short_outage_leaves_no_job_behind(house: House, cable: Cable) -> None:  # noqa: F811
    house.faults(slow_ms=400)
    house.worker(DATABASE_URL=cable.url, STALLED_AFTER="5")
    made = []
    for number in range(3):
        made.append(order(f"apagon-corto-{number}"))
        until(lambda: "company" in house.steps(made[-1][1]), 30, house.said)
        outage(cable, 1)
    for tenant_id, job_id in made:
        house.wait(job_id, "succeeded", "failed", seconds=45)
        assert_done_once(house, tenant_id, job_id)
