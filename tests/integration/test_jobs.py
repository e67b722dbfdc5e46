"""Jobs and their log: kept in one commit, numbered without gaps, terminal states left only by retry."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from domain import database, jobs, journal
from domain.errors import Conflict
from domain.models import Customer, Job, Tenant
from domain.states import JobStatus


def make_job() -> int:
    with database.transaction() as session:
        customer = Customer(company="Sol", full_name="Marta", email="m@sol.do", country="DO")
        session.add(customer)
        session.flush()
        tenant = Tenant(customer_id=customer.id or 0, subdomain="sol")
        session.add(tenant)
        session.flush()
        return jobs.defer(session, "create_tenant", tenant=tenant).id or 0


def line(words: str) -> tuple[datetime, str]:
    return (datetime.now(UTC), words)


def test_a_rolled_back_transaction_leaves_no_job_on_the_queue(configured: str) -> None:
    with pytest.raises(RuntimeError), database.transaction() as session:
        jobs.defer(session, "create_tenant", node_id=None)
        raise RuntimeError
    with database.reading() as session:
        assert session.execute(text("select count(*) from procrastinate_jobs")).scalar_one() == 0
        assert session.execute(text("select count(*) from job")).scalar_one() == 0


def test_concurrent_writers_number_lines_without_gaps(configured: str) -> None:
    job_id = make_job()
    threads = [
        threading.Thread(
            target=lambda: [journal.append(job_id, journal.Batch(lines=[line("a"), line("b")])) for _ in range(10)]
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row.n for row in journal.after(job_id, 0)] == list(range(1, 81))
    assert [row.n for row in journal.tail(job_id, 3)] == [78, 79, 80]
    assert [row.n for row in journal.before(job_id, 78, 2)] == [76, 77]


def test_a_step_begun_ends_the_one_before_and_is_not_begun_twice(configured: str) -> None:
    job_id = make_job()
    journal.append(job_id, journal.Batch(steps=[line("check_name"), line("clone")], log_bytes=10))
    journal.append(job_id, journal.Batch(steps=[line("check_name")]))
    order = jobs.begin(job_id)
    assert order is not None
    assert order.log_bytes == 10
    assert order.steps_done == {"check_name"}


def test_an_ended_job_is_not_begun_and_only_retry_revives_it(configured: str) -> None:
    job_id = make_job()
    assert jobs.begin(job_id) is not None
    with database.transaction() as session:
        jobs.finish(session, job_id, JobStatus.FAILED, error="No hay espacio.")
    assert jobs.begin(job_id) is None
    with pytest.raises(Conflict):
        jobs.cancel(job_id, requested_by="ana")
    jobs.retry(job_id, requested_by="ana")
    with database.reading() as session:
        job = session.get(Job, job_id)
        assert job is not None
        assert job.status == "queued"
        assert session.execute(text("select count(*) from procrastinate_jobs")).scalar_one() == 2
