"""Jobs that two workers had, that the queue lost, or that the node knows from another time: none is stuck."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from domain import database, jobs, journal, tenants
from domain.errors import Conflict
from domain.models import Job, Node
from domain.states import JobStatus
from provisioning import commands, endings, placement
from provisioning.placement import Assignment
from provisioning.sweep import Hands, sweep
from tests.house import House, house, node, order, until  # noqa: F401 - fixtures

HASH = "$pbkdf2-sha512$600000$" + "a" * 22 + "$" + "b" * 86


def queued() -> list[int]:
    """The jobs that the queue will bring, by their places."""
    with database.reading() as session:
        query = "select (args ->> 'job_id')::int from procrastinate_jobs where status in ('todo', 'doing') order by id"
        return list(session.execute(text(query)).scalars())


@pytest.mark.parametrize("gone", ["delete from procrastinate_jobs", "update procrastinate_jobs set status = 'failed'"])
def test_a_job_that_the_queue_lost_is_queued_again_once(configured: str, gone: str) -> None:
    _, waits = order("espera")
    _, runs = order("corre")
    _, over = order("acabada")
    assert jobs.begin(runs)
    with database.transaction() as session:
        jobs.finish(session, over, JobStatus.FAILED, error="No hay espacio.")
        session.execute(text(gone))
    sweep(Hands(), 5)
    assert sorted(queued()) == [waits, runs]
    sweep(Hands(), 5)
    assert sorted(queued()) == [waits, runs]


def test_a_worker_that_lost_the_job_writes_nothing(configured: str) -> None:
    _, job_id = order("dos-manos")
    first, second = jobs.begin(job_id), jobs.begin(job_id)
    assert first
    assert second
    line = (datetime.now(UTC), "hola")
    with pytest.raises(Conflict):
        journal.append(job_id, journal.Batch([line], log_bytes=5, from_bytes=0, attempt=first.attempt))
    assert journal.append(job_id, journal.Batch([line], log_bytes=5, from_bytes=0, attempt=second.attempt)) == 1


def assigned(job_id: int) -> Assignment:
    """The job, taken by a worker (once more)."""
    begun = jobs.begin(job_id)
    assert begun
    with database.transaction() as session:
        return placement.assign(session, begun)


def test_a_password_chosen_between_two_attempts_reaches_odoo(configured: str) -> None:
    with database.transaction() as session:
        session.add(
            Node(name="n", host="h", key_file="k", known_host="k", container=105, http_url="http://h", state="open")
        )
    tenant_id, job_id = order("entre-dos")
    assigned(job_id)  # its script begins with no password, and goes on while the worker is gone
    with database.transaction() as session:
        tenants.locked(session, tenant_id).odoo_password_hash = HASH
    endings.succeed(assigned(job_id), {})
    with database.reading() as session:
        kinds = session.exec(select(Job.kind).order_by(col(Job.id))).all()
    assert list(kinds) == ["create_tenant", "set_password"]


def test_the_nodes_name_for_a_job_fits_and_tells_installations_apart() -> None:
    born = datetime(2026, 11, 24, 14, 3, 22, 371_000, tzinfo=UTC)
    largest = jobs.ticket(Job(id=99_999_999_999, kind="create_tenant", created_at=born))
    assert commands.probe_status(105, largest)[-2] == largest
    assert len({jobs.ticket(Job(id=1, kind="x", created_at=born + timedelta(seconds=n))) for n in range(3)}) == 3


def test_a_job_that_waits_for_room_can_be_stopped(house: House) -> None:  # noqa: F811
    _, job_id = order("sin-sitio-ni-ganas")
    house.worker(NODE_CAPACITY="0")
    until(lambda: house.job(job_id).waiting_reason, 20, house.said)
    jobs.cancel(job_id, requested_by="ana")
    assert house.wait(job_id).status == "cancelled"


def test_a_database_that_begins_anew_does_not_get_an_old_jobs_tenant(house: House) -> None:  # noqa: F811
    house.worker()
    _, old = order("de-antes", company="La de antes")
    assert house.wait(old).status == "succeeded"
    with database.transaction() as session:
        for table in ("letter", "log_line", "job_step", "job", "tenant_usage", "tenant", "membership", "customer"):
            session.execute(text(f"delete from {table}"))  # noqa: S608
        session.execute(text(f"alter table job alter column id restart with {old}"))
    _, new = order("de-antes", company="La de ahora")
    assert new == old
    job = house.wait(new)
    assert (job.status, (job.error or "")[:39]) == ("failed", "Ya hay una base de datos con ese nombre")
