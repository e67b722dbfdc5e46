"""The sign-up: live answers, faults beside their fields, a draft that survives, and on to Stripe's page."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from sqlmodel import select

from domain import database
from domain.models import Customer, SignupDraft, Subscription, Tenant
from tests.browser.conftest import Findings
from tests.browser.house import until
from tests.browser.orders import Order, form
from tests.browser.shop import Shop

pytestmark = pytest.mark.browser


def open_form(shop: Shop, page: Page, query: str = "") -> None:
    page.goto(f"{shop.web}/signup{query}")
    expect(page.get_by_label("Empresa", exact=True)).to_be_visible()


def address(page: Page) -> str:
    return page.get_by_label("Dirección de tu Odoo").input_value()


def hint(page: Page, label: str) -> Locator:
    return page.locator(f"#{page.get_by_label(label, exact=True).get_attribute('aria-describedby')}")


def fill(page: Page, company: str, email: str = "marta@panaderiasol.do") -> None:
    page.get_by_label("Empresa", exact=True).fill(company)
    page.get_by_label("Tu nombre").fill("Marta Jiménez")
    page.get_by_label("Correo").fill(email)
    page.get_by_role("checkbox").check()


def drafts() -> list[dict[str, object]]:
    with database.reading() as session:
        return [row.data for row in session.exec(select(SignupDraft)).all()]


def test_the_company_names_the_address_until_one_touches_it(shop: Shop, page: Page) -> None:
    open_form(shop, page)
    company = page.get_by_label("Empresa", exact=True)
    company.press_sequentially("Café Ñandú, S.A.", delay=20)
    expect(page.get_by_label("Dirección de tu Odoo")).to_have_value(re.compile("^cafe-nandu"))
    expect(page.get_by_text("Disponible")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Entrarás en http://cafe-nandu[a-z-]*\.alta\.example"))).to_be_visible()
    page.get_by_label("Dirección de tu Odoo").fill("mi-nombre")
    company.fill("Otra Empresa")
    page.wait_for_timeout(400)
    assert address(page) == "mi-nombre"


def test_a_name_that_is_taken_comes_with_free_ones(shop: Shop, page: Page) -> None:
    taken = Order(form(subdomain="ferreteria-mar"))
    open_form(shop, page, f"?subdomain={taken.form.subdomain}")
    expect(page.get_by_text("Ya está en uso.")).to_be_visible()
    assert page.get_by_label("Dirección de tu Odoo").get_attribute("aria-invalid") == "true"
    offer = page.get_by_role("button", name=re.compile("^Usar ")).first
    name = offer.inner_text()
    offer.click()
    expect(page.get_by_label("Dirección de tu Odoo")).to_have_value(name)
    expect(page.get_by_text("Disponible")).to_be_visible()
    assert page.get_by_label("Dirección de tu Odoo").get_attribute("aria-invalid") is None


def test_the_last_letter_typed_has_the_last_word(shop: Shop, page: Page) -> None:
    Order(form(subdomain="carrera-final"))
    open_form(shop, page)
    field = page.get_by_label("Dirección de tu Odoo")
    for _ in range(3):
        field.fill("carrera-fina")
        field.press_sequentially("l", delay=5)
        expect(page.get_by_text("Ya está en uso.")).to_be_visible()
        field.press("Backspace")
        expect(page.get_by_text("Disponible")).to_be_visible()


def test_the_country_names_and_checks_the_tax_id(shop: Shop, page: Page) -> None:
    open_form(shop, page)
    country = page.get_by_label("País")
    expect(country).to_have_value("República Dominicana")  # from the browser's languages
    page.get_by_label("RNC").fill("131246796")
    expect(page.get_by_text("RNC válido")).to_be_visible()
    page.get_by_label("RNC").blur()
    expect(page.get_by_label("RNC")).to_have_value("1-31-24679-6")
    country.click()
    country.fill("mexico")
    page.get_by_role("option", name="México").click()
    expect(page.get_by_label("RFC")).to_be_visible()
    page.get_by_label("RFC").fill("XXX")
    page.get_by_label("RFC").blur()
    until(lambda: page.get_by_label("RFC").get_attribute("aria-invalid") == "true")


def test_what_is_missing_is_said_beside_each_field_and_the_first_has_the_cursor(
    shop: Shop, page: Page, serious: Findings
) -> None:
    open_form(shop, page)
    page.get_by_role("button", name="Continuar al pago").click()
    until(lambda: page.get_by_label("Empresa", exact=True).get_attribute("aria-invalid") == "true")
    for label in ("Empresa", "Tu nombre", "Correo", "Dirección de tu Odoo"):
        expect(hint(page, label)).not_to_be_empty()
    expect(page.get_by_label("Empresa", exact=True)).to_be_focused()
    assert page.url.startswith(f"{shop.web}/signup")
    assert serious(page) == []
    page.get_by_label("Correo").fill("marta@")
    page.get_by_label("Correo").blur()
    until(lambda: page.get_by_label("Correo").get_attribute("aria-invalid") == "true")


def test_by_keyboard_alone_to_stripes_page_and_back_with_everything_kept(shop: Shop, page: Page) -> None:
    open_form(shop, page, "?plan=empresa&interval=year")
    expect(page.get_by_role("button", name="Anual")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Empresa", exact=True).focus()
    page.keyboard.type("Taller Andino")
    expect(page.get_by_text("Disponible")).to_be_visible()
    for words in ("\t", "\t", "Ana Ruiz", "\t", "ana@tallerandino.cl"):
        page.keyboard.press("Tab") if words == "\t" else page.keyboard.type(words)
    page.get_by_role("checkbox").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox")).to_be_checked()
    page.get_by_label("Correo").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{shop.stripe}/**")
    with database.reading() as session:
        tenant = session.exec(select(Tenant).where(Tenant.subdomain == "taller-andino")).one()
        customer = session.get_one(Customer, tenant.customer_id)
    assert (customer.company, customer.email) == ("Taller Andino", "ana@tallerandino.cl")
    page.goto(f"{shop.web}/signup?cancelado=1")
    expect(page.get_by_text("No se hizo ningún cobro.")).to_be_visible()
    expect(page.get_by_label("Empresa", exact=True)).to_have_value("Taller Andino")
    expect(page.get_by_text("Reservado para ti")).to_be_visible()
    expect(page.get_by_role("button", name="Anual")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Continuar al pago").click()
    page.wait_for_url(f"{shop.stripe}/**")
    with database.reading() as session:
        assert len(session.exec(select(Subscription).where(Subscription.tenant_id == tenant.id)).all()) == 1


def test_a_draft_outlives_a_reload_and_a_restart(shop: Shop, page: Page) -> None:
    open_form(shop, page)
    fill(page, "Clínica Norte")
    until(lambda: any(one.get("company") == "Clínica Norte" and one.get("accept_terms") for one in drafts()))
    page.reload()
    expect(page.get_by_label("Empresa", exact=True)).to_have_value("Clínica Norte")
    expect(page.get_by_role("checkbox")).to_be_checked()
    shop.restart()
    expect(page.get_by_label("Correo")).to_have_value("marta@panaderiasol.do", timeout=40_000)
    expect(page.get_by_label("Empresa", exact=True)).to_have_value("Clínica Norte")


def test_a_cut_connection_loses_no_letter(shop: Shop, page: Page) -> None:
    open_form(shop, page)
    page.context.set_offline(True)
    page.get_by_label("Empresa", exact=True).fill("Sin Línea")
    page.context.set_offline(False)
    until(lambda: any(one.get("company") == "Sin Línea" for one in drafts()), seconds=40)
    expect(page.get_by_label("Empresa", exact=True)).to_have_value("Sin Línea")


def test_another_visitor_sees_nothing_of_it(shop: Shop, page: Page, new_context: Callable[..., BrowserContext]) -> None:
    open_form(shop, page)
    fill(page, "Solo Mía")
    until(lambda: any(one.get("company") == "Solo Mía" for one in drafts()))
    other = new_context().new_page()
    open_form(shop, other)
    expect(other.get_by_label("Empresa", exact=True)).to_have_value("")


def test_a_name_lost_in_the_last_moment_is_said(shop: Shop, page: Page) -> None:
    open_form(shop, page)
    fill(page, "Gemelos")
    expect(page.get_by_text("Disponible")).to_be_visible()
    Order(form(subdomain=address(page)))
    page.get_by_role("button", name="Continuar al pago").click()
    expect(page.get_by_text("Ya está en uso.")).to_be_visible()
    expect(page.get_by_role("button", name="Continuar al pago")).to_be_enabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_in_either_light(
    shop: Shop, new_context: Callable[..., BrowserContext], serious: Findings, scheme: str
) -> None:
    page = new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme).new_page()
    open_form(shop, page, "?subdomain=mi-empresa")
    expect(page.get_by_text("Disponible")).to_be_visible()
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
