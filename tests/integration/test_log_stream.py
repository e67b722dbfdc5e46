"""Following a log by API: what is there, then what comes, and the end when the job ends."""

import json
import threading
from pathlib import Path

from domain import accounts, database, journal, sessions
from domain import jobs as domain_jobs
from domain.models.base import now
from domain.states import JobStatus
from tests.integration.test_jobs import make_job
from tests.web_server import serving


def write(job: int, *words: str) -> None:
    journal.append(job, journal.Batch(lines=[(now(), word) for word in words]))


def test_a_follower_gets_every_line_once_in_order_and_is_let_go_when_the_job_ends(
    configured: str, tmp_path: Path
) -> None:
    job = make_job()
    write(job, "uno", "dos")
    with serving(tmp_path / "web.log") as server:
        client = server.logged_in("viewer")
        got: list[tuple[int, str]] = []
        two, hundred = threading.Event(), threading.Event()

        def follow() -> None:
            with client.stream("GET", f"/api/jobs/{job}/log", params={"follow": 1}, timeout=30) as answer:
                assert answer.headers["content-type"].startswith("application/x-ndjson")
                for line in answer.iter_lines():
                    if line:
                        row = json.loads(line)
                        got.append((row["n"], row["text"]))
                    if len(got) >= 2:
                        two.set()
                    if len(got) >= 102:
                        hundred.set()

        reader = threading.Thread(target=follow)
        reader.start()
        assert two.wait(10), "what was there before came at once"
        for index in range(50):
            write(job, f"a{index}", f"b{index}")
        assert hundred.wait(10), "lines come while the job runs, not at its end"
        assert reader.is_alive()
        with database.transaction() as session:
            domain_jobs.finish(session, job, JobStatus.FAILED, error="No")
        reader.join(10)
        assert not reader.is_alive()
    assert [n for n, _ in got] == list(range(1, 103))
    assert got[-1] == (102, "b49")


def test_a_follower_whose_login_ended_gets_no_more(configured: str, tmp_path: Path) -> None:
    job = make_job()
    write(job, "uno")
    with serving(tmp_path / "web.log") as server:
        client = server.logged_in("viewer")
        with client.stream("GET", f"/api/jobs/{job}/log", params={"follow": 1}, timeout=30) as answer:
            lines = answer.iter_lines()
            assert json.loads(next(lines))["text"] == "uno"
            with database.transaction() as session:
                account = accounts.find(session, "viewer-de-prueba")
                assert account is not None
                sessions.end_all(session, account.id or 0)
            assert [line for line in lines if line] == []  # it ends, though the job goes on
