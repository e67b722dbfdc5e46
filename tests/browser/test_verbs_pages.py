"""What may be done with a tenant, clicked: by staff on its page, by its owner in the portal."""

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from domain import accounts, by_hand, database, passwords
from domain.models import Account, Tenant
from tests.browser.test_admin_pages import FORM, PASSWORD
from tests.web_server import WebServer

pytestmark = pytest.mark.browser


def running() -> int:
    tenant_id = by_hand.create(FORM, by="ana").tenant_id
    with database.transaction() as session:
        session.get_one(Tenant, tenant_id).observed = "running"
        account = session.exec(select(Account).where(Account.login == FORM.email)).one()
        account.password_hash = passwords.digest(PASSWORD)
        session.add(account)
    return tenant_id


def logged_in(page: Page, server: WebServer, login: str, where: str) -> None:
    page.goto(f"{server.url}/login")
    page.fill("[name=username]", login)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{where}")


def test_staff_copy_archive_and_delete_in_two_steps(
    server: WebServer, page: Page, serious: Callable[[Page], list[str]]
) -> None:
    tenant_id = running()
    accounts.create_staff("ana", PASSWORD, "operator")
    logged_in(page, server, "ana", "/admin")
    page.goto(f"{server.url}/admin/tenants/{tenant_id}")
    page.get_by_role("button", name="Copia de pruebas").click()
    box = page.get_by_role("dialog")
    expect(box.get_by_label("Nombre de la copia")).to_have_value("panaderia-sol-pruebas")
    box.get_by_role("button", name="Copia de pruebas").click()
    expect(page.get_by_role("link", name="panaderia-sol-pruebas")).to_be_visible()
    picture(page, "admin")
    expect(page.get_by_role("dialog")).to_have_count(0)  # not while it fades away
    assert serious(page) == []
    with database.transaction() as session:
        tenant = session.get_one(Tenant, tenant_id)
        tenant.observed = tenant.desired = "archived"
        database.notify(session, f"tenant:{tenant_id}")
    page.get_by_role("button", name="Preparar borrado").click()
    page.get_by_role("dialog").get_by_role("button", name="Preparar borrado").click()
    page.get_by_role("button", name="Borrar para siempre").click()
    box = page.get_by_role("dialog")
    box.get_by_role("textbox").fill("panaderia")
    box.get_by_role("button", name="Borrar para siempre").click()
    expect(box.get_by_text("No coincide.")).to_be_visible()
    box.get_by_role("textbox").fill("panaderia-sol")
    box.get_by_role("button", name="Borrar para siempre").click()
    expect(page.get_by_text("Eliminada").first).to_be_visible()


def test_the_owner_has_domain_copy_and_wish_in_the_portal(
    server: WebServer, page: Page, serious: Callable[[Page], list[str]]
) -> None:
    running()
    logged_in(page, server, FORM.email, "/tenant/portal")
    page.get_by_label("Dominio", exact=True).fill("erp")
    page.get_by_role("button", name="Usar este dominio").click()
    expect(page.get_by_text("Escribe un dominio completo")).to_be_visible()
    page.get_by_label("Dominio", exact=True).fill("erp.sol.do")
    page.keyboard.press("Enter")
    expect(page.get_by_text("_alta.erp.sol.do")).to_be_visible()
    page.get_by_role("button", name="Crear copia").click()
    page.get_by_role("dialog").get_by_role("button", name="Crear copia").click()
    expect(page.get_by_text("panaderia-sol-pruebas")).to_be_visible()
    page.get_by_role("button", name="Pedir que se elimine").click()
    box = page.get_by_role("dialog")
    box.get_by_role("textbox").fill("panaderia-sol")
    box.get_by_role("button", name="Pedir que se elimine").click()
    expect(page.get_by_text("Lo pediste el")).to_be_visible()
    picture(page, "portal")
    expect(page.get_by_role("dialog")).to_have_count(0)  # not while it fades away
    assert serious(page) == []
    page.get_by_role("button", name="Ya no quiero eliminarlo").click()
    expect(page.get_by_role("button", name="Pedir que se elimine")).to_be_visible()


def picture(page: Page, name: str) -> None:
    folder = os.environ.get("ALTA_PICTURES")
    if folder:
        for width in (1440, 390):
            for scheme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme=scheme)
                page.wait_for_timeout(300)
                page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png", full_page=True)
