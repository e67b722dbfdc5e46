"""What nobody works on any more goes back on the queue; what somebody works on stays with them."""

import time

from sqlalchemy import text

from domain import database, health, queue
from provisioning.sweep import Hands, sweep

SECONDS = 5.0


def taken(heartbeat: str) -> tuple[int, int]:
    """A job in the hands of a worker whose last sign of life is `heartbeat` ago; returns (queue id, worker id)."""
    with database.transaction() as session:
        worker = session.execute(
            text(
                "insert into procrastinate_workers (last_heartbeat) "
                "values (now() - cast(:ago as interval)) returning id"
            ),
            {"ago": heartbeat},
        ).scalar_one()
        job = queue.defer(session, queue.RUN_JOB, {"job_id": 1}, queue="jobs")
        session.execute(
            text("update procrastinate_jobs set status = 'doing', worker_id = :worker where id = :job"),
            {"worker": worker, "job": job},
        )
        return job, worker


def status(job: int) -> str:
    with database.reading() as session:
        return str(
            session.execute(
                text("select status::text from procrastinate_jobs where id = :job"), {"job": job}
            ).scalar_one()
        )


def test_the_work_of_a_dead_worker_comes_back_and_that_of_a_living_one_does_not(configured: str) -> None:
    dead, _ = taken("1 minute")
    living, _ = taken("1 second")
    assert sweep(Hands(), SECONDS) == [dead]
    assert (status(dead), status(living)) == ("todo", "doing")
    assert sweep(Hands(), SECONDS) == []


def test_what_is_in_our_own_hands_stays_although_our_heartbeat_was_late(configured: str) -> None:
    job, worker = taken("1 minute")
    assert sweep(Hands(running={job}, workers={worker}), SECONDS) == []
    assert status(job) == "doing"


def test_an_end_that_could_not_be_recorded_is_noticed_after_a_while(configured: str) -> None:
    job, worker = taken("0 seconds")
    hands = Hands(workers={worker})
    assert sweep(hands, 0.2) == []  # seen for the first time: it may just be ending
    deadline = time.monotonic() + 5
    while status(job) == "doing" and time.monotonic() < deadline:
        sweep(hands, 0.2)
    assert status(job) == "todo"


def test_one_sweeper_at_a_time(configured: str) -> None:
    job, _ = taken("1 minute")
    with database.transaction() as session:
        session.execute(text("select pg_advisory_xact_lock(hashtext('alta.sweep'))"))
        assert sweep(Hands(), SECONDS) == []
    assert sweep(Hands(), SECONDS) == [job]


def test_health_believes_in_a_worker_only_by_its_heartbeat(configured: str) -> None:
    assert not health.worker_alive()
    taken("1 minute")
    assert not health.worker_alive()
    taken("1 second")
    assert health.worker_alive()
    assert health.schema_current()
    assert health.database_alive()
