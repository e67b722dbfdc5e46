"""The live log in Chromium: text in the DOM, older lines, pause, search, copies; colours and nothing else."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser.log_watcher import LogApp, Watcher, eventually, write
from tests.integration.test_jobs import make_job

pytestmark = pytest.mark.browser


@pytest.fixture
def log_app(configured: str, tmp_path: Path) -> Iterator[LogApp]:
    with LogApp(configured, tmp_path / "log.log") as app:
        yield app


def test_lines_stand_in_the_dom_as_they_are_written(log_app: LogApp, browser: Browser) -> None:
    job = make_job()
    write(job, "primera", "segunda")
    watcher = Watcher(browser, log_app.address(job))
    eventually(lambda: watcher.numbers() == [1, 2])
    for number in range(3, 9):
        write(job, f"línea {number}")
    eventually(lambda: watcher.numbers() == list(range(1, 9)))
    assert watcher.rows()[-1].endswith("línea 8")
    eventually(lambda: "línea 8" in watcher.page.inner_text(".log-tools"))
    assert watcher.faults == []


def test_a_line_may_colour_itself_and_do_nothing_else(log_app: LogApp, browser: Browser) -> None:
    job = make_job()
    write(
        job, "antes", "\x1b[31mrojo\x1b[0m\x1b[2J\x1b[1;1H\x1b]0;título\x07\x1b[8mfin", "<img src=x onerror=alert(1)>"
    )
    watcher = Watcher(browser, log_app.address(job))
    eventually(lambda: watcher.numbers() == [1, 2, 3])
    assert watcher.rows()[0].endswith("antes")
    assert "<img src=x onerror=alert(1)>" in watcher.rows()[2]
    assert watcher.page.title() == "Registro"
    assert watcher.page.locator(".xterm-rows span", has_text="rojo").first.is_visible()


def test_the_tail_is_shown_first_and_older_lines_on_demand(log_app: LogApp, browser: Browser) -> None:
    job = make_job()
    write(job, *(f"línea {number}" for number in range(1, 2_001)))
    watcher = Watcher(browser, log_app.address(job))
    eventually(lambda: watcher.numbers()[-1:] == [2_000])
    assert watcher.all_numbers() == list(range(1_501, 2_001))
    watcher.page.get_by_role("button", name="Ver anteriores").click()
    eventually(lambda: watcher.numbers()[:1] == [501])
    watcher.page.get_by_role("button", name="Ver anteriores").click()
    eventually(lambda: watcher.numbers()[:1] == [1])
    assert watcher.all_numbers() == list(range(1, 2_001))
    write(job, "la nueva")
    eventually(lambda: watcher.all_numbers()[-1] == 2_001)
    assert watcher.numbers()[0] == 1, "a reader who scrolled up is left in peace"


def test_a_pause_holds_lines_back_and_going_on_brings_each_once(log_app: LogApp, browser: Browser) -> None:
    job = make_job()
    write(job, "una")
    watcher = Watcher(browser, log_app.address(job))
    eventually(lambda: watcher.numbers() == [1])
    watcher.page.get_by_role("button", name="Pausar").click()
    watcher.page.get_by_text("En pausa").wait_for()
    write(job, "dos", "tres")
    eventually(lambda: "2 nuevas" in watcher.page.inner_text(".log-tools"))
    assert watcher.numbers() == [1]
    watcher.page.get_by_role("button", name="Seguir").click()
    eventually(lambda: watcher.numbers() == [1, 2, 3])


def test_words_are_found_on_the_server_and_lead_to_their_line(log_app: LogApp, browser: Browser) -> None:
    job = make_job()
    write(job, *(f"línea {number}" for number in range(1, 3_001)), "fin")
    watcher = Watcher(browser, log_app.address(job))
    eventually(lambda: watcher.numbers()[-1:] == [3_001])
    watcher.page.get_by_role("button", name="Buscar").click()
    watcher.page.get_by_label("Buscar en el registro").fill("LÍNEA 777")
    found = watcher.page.get_by_role("button", name="777  línea 777")

    def there() -> bool:
        found.click()  # the list may just be drawn anew: then, as a reader would, again
        with contextlib.suppress(AssertionError):
            return bool(eventually(lambda: 777 in watcher.numbers(), 4))
        return False

    eventually(there)
    watcher.page.get_by_role("button", name="Seguir").click()
    eventually(lambda: watcher.numbers()[-1:] == [3_001])
    watcher.page.get_by_label("Buscar en el registro").fill("no está")
    watcher.page.get_by_text("Ninguna línea lo contiene.").wait_for()


def test_what_is_shown_may_be_copied(log_app: LogApp, browser: Browser) -> None:
    job = make_job()
    write(job, "\x1b[32muna\x1b[0m", "dos")
    watcher = Watcher(browser, log_app.address(job))
    watcher.context.grant_permissions(["clipboard-read", "clipboard-write"])
    eventually(lambda: watcher.numbers() == [1, 2])
    watcher.page.get_by_role("button", name="Copiar").click()
    eventually(lambda: watcher.page.evaluate("navigator.clipboard.readText()") == "una\ndos")


def test_several_people_are_counted_and_axe_finds_nothing_serious(log_app: LogApp, browser: Browser) -> None:
    job = make_job()
    write(job, "una")
    first, second = Watcher(browser, log_app.address(job)), Watcher(browser, log_app.address(job))
    eventually(lambda: "2 personas mirando" in first.page.inner_text(".log-tools"))
    found = Axe().run(first.page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    second.context.close()
    eventually(lambda: "personas" not in first.page.inner_text(".log-tools"))
