"""The whole of it, as people do it: buy on a phone, watch in the admin, choose a password, see the paid invoice."""

import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.browser.house import House, link_in, running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1440, "height": 900}
PASSWORD = "girasoles-en-la-panaderia"
COMPANY, NAME, EMAIL = "Panadería Sol, S.R.L.", "panaderia-sol", "marta@panaderiasol.do"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> "House":  # type: ignore[misc]
    with running(tmp_path_factory.mktemp("house") / "data") as started:
        yield started


def serious(page: Page) -> list[str]:
    """Serious and critical findings of axe, as text."""
    expect(page.locator(".q-table__linear-progress")).to_have_count(0)  # Quasar's own, nameless, while a table loads
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url}: {one['id']}: {json.dumps([node['html'][:120] for node in one['nodes'][:3]])}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def log_in(page: Page, house: House, name: str, password: str, path: str) -> None:
    page.goto(f"{house.web}{path}")
    page.get_by_label("Correo o usuario").fill(name)
    page.get_by_label("Contraseña", exact=True).fill(password)
    page.get_by_role("button", name="Entrar", exact=True).click()
    page.wait_for_url(f"**{path}")


def fill_form(page: Page, company: str, email: str) -> None:
    page.get_by_label("Empresa", exact=True).fill(company)
    page.get_by_label("Tu nombre").fill("Marta Jiménez")
    page.get_by_label("Correo").fill(email)
    page.get_by_label("País").click()
    page.get_by_label("País").fill("dominicana")
    page.get_by_role("option", name="República Dominicana").click()
    page.get_by_label("RNC").fill("131246796")
    page.get_by_role("checkbox").click()
    expect(page.get_by_role("checkbox")).to_be_checked()


def pay(page: Page, number: str) -> None:
    page.get_by_label("Número de tarjeta").fill(number)
    page.get_by_label("Caducidad").fill("12/34")
    page.get_by_label("CVC").fill("123")
    page.get_by_label("Nombre del titular").fill("Marta Jiménez")
    page.get_by_role("button", name=re.compile("Suscribirse|Pagar")).click()


def shown_lines(page: Page) -> str:
    return "\n".join(page.locator(".xterm-rows > div").all_inner_texts())


def buy(page: Page, house: House, findings: list[str]) -> None:
    """From the landing to Stripe's page and back: a declined card first, then one that pays."""
    page.goto(house.web)
    findings += serious(page)
    page.get_by_role("link", name="Crear mi Odoo").first.click()
    page.wait_for_url("**/signup**")
    fill_form(page, COMPANY, EMAIL)
    expect(page.get_by_label("Dirección de tu Odoo")).to_have_value(NAME)
    expect(page.get_by_text("Disponible")).to_be_visible()
    expect(page.get_by_role("listbox")).to_have_count(0)
    findings += serious(page)
    page.get_by_role("button", name="Continuar al pago").click()
    page.wait_for_url(f"{house.stripe}/c/pay/**")
    pay(page, "4000 0000 0000 0002")
    expect(page.get_by_role("alert")).to_contain_text("rechazada")
    pay(page, "4242 4242 4242 4242")
    page.wait_for_url("**/success?session_id=**")


def choose_password(page: Page, house: House) -> str:
    """By the letter's link; returns the address of the Odoo that the letter names."""
    letter = house.letter_to(EMAIL, "Odoo")
    page.goto(link_in(letter["text"], "/password?token="))
    page.get_by_label("Contraseña nueva").fill(PASSWORD)
    page.get_by_label("Repítela").fill(PASSWORD)
    page.get_by_role("button", name="Guardar contraseña").click()
    return link_in(letter["text"], f"{NAME}.localhost")


def see_portal(page: Page, house: House, findings: list[str]) -> None:
    if "/login" in page.url:
        log_in(page, house, EMAIL, PASSWORD, "/tenant/portal")
    page.goto(f"{house.web}/tenant/portal")
    expect(page.get_by_text("En marcha")).to_be_visible()
    expect(page.get_by_text("4242")).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text("Pagada" if page.viewport_size == DESK else "US$")
    pdf = page.get_by_role("link", name=re.compile("PDF"))
    assert page.request.get(pdf.get_attribute("href") or "").body().startswith(b"%PDF")
    findings += serious(page)
    page.get_by_role("button", name="Cancelar plan").click()
    page.get_by_role("button", name="Cancelar al final del periodo").click()
    expect(page.get_by_text("El plan termina el")).to_be_visible()
    page.get_by_role("button", name="Seguir con el plan").click()
    expect(page.get_by_text("Próximo cobro el")).to_be_visible()


def one_click(buyer: Page, admin: Page, house: House, findings: list[str]) -> None:
    """The owner goes in by the portal's button; support does so once the owner has allowed it."""
    with buyer.expect_popup() as opened:
        buyer.get_by_role("button", name="Entrar a Odoo").click()
    expect(opened.value.locator("body")).to_contain_text(f"Has entrado como {EMAIL}")
    assert "token" not in opened.value.url
    admin.goto(f"{house.web}/admin/tenants")
    admin.get_by_role("link", name=NAME).first.click()
    expect(admin.get_by_text("no ha dado permiso")).to_be_visible()
    buyer.get_by_role("button", name="Permitir 1 día").click()
    expect(buyer.get_by_role("button", name="Retirar el permiso")).to_be_visible()
    findings += serious(buyer)
    with admin.expect_popup() as opened:
        admin.get_by_role("button", name="Entrar como soporte").click()
    expect(opened.value.locator("body")).to_contain_text("Sesión de soporte de admin")
    findings += serious(admin)


def test_buyer_on_a_phone_admin_on_a_desk_and_the_paid_invoice(browser: Browser, house: House) -> None:
    findings: list[str] = []
    buyer_side: BrowserContext = browser.new_context(viewport=PHONE, locale="es-DO")
    admin_side: BrowserContext = browser.new_context(viewport=DESK, locale="es-ES")
    buyer, admin = buyer_side.new_page(), admin_side.new_page()
    log_in(admin, house, "admin", house.admin_password, "/admin")
    findings += serious(admin)
    house.faults(slow_ms=700)
    buy(buyer, house, findings)

    admin.goto(f"{house.web}/admin/jobs")
    admin.get_by_role("link", name=re.compile(NAME)).first.click()
    expect(admin.get_by_role("heading", name=re.compile(NAME))).to_be_visible()
    expect(admin.get_by_text("En curso").first).to_be_visible()
    expect(admin.locator(".xterm-rows")).to_contain_text(NAME)
    seen_while_running = shown_lines(admin)
    assert admin.get_by_text("En curso").first.is_visible(), "the job ended before a line was seen"
    expect(admin.get_by_text("Terminado").first).to_be_visible(timeout=30_000)
    house.faults(reset=True)
    assert len(shown_lines(admin)) > len(seen_while_running)
    findings += serious(admin)

    expect(buyer.get_by_role("link", name="Entrar a tu Odoo")).to_be_visible(timeout=20_000)
    findings += serious(buyer)
    odoo = choose_password(buyer, house)
    see_portal(buyer, house, findings)
    one_click(buyer, admin, house, findings)

    buyer.goto(odoo)
    expect(buyer.locator("body")).to_contain_text(COMPANY)
    for path in ("/admin", "/admin/tenants", "/admin/customers", "/admin/events", "/admin/nodes"):
        admin.goto(f"{house.web}{path}")
        expect(admin.get_by_role("heading", level=1)).to_be_visible()
        findings += serious(admin)
    assert not findings, "\n".join(findings)
    buyer_side.close()
    admin_side.close()


def test_a_customer_finds_no_way_into_the_admin(browser: Browser, house: House, tmp_path: Path) -> None:
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    page.goto(f"{house.web}/admin/tenants")
    assert "/login" in page.url
    assert page.request.get(f"{house.web}/api/dashboard/metrics").status == 401
    context.close()
