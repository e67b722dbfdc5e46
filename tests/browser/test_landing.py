"""The landing: everything in the first HTML, one live answer, no script needed to go on."""

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from domain import database
from domain.models import Customer, Tenant
from tests.browser.conftest import Findings
from tests.browser.shop import Shop

pytestmark = pytest.mark.browser


def take(name: str) -> None:
    """Another customer holds `name`."""
    with database.transaction() as session:
        customer = Customer(company="Otra", full_name="Otra Persona", email="otra@example.com", country="DO")
        session.add(customer)
        session.flush()
        session.add(Tenant(customer_id=customer.id or 0, subdomain=name))


def test_all_content_is_in_the_first_html(shop: Shop) -> None:
    html = httpx.get(shop.web).text
    body = html[html.index("<body") : html.index('id="app"')]
    for words in ("Tu Odoo en marcha", "Básico", "US$\xa029,00", "US$\xa0290,00", "Qué pasa después de pagar",
                  "¿Puedo cancelar cuando quiera?", "/legal/terminos", "/legal/privacidad"):  # fmt: skip
        assert words in body
    assert '<link rel="canonical"' in html
    assert '<meta property="og:title"' in html
    assert '<html lang="es"' in html
    assert len(re.findall(r"<meta name=\"description\"", html)) == 1


def test_no_time_is_shown_before_twenty_were_measured(shop: Shop) -> None:
    html = httpx.get(shop.web).text
    figure = html[html.index("<figure") : html.index("</figure>")]
    assert not re.search(r"\d,\d+", figure)


def test_robots_and_sitemap_name_public_pages_only(shop: Shop) -> None:
    robots, sitemap = httpx.get(f"{shop.web}/robots.txt").text, httpx.get(f"{shop.web}/sitemap.xml").text
    assert "Disallow: /admin" in robots
    assert f"Sitemap: {shop.web}/sitemap.xml" in robots
    assert f"<loc>{shop.web}/signup</loc>" in sitemap
    assert "admin" not in sitemap


def test_without_a_script_one_reads_switches_and_goes_on(
    shop: Shop, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(shop.web)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Tu Odoo en marcha")
    expect(page.get_by_text("US$\xa059,00")).to_be_visible()
    page.locator("label[for=anual]").click()
    expect(page.get_by_text("US$\xa0590,00")).to_be_visible()
    expect(page.get_by_text("US$\xa059,00")).to_be_hidden()
    page.get_by_label("Nombre de tu Odoo").fill("panaderia-sol")
    page.get_by_role("button", name="Crear mi Odoo").click()
    assert page.url == f"{shop.web}/signup?subdomain=panaderia-sol"


def test_the_name_is_answered_as_one_types(shop: Shop, page: Page) -> None:
    take("ya-tomado")
    page.goto(shop.web)
    name = page.get_by_label("Nombre de tu Odoo")
    answer = page.locator("#respuesta")
    name.fill("ya-tomado")
    expect(answer).to_have_text(re.compile("en uso"))
    name.fill("panaderia-sol")
    expect(answer).to_have_text("Disponible")
    name.fill("")
    expect(answer).to_have_text("")


def test_letters_typed_before_the_connection_stands_are_answered(shop: Shop, page: Page) -> None:
    def slowly(route: Route) -> None:
        page.wait_for_timeout(700)
        route.continue_()

    page.route("**/_nicegui/**/quasar.umd.prod.js", slowly)
    page.goto(shop.web, wait_until="commit")
    page.get_by_label("Nombre de tu Odoo").fill("llegue-antes")
    expect(page.locator("#respuesta")).to_have_text("Disponible")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(
    shop: Shop, new_context: Callable[..., BrowserContext], serious: Findings, scheme: str
) -> None:
    page = new_context(color_scheme=scheme).new_page()
    for path in ("/", "/legal/terminos", "/legal/privacidad", "/no-existe"):
        page.goto(shop.web + path)
        page.wait_for_load_state("networkidle")
        assert serious(page) == []


def test_a_phone_needs_no_sideways_scrolling(shop: Shop, phone: Page) -> None:
    for path in ("/", "/legal/terminos", "/signup", "/success?session_id=nada"):
        phone.goto(shop.web + path)
        phone.wait_for_load_state("networkidle")
        assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
