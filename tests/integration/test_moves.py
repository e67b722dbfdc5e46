"""A tenant goes to another node and back, a node is emptied, and what fails on the way leaves everything as it was."""

import pytest
from sqlmodel import select

from domain import database, journal, moves, node_actions, tenant_actions, tenants
from domain.errors import Conflict
from domain.job_kinds import KINDS
from domain.models import Job, Node, Tenant
from tests.town import Town, places, town  # noqa: F401 - fixtures


def move(town: Town, name: str, value: str = "") -> tuple[int, int]:  # noqa: F811
    """Asks for it as staff do; the tenant's number and the job's."""
    with database.reading() as session:
        tenant = session.exec(select(Tenant).where(Tenant.subdomain == name)).one()
    tenant_actions.perform(tenant.id or 0, "move", by="ana", value=value)
    with database.reading() as session:
        query = select(Job.id).where(Job.tenant_id == tenant.id, Job.kind == moves.KIND)
        return tenant.id or 0, max(one or 0 for one in session.exec(query).all())


def test_it_goes_there_and_back(town: Town) -> None:  # noqa: F811
    town.made("viajera")
    town.a.sql("update res_company set phone = '809-1'", "viajera")
    tenant_id, job_id = move(town, "viajera")
    job = town.work(job_id)
    with database.reading() as session:
        assert session.get_one(Tenant, tenant_id).node_id == town.ids[1]
    assert town.b.sql("select phone from res_company limit 1", "viajera") == [("809-1",)]
    assert [town.page(place, "viajera") for place in (0, 1)] == [404, 200]
    assert [name for name in town.a.names() if "viajera" in name] == [job.result["kept"]]
    assert [name for name in town.b.names() if "viajera" in name] == ["viajera"]
    assert 0 < job.result["closed_ms"] < 30_000
    assert town.files(1, "viajera") == town.files(0, str(job.result["kept"]))
    _, back = move(town, "viajera", "nodo-a")
    town.work(back)
    assert [town.page(place, "viajera") for place in (0, 1)] == [200, 404]


def test_a_suspended_one_stays_so(town: Town) -> None:  # noqa: F811
    order = town.made("quieta")
    with database.transaction() as session:
        tenants.suspend(session, town.tenant(session, order), "unpaid", requested_by="sistema")
    for job in town.waiting(order.tenant_id):
        town.work(job)
    _, job_id = move(town, "quieta")
    town.work(job_id)
    assert [town.page(place, "quieta") for place in (0, 1)] == [404, 503]
    with database.reading() as session:
        assert town.tenant(session, order).observed == "suspended"


@pytest.mark.parametrize("where", ["sql/scratch", "counts", "move_open"])
def test_what_fails_leaves_all_as_it_was_and_can_be_tried_again(town: Town, where: str) -> None:  # noqa: F811
    name = f"fallida-{where.replace('_', '-').replace('/', '-')}"
    town.made(name)
    tenant_id, job_id = move(town, name)
    town.b.sandbox.faults(exit_1=where)
    job = town.ends(job_id)
    town.b.sandbox.faults(reset=True)
    assert job.status == "failed", job.result
    there = [each for each in town.b.names() if name in each]
    with database.reading() as session:
        node = session.get_one(Tenant, tenant_id).node_id
    if where == "move_open":  # our row says already that it lives there: only forward
        assert (node, town.page(0, name)) == (town.ids[1], 503)
    else:
        assert (node, town.page(0, name), town.page(1, name), there) == (town.ids[0], 200, 404, [])
    retried = town.again(job_id)
    assert where == "move_open" or retried.result["closed_ms"] < 20_000
    assert [town.page(place, name) for place in (0, 1)] == [404, 200]
    assert [each for each in town.b.names() if name in each] == [name]


STEPS = [step.name for step in KINDS[moves.KIND].steps]


def test_killed_or_cut_at_each_step_it_goes_on_and_is_there_once(town: Town) -> None:  # noqa: F811
    for place in (town.a, town.b):
        place.sandbox.faults(slow_ms=120)
    for number, step in enumerate(STEPS):
        name = f"caida-{number}"
        town.made(name)
        tenant_id, job_id = move(town, name)
        town.broken_off(job_id, step, cut=number % 2 == 1)
        town.work(job_id)
        with database.reading() as session:
            assert session.get_one(Tenant, tenant_id).node_id == town.ids[1], step
        assert [town.page(place, name) for place in (0, 1)] == [404, 200], step
        assert [each for each in town.b.names() if name in each] == [name], step
        assert len([each for each in town.a.names() if name in each]) == 1, step
        rows = [line.text for line in journal.after(job_id, 0, 10_000)]
        assert rows.count(f"\x1b[32m{name} está ahora en este nodo\x1b[0m") == 1, (step, rows)


def test_a_node_is_emptied_one_after_the_other(town: Town) -> None:  # noqa: F811
    for name in ("una", "dos", "tres"):
        town.made(name)
    node_actions.perform(town.ids[0], "drain", by="ana")
    closed = []
    while moves.go_on():
        assert moves.go_on() == 0  # one at a time
        with database.reading() as session:
            progress = moves.progress(session, town.ids[0])
            job = session.exec(select(Job).where(Job.kind == moves.KIND, Job.status == "queued")).one()
        assert progress.now is not None
        closed.append(town.work(job.id).result["closed_ms"])
    with database.reading() as session:
        progress = moves.progress(session, town.ids[0])
        assert session.get_one(Node, town.ids[0]).state == "draining"
    assert (progress.left, progress.moved, progress.stopped, progress.closed_ms) == (0, 3, None, max(closed))
    assert [town.page(1, name) for name in ("una", "dos", "tres")] == [200, 200, 200]


def test_the_only_node_cannot_be_emptied_and_says_so(town: Town) -> None:  # noqa: F811
    order = town.made("sola")
    node_actions.perform(town.ids[1], "close", by="ana")
    with pytest.raises(Conflict, match="No hay otro nodo abierto"):
        node_actions.perform(town.ids[0], "drain", by="ana")
    with pytest.raises(Conflict, match="No hay otro nodo"):
        tenant_actions.perform(order.tenant_id, "move", by="ana")
