"""Two nodes, of which one goes: orders it has not heard of go to the other; another host key stops everything there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from domain import attention, database, health, jobs, node_actions
from domain.models import Customer, Node, Tenant
from domain.models.base import now
from domain.progress import MOVED
from provisioning.sandbox import NodeSandbox
from tests.house import House, house, node, order, until  # noqa: F401 - fixtures

pytestmark = pytest.mark.chaos


@pytest.fixture
def other(postgres_url: str, tmp_path: Path) -> Iterator[NodeSandbox]:
    with NodeSandbox(postgres_url, tmp_path / "other") as sandbox:
        yield sandbox


def second(other: NodeSandbox) -> int:
    """The other node's row, less attractive than that of the settings."""
    at = other.ready
    with database.transaction() as session:
        row = Node(
            name="nodo-b",
            host=at["ssh_host"],
            port=at["ssh_port"],
            username=at["user"],
            key_file=at["key_file"],
            known_host=at["known_host"],
            container=105,
            http_url=at["http_url"],
            state="open",
            clone_ms=5_000.0,
            joined_at=now(),
        )
        session.add(row)
        session.flush()
        return row.id or 0


def living_on(node_id: int) -> int:
    """An order whose tenant has its node already; returns the job."""
    with database.transaction() as session:
        buyer = Customer(company="Sol", full_name="Marta", email="vive@sol.do", country="DO")
        session.add(buyer)
        session.flush()
        tenant = Tenant(customer_id=buyer.id or 0, node_id=node_id, subdomain="vive-alli", requested_at=now())
        session.add(tenant)
        session.flush()
        job = jobs.defer(session, "create_tenant", tenant=tenant)
        job.begun_on = node_id  # it may have begun there: no other node may do it
        return job.id or 0


def named(name: str) -> Node:
    with database.reading() as session:
        return session.exec(select(Node).where(Node.name == name)).one()


def test_an_order_goes_elsewhere_and_the_breaker_opens_and_heals(house: House, other: NodeSandbox) -> None:  # noqa: F811
    house.faults(refuse=True)
    b = second(other)
    house.worker()
    until(health.worker_alive, 40, house.said)
    tenant_id, job_id = order("se-va-a-otro")
    job = house.wait(job_id, seconds=60)
    assert job.status == "succeeded", house.said()
    assert (house.tenant(tenant_id).node_id, job.node_id, job.begun_on) == (b, b, b)
    # The settings' node was asked first, or had been found silent by then: in both cases the choice says so.
    assert job.result.get("moved_from") in (["nodo-a"], None)
    if job.result.get("moved_from"):
        assert "nodo-a: no responde" in job.result["placement"]
        assert "en otro" in MOVED
    until(lambda: named("nodo-a").breaker == "open", 40, house.said)
    # A job for a tenant that lives there is put aside without a try, and goes on when the node is relied on again.
    waiting = living_on(named("nodo-a").id or 0)
    until(lambda: house.job(waiting).waiting_reason, 40, house.said)
    house.faults(refuse=False)
    until(lambda: named("nodo-a").breaker == "closed", 40, house.said)
    assert house.wait(waiting, seconds=60).status == "succeeded", house.said()
    assert house.job(waiting).node_id == named("nodo-a").id


def test_another_host_key_stops_everything_there_until_a_person_decides(house: House, other: NodeSandbox) -> None:  # noqa: F811
    b = second(other)
    with database.transaction() as session:
        row = session.get_one(Node, b)
        row.known_host = house.node["known_host"]  # not the key that the host will show
        session.add(row)
    house.worker()
    alarm = until(lambda: named("nodo-b").key_alarm, 60, house.said)
    assert alarm is not None
    assert alarm.startswith("SHA256:")
    with database.reading() as session:
        found = {concern.code: concern.reason for concern in attention.concerns(session)}
    assert alarm in found["node_key_changed"]
    said = house.said().count("node.away")
    tenant_id, job_id = order("al-otro-nodo")
    assert house.wait(job_id, seconds=60).status == "succeeded"
    assert house.tenant(tenant_id).node_id != b
    assert house.said().count("node.away") == said  # it is not even asked
    with database.transaction() as session:
        session.get_one(Node, b).known_host = other.ready["known_host"]
    node_actions.perform(b, "recheck", by="ana")
    until(lambda: named("nodo-b").reachable, 60, house.said)
