"""Keys, webhooks, staff and a support visit in a browser."""

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlmodel import select

from domain import database
from domain.models import Customer
from tests.browser.pictures import picture
from tests.browser.shop import Shop
from tests.browser.test_plans_pages import logged_in
from tests.browser.test_portal_billing import Owner

pytestmark = pytest.mark.browser
Findings = Callable[[Page], list[str]]


def test_a_key_is_made_used_and_ended_and_an_address_is_kept(shop: Shop, page: Page, serious: Findings) -> None:
    owner = Owner(shop)
    owner.enter(page)
    page.get_by_role("link", name="Programas").click()
    expect(page.get_by_role("heading", name="Claves de API")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="Crear una clave").click()
    box = page.get_by_role("dialog")
    box.get_by_label("Para qué es").fill("Contabilidad")
    box.get_by_role("button", name="Crear").click()
    expect(box.get_by_text("Elige qué podrá hacer")).to_be_visible()
    box.get_by_text("Ver el estado, el dominio y las copias de pruebas").click()
    picture(page, "key-new")
    box.get_by_role("button", name="Crear").click()
    expect(page.get_by_role("heading", name="Tu clave nueva")).to_be_visible()
    key = page.locator("[data-secret]").inner_text().strip()
    page.get_by_role("button", name="Ya lo guardé").click()
    headers = {"Authorization": f"Bearer {key}"}
    assert httpx.get(f"{shop.web}/api/tenant/copies", headers=headers).status_code in (200, 404)
    assert httpx.get(f"{shop.web}/api/tenant/invoices", headers=headers).status_code == 403
    page.get_by_role("button", name="Añadir una dirección").click()
    box.get_by_label("Dirección").fill("http://10.0.0.1/avisos")
    box.get_by_role("button", name="Añadir").click()
    expect(box.get_by_text("que empiece por https://")).to_be_visible()
    box.get_by_label("Dirección").fill("https://programa.example/avisos")
    box.get_by_role("button", name="Añadir").click()
    expect(page.get_by_role("heading", name="El secreto con que se firma")).to_be_visible()
    page.get_by_role("button", name="Ya lo guardé").click()
    page.get_by_role("button", name="Probar").click()
    expect(page.get_by_text(re.compile("^Prueba"))).to_be_visible()
    picture(page, "programs")
    page.get_by_role("button", name="Terminar Contabilidad").click()
    expect(page.get_by_role("button", name="Terminar Contabilidad")).to_have_count(0)
    assert httpx.get(f"{shop.web}/api/auth/me", headers=headers).status_code == 401


def test_support_asks_sees_the_portal_and_is_out_when_the_leave_goes(
    shop: Shop, page: Page, new_context: Callable[..., BrowserContext], serious: Findings
) -> None:
    owner = Owner(shop)
    staff = new_context().new_page()
    logged_in(shop, staff, "support")
    staff.goto(f"{shop.web}/admin/customers/{owner.customer_id}")
    staff.get_by_role("button", name="Pedir permiso para ayudar").click()
    staff.get_by_role("dialog").get_by_label("Motivo").fill("La factura de noviembre")
    staff.get_by_role("dialog").get_by_role("button", name="Pedir").click()
    expect(staff.get_by_text("Le hemos escrito.")).to_be_visible()

    owner.enter(page)
    page.get_by_role("button", name="Permitir 1 día").click()
    expect(page.get_by_text("Nuestro equipo puede entrar")).to_be_visible()

    staff.reload()
    staff.get_by_role("button", name="Ver como este cliente").click()
    staff.get_by_role("dialog").get_by_label("Motivo, que lee el cliente").fill("La factura de noviembre")
    staff.get_by_role("dialog").get_by_role("button", name="Ver su portal").click()
    expect(staff).to_have_url(re.compile("/tenant/portal"))
    expect(staff.get_by_text("como soporte, hasta el")).to_be_visible()
    expect(staff.get_by_role("button", name="Retirar el permiso")).to_have_count(0)
    expect(staff.get_by_role("button", name="Descargar mis datos")).to_have_count(0)
    assert serious(staff) == []
    picture(staff, "visit")

    page.reload()
    record = page.get_by_role("region", name="Registro")
    record.get_by_text("Ver los últimos").click()
    expect(record.get_by_text("Nuestro equipo vio tu portal")).to_be_visible()
    page.get_by_role("button", name="Retirar el permiso").click()
    expect(staff).to_have_url(re.compile("/admin"), timeout=8_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="Descargar mis datos").click()
    assert download.value.suggested_filename == "mis-datos.json"


def test_staff_are_invited_and_customers_made_to_use_a_second_factor(
    shop: Shop, page: Page, phone: Page, serious: Findings
) -> None:
    owner = Owner(shop)
    logged_in(shop, page, "admin")
    page.goto(f"{shop.web}/admin/staff")
    page.get_by_role("button", name="Invitar a alguien").click()
    box = page.get_by_role("dialog")
    box.get_by_label("Correo").fill("sin-arroba")
    box.get_by_role("button", name="Invitar").click()
    expect(box.locator(".hint.bad")).to_be_visible()
    box.get_by_label("Correo").fill("luis.guardia@alta.example")
    box.get_by_label("Nombre").fill("Luis")
    box.get_by_role("button", name="Invitar").click()
    expect(page.get_by_text("luis.guardia@alta.example, solo mirar")).to_be_visible()
    page.get_by_role("button", name="Dejar fuera: luis.guardia@alta.example").click()
    expect(page.get_by_role("button", name="Dejar entrar: luis.guardia@alta.example")).to_be_visible()
    assert serious(page) == []
    picture(page, "staff")
    page.goto(f"{shop.web}/admin/programs")
    expect(page.get_by_role("heading", name="Avisos a programas")).to_be_visible()
    assert serious(page) == []

    owner.enter(phone)
    expect(phone).to_have_url(re.compile("/tenant/portal"))
    page.goto(f"{shop.web}/admin/customers/{owner.customer_id}")
    page.get_by_role("button", name="Exigir segundo paso").click()
    expect(page.get_by_text("Todas necesitan un segundo paso.")).to_be_visible()
    assert serious(page) == []
    picture(page, "customer-people")
    with database.reading() as session:
        assert session.exec(select(Customer.second_factor).where(Customer.id == owner.customer_id)).one()
    phone.goto(f"{shop.web}/tenant/portal")
    expect(phone).to_have_url(re.compile("/account"))
    expect(phone.get_by_text("Tu cuenta necesita un segundo paso")).to_be_visible()
    picture(phone, "lacking")
