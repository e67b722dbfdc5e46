"""The journey on a real Odoo 19: bought on a phone, watched in the admin, entered by password and by one click."""

import re
import uuid

import pytest
from playwright.sync_api import Browser, Page, expect

from provisioning.lab import LabNode
from tests.browser.house import House, link_in, running
from tests.browser.test_journey import DESK, PASSWORD, PHONE, fill_form, log_in, pay

pytestmark = [pytest.mark.browser, pytest.mark.lab, pytest.mark.timeout(300)]


def buy(page: Page, house: House, company: str, email: str) -> None:
    page.goto(f"{house.web}/signup")
    fill_form(page, company, email)
    expect(page.get_by_text("Disponible")).to_be_visible()
    page.get_by_role("button", name="Continuar al pago").click()
    page.wait_for_url(f"{house.stripe}/c/pay/**")
    pay(page, "4242 4242 4242 4242")
    page.wait_for_url("**/success?session_id=**")


def choose_password(page: Page, house: House, email: str, name: str) -> str:
    letter = house.letter_to(email, "Odoo")
    page.goto(link_in(letter["text"], "/password?token="))
    page.get_by_label("Contraseña nueva").fill(PASSWORD)
    page.get_by_label("Repítela").fill(PASSWORD)
    page.get_by_role("button", name="Guardar contraseña").click()
    expect(page).not_to_have_url(re.compile("/password"))
    return link_in(letter["text"], f"{name}.localhost")


def log_into_odoo(page: Page, address: str, email: str) -> None:
    """By Odoo's own form; the worker may still be handing the password over."""
    for _ in range(20):
        page.goto(f"{address}/web/login")
        page.locator("input[name=login]").fill(email)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("button[type=submit]").first.click()
        page.wait_for_load_state()
        if "/web/login" not in page.url:
            return
    raise AssertionError(f"Odoo let nobody in: {page.locator('.alert').all_inner_texts()}")


def test_bought_watched_and_entered(
    browser: Browser, lab_node: LabNode, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mark = uuid.uuid4().hex[:6]
    company, email = f"Prueba {mark}", f"marta@prueba-{mark}.do"
    with running(tmp_path_factory.mktemp("lab-house") / "data", node="lab") as house:
        buyer = browser.new_context(viewport=PHONE, locale="es-DO").new_page()
        admin = browser.new_context(viewport=DESK, locale="es-ES").new_page()
        log_in(admin, house, "admin", house.admin_password, "/admin")
        buy(buyer, house, company, email)

        admin.goto(f"{house.web}/admin/jobs")
        admin.get_by_role("link", name=re.compile(f"prueba-{mark}")).first.click()
        expect(admin.get_by_text("Terminado").first).to_be_visible(timeout=30_000)
        expect(admin.locator(".xterm-rows")).to_contain_text("GET /web/login · 200")

        expect(buyer.get_by_role("link", name="Entrar a tu Odoo")).to_be_visible(timeout=30_000)
        odoo = choose_password(buyer, house, email, f"prueba-{mark}")
        log_into_odoo(buyer, odoo, email)
        expect(buyer.locator(".o_web_client")).to_be_visible(timeout=30_000)

        buyer.goto(f"{house.web}/tenant/portal")
        if "/login" in buyer.url:
            log_in(buyer, house, email, PASSWORD, "/tenant/portal")
        expect(buyer.get_by_text("En marcha")).to_be_visible()
        buyer.context.clear_cookies(domain=re.compile(r"prueba-.*localhost"))
        with buyer.expect_popup() as opened:
            buyer.get_by_role("button", name="Entrar a Odoo").click()
        expect(opened.value.locator(".o_web_client")).to_be_visible(timeout=30_000)
        assert "/web/login" not in opened.value.url
