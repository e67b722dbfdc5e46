"""The live log when things go wrong: a cut line, a restarted panel, a flood, a monstrous line."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import text

from domain import database
from tests.browser.conftest import browser, playwright  # noqa: F401 - fixtures
from tests.browser.log_watcher import LogApp, Watcher, eventually, write
from tests.integration.test_jobs import make_job

pytestmark = [pytest.mark.chaos, pytest.mark.browser]


@pytest.fixture
def log_app(configured: str, tmp_path: Path) -> Iterator[LogApp]:
    with LogApp(configured, tmp_path / "log.log") as app:
        yield app


class Writer:
    """Writes ten lines every 100 ms, as a busy job does, until told to stop."""

    def __init__(self, job: int) -> None:
        self.job, self.written = job, 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Writer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.1):
            self.written = write(self.job, *(f"paso {index}" for index in range(10)))


def test_a_viewer_cut_for_ten_seconds_goes_on_without_a_gap_or_a_double(log_app: LogApp, browser: Browser) -> None:  # noqa: F811
    job = make_job()
    with Writer(job) as writer:
        watcher = Watcher(browser, log_app.address(job))
        eventually(lambda: len(watcher.numbers()) > 5)
        first = watcher.all_numbers()[0]
        watcher.offline(True)
        here = watcher.all_numbers()[-1]
        threading.Event().wait(10)  # the outage itself
        there = writer.written
        assert there > here + 300, "lines went by meanwhile"
        assert watcher.all_numbers()[-1] < here + 50, "the line was cut indeed"
        watcher.offline(False)
        eventually(lambda: watcher.numbers()[-1] > there, 20)
    eventually(lambda: watcher.numbers()[-1] == writer.written)
    assert watcher.all_numbers() == list(range(first, writer.written + 1))
    assert watcher.faults == []


def test_a_panel_that_is_restarted_shows_the_log_whole_again(configured: str, browser: Browser, tmp_path: Path) -> None:  # noqa: F811
    job = make_job()
    app = LogApp(configured, tmp_path / "log.log")
    with Writer(job) as writer:
        with app:
            watcher = Watcher(browser, app.address(job))
            eventually(lambda: len(watcher.numbers()) > 5)
        written = writer.written
        with app:
            eventually(lambda: (watcher.numbers() or [0])[-1] > written + 20, 40)
            here = watcher.all_numbers()
            assert here == list(range(here[0], here[-1] + 1))


def test_half_a_million_lines_leave_the_panels_memory_flat(log_app: LogApp, browser: Browser) -> None:  # noqa: F811
    job = make_job()
    watcher = Watcher(browser, log_app.address(job))
    write(job, *(f"línea {index} {'x' * 60}" for index in range(2_000)))
    eventually(lambda: watcher.numbers()[-1:] == [2_000])
    before = log_app.memory()
    grow = text(
        "insert into log_line (job_id, n, at, text) select :job, n, now(), 'línea ' || n || repeat('x', 60) "
        "from generate_series(:first, :last) as n"
    )
    for first in range(2_001, 500_001, 6_000):
        last = min(first + 5_999, 500_000)
        with database.transaction() as session:
            session.execute(grow, {"job": job, "first": first, "last": last})
            session.execute(text("update job set last_line = :last where id = :job"), {"last": last, "job": job})
            database.notify(session, f"job:{job}:log")
    eventually(lambda: watcher.numbers()[-1:] == [500_000], 60)
    kept = watcher.all_numbers()
    assert kept == list(range(kept[0], 500_001)), "what the browser keeps has no gap"
    assert len(kept) <= 6_100
    assert log_app.memory() - before < 120, "megabytes"


def test_a_line_of_a_megabyte_stops_nobody(log_app: LogApp, browser: Browser) -> None:  # noqa: F811
    job = make_job()
    watcher = Watcher(browser, log_app.address(job))
    write(job, "antes")
    write(job, "m" * 1_000_000)
    write(job, "después")
    eventually(lambda: watcher.numbers()[-1:] == [3], 30)
    assert watcher.rows()[-1].endswith("después")
    assert watcher.faults == []
