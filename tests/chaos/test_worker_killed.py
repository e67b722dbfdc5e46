"""Workers that die, stop or fall asleep in mid-job: one tenant, no step done twice, no line lost or doubled."""

import signal
import time

import pytest

from domain import jobs
from provisioning.lines import Splitter
from tests.house import House, house, node, order, until  # noqa: F401 - fixtures

pytestmark = pytest.mark.chaos

STEPS = ["check_name", "clone", "company", "login", "files", "address", "first_page"]
QUICK = {"STALLED_AFTER": "3"}


def script_lines(house: House, job_id: int) -> list[str]:  # noqa: F811
    """What the node's own log says, as it should stand in ours."""
    return [piece.value for piece in Splitter().feed(house.node_log(job_id)) if piece.kind == "text"]


def assert_done_once(house: House, tenant_id: int, job_id: int) -> None:  # noqa: F811
    job, tenant = house.job(job_id), house.tenant(tenant_id)
    assert (job.status, tenant.observed) == ("succeeded", "running"), (job.error, house.said()[-3000:])
    assert house.databases(tenant.subdomain) == 1
    assert house.page(tenant.subdomain) == 200
    log = house.node_log(job_id)
    assert [log.count(f"::step {name}\n".encode()) for name in STEPS[:-1]] == [1] * 6
    assert house.steps(job_id) == dict.fromkeys(STEPS, "done")
    lines = house.lines(job_id)
    own = [line for line in lines if "/web/login" in line or "Se reintenta" in line]
    assert [line for line in lines if line not in own] == script_lines(house, job_id)


def test_killed_at_each_step_the_work_is_done_once(house: House) -> None:  # noqa: F811
    house.faults(slow_ms=250)
    made = []
    for number, step in enumerate(STEPS):
        worker = house.worker(**QUICK)
        tenant_id, job_id = order(f"caida-{number}-{step.replace('_', '-')}")
        until(lambda: step in house.steps(job_id), 30, house.said)  # noqa: B023
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        made.append((tenant_id, job_id))
    house.faults(reset=True)
    house.worker(**QUICK)
    for tenant_id, job_id in made:
        house.wait(job_id, "succeeded", "failed")
        assert_done_once(house, tenant_id, job_id)


def test_asked_to_stop_it_goes_at_once_and_another_goes_on(house: House) -> None:  # noqa: F811
    house.faults(slow_ms=400)
    first = house.worker()
    tenant_id, job_id = order("relevo")
    until(lambda: "clone" in house.steps(job_id), 30, house.said)
    began = time.monotonic()
    first.send_signal(signal.SIGTERM)
    assert first.wait(10) == 0
    assert time.monotonic() - began < 5
    house.worker()  # no need to wait until the first counts as dead: it gave the job back
    house.wait(job_id, "succeeded", "failed", seconds=14)
    assert_done_once(house, tenant_id, job_id)


def test_one_that_fell_asleep_wakes_up_and_changes_nothing(house: House) -> None:  # noqa: F811
    house.faults(slow_ms=600)
    sleeper = house.worker(**QUICK)
    tenant_id, job_id = order("dormida")
    until(lambda: "company" in house.steps(job_id), 30, house.said)
    sleeper.send_signal(signal.SIGSTOP)
    house.worker(**QUICK)
    until(lambda: house.job(job_id).attempts == 2, 30, house.said)
    sleeper.send_signal(signal.SIGCONT)
    house.wait(job_id, "succeeded", "failed")
    until(lambda: "job.superseded" in house.said(), 20, house.said)
    assert_done_once(house, tenant_id, job_id)


def test_stopped_by_staff_it_stops_on_the_node_too_and_can_be_taken_up_again(house: House) -> None:  # noqa: F811
    house.faults(slow_ms=700)
    house.worker()
    tenant_id, job_id = order("detenida")
    until(lambda: "clone" in house.steps(job_id), 30, house.said)
    jobs.cancel(job_id, requested_by="ana")
    assert house.wait(job_id).status == "cancelled"
    tenant = house.tenant(tenant_id)
    assert (tenant.observed, tenant.broken_reason) == (
        "broken",
        "Un operador detuvo el trabajo antes de que terminara.",
    )
    assert "::step address" not in house.node_log(job_id).decode()
    assert "detenido" in house.lines(job_id)[-1]
    house.faults(reset=True)
    jobs.retry(job_id, requested_by="ana")
    assert house.wait(job_id, "succeeded", "failed").status == "succeeded"
    assert house.tenant(tenant_id).broken_reason is None
    assert house.databases("detenida") == 1
