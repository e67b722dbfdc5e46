"""A real browser for tests: `page` and `browser` as pytest-playwright names them, on whatever Chromium there is."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser import chromium
from tests.browser.shop import Shop, running
from tests.web_server import WebServer, serving

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
Findings = Callable[[Page], list[str]]
expect.set_options(timeout=20_000)  # a busy machine is no fault; what comes at once is seen at once


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver. Not for the session: its loop would be in the way of the next file's asynchronous tests."""
    chromium.required()  # before the driver: both cannot run in one thread
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium a file; skipped with a loud line where none can be had."""
    started = playwright.chromium.launch(executable_path=chromium.required(), args=chromium.ARGUMENTS)
    yield started
    started.close()


@pytest.fixture
def server(configured: str, tmp_path: Path) -> Iterator[WebServer]:
    """The web application as a process of its own, on this test's database."""
    with serving(tmp_path / "web.log") as server:
        yield server


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes contexts (visitors of their own); arguments as for `browser.new_context`. Closed after the test."""
    made: list[BrowserContext] = []

    def make(**options: object) -> BrowserContext:
        context = browser.new_context(**{"viewport": DESK, "locale": "es-DO", **options})  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page at 1440 px of a visitor who was never here."""
    return new_context().new_page()


@pytest.fixture
def phone(new_context: Callable[..., BrowserContext]) -> Page:
    """A page at 390 px of a visitor who was never here."""
    return new_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()


@pytest.fixture(scope="module")
def shop(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The web application with the default catalogue and a stand-in for Stripe; see `tests/browser/shop.py`."""
    with running(postgres_url, tmp_path_factory.mktemp("shop")) as started:
        yield started


@pytest.fixture
def serious() -> Findings:
    """Serious and critical findings of axe on a page, as text."""

    def look(page: Page) -> list[str]:
        found = Axe().run(page).response["violations"]
        return [
            f"{page.url}: {one['id']}: {json.dumps([node['html'][:160] for node in one['nodes'][:3]])}"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]

    return look
