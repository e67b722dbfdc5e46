"""Logging out in one place ends the open pages everywhere, in every process; the plain pages are for everyone."""

import dataclasses
import re
import socket
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from domain import accounts, database, links, new_passwords
from tests.browser.shop import Shop
from tests.integration.web_stand import WORDS, owner, person

pytestmark = pytest.mark.browser
LOGIN = re.compile(r"/login\?next=")
Contexts = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def second(shop: Shop) -> Iterator[Shop]:
    """Another web process on the same database."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    other = dataclasses.replace(shop, web=f"http://127.0.0.1:{port}", port=port, process=None)
    other.start()
    yield other
    other.stop()


def _enter(page: Page, shop: Shop, login: str) -> None:
    page.goto(f"{shop.web}/login")
    page.get_by_label("Correo o usuario").fill(login)
    page.get_by_label("Contraseña").fill(WORDS)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/admin"))


def _live(page: Page, address: str) -> Page:
    """The page, once the server has taken its handshake: only then can anyone tell it something."""
    page.goto(address)
    page.wait_for_function("window.did_handshake === true")
    return page


def test_pages_in_two_processes_leave_within_two_seconds_of_the_logout(
    shop: Shop, second: Shop, new_context: Contexts
) -> None:
    person("ana@alta.example", staff="admin")
    context, elsewhere = new_context(), new_context()
    first = context.new_page()
    _enter(first, shop, "ana@alta.example")
    pages = [_live(context.new_page(), f"{one.web}/admin") for one in (shop, second)]
    other = elsewhere.new_page()
    _enter(other, shop, "ana@alta.example")
    _live(other, f"{shop.web}/admin")

    began = time.monotonic()
    first.get_by_role("button", name="Salir").first.click()
    for page in pages:
        expect(page).to_have_url(LOGIN, timeout=2_000)
    assert time.monotonic() - began < 2.5
    expect(first).to_have_url(re.compile("/login"))  # by the form's answer, or told sooner by its own socket
    other.wait_for_timeout(500)
    expect(other).to_have_url(re.compile("/admin"))  # the same person's other browser is another session


def test_a_new_password_ends_the_pages_of_the_old_one(shop: Shop, new_context: Contexts) -> None:
    account = person("eva@alta.example", staff="viewer")
    context = new_context()
    page = context.new_page()
    _enter(page, shop, "eva@alta.example")
    _live(page, f"{shop.web}/admin")
    new_passwords.set_password(account.id or 0, "una clave muy propia")
    expect(page).to_have_url(LOGIN, timeout=2_000)


def test_the_login_leads_back_to_where_one_was_going_by_keyboard_alone(shop: Shop, page: Page) -> None:
    person("leo@alta.example", staff="viewer")
    page.goto(f"{shop.web}/admin/jobs")
    expect(page).to_have_url(LOGIN)
    expect(page.get_by_label("Correo o usuario")).to_be_focused()
    page.keyboard.type("leo@alta.example")
    page.keyboard.press("Tab")
    page.keyboard.type("no es esta")
    page.keyboard.press("Enter")
    field = page.get_by_label("Contraseña")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("alert")).to_have_text(accounts.REFUSED)
    page.keyboard.type(WORDS)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/admin/jobs$"))


def test_a_link_from_a_letter_opens_the_portal(shop: Shop, phone: Page) -> None:
    account = owner("sol@alta.example", password=False)
    with database.transaction() as session:
        token = accounts.make_link(session, account, links.PASSWORD)
    phone.goto(f"{shop.web}/password?token={token}")
    phone.get_by_label("Contraseña nueva").fill("una clave muy propia")
    phone.get_by_label("Repítela").fill("una clave muy propia")
    phone.get_by_role("button", name="Guardar contraseña").click()
    expect(phone).to_have_url(re.compile("/tenant/portal"))


@pytest.mark.parametrize("path", ["/login", "/password/request", "/password?token=x", "/nada", "/docs"])
def test_plain_pages_are_sound_and_obey_their_own_policy(
    shop: Shop, page: Page, serious: Callable[[Page], list[str]], path: str
) -> None:
    broken: list[str] = []
    page.on("console", lambda message: broken.append(message.text) if "Content Security" in message.text else None)
    page.goto(shop.web + path)
    page.wait_for_load_state("networkidle")
    assert broken == []
    if path != "/docs":  # the viewer is not ours to mend
        assert serious(page) == []


def test_the_viewers_of_the_api_draw_offline(shop: Shop, page: Page) -> None:
    foreign: list[str] = []
    page.on("requestfinished", lambda one: foreign.append(one.url) if not one.url.startswith(shop.web) else None)
    page.goto(f"{shop.web}/docs")
    expect(page.get_by_text("/api/auth/token").first).to_be_visible()
    page.goto(f"{shop.web}/redoc")
    expect(page.get_by_role("heading", name="auth").first).to_be_visible()
    assert [url for url in foreign if not url.startswith(("data:", "blob:"))] == []
