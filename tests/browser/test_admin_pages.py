"""The console in Chromium: what happens shows by itself, viewers cannot act, and axe finds nothing serious."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from domain import accounts, by_hand, database, jobs, journal
from domain.models import Tenant
from domain.models.base import now
from domain.order_form import OrderForm
from domain.states import JobStatus
from tests.bench import fill
from tests.web_server import WebServer

pytestmark = pytest.mark.browser
PASSWORD = "una-clave-larga-de-prueba"
PAGES = ["/admin", "/admin/tenants", "/admin/tenants/1", "/admin/jobs", "/admin/jobs/1", "/admin/events",
         "/admin/events/1", "/admin/customers", "/admin/nodes", "/admin/jobs/999"]  # fmt: skip
FORM = OrderForm(
    company="Panadería Sol, S.R.L.",
    full_name="Marta Núñez",
    email="marta@sol.do",
    subdomain="panaderia-sol",
    country="DO",
)


def logged_in(page: Page, server: WebServer, role: str) -> Page:
    accounts.create_staff(role, PASSWORD, role)
    page.goto(f"{server.url}/login")
    page.fill("[name=username]", role)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin")
    return page


def test_what_happens_to_a_tenant_shows_by_itself(server: WebServer, page: Page) -> None:
    logged_in(page, server, "operator")
    expect(page.get_by_text("Aún no hay instancias")).to_be_visible()
    made = by_hand.create(FORM, by="ana")
    expect(page.get_by_role("cell", name="panaderia-sol")).to_be_visible()
    expect(page.locator("[data-count=instancias]").first).to_have_text("1")
    page.goto(f"{server.url}/admin/tenants/{made.tenant_id}")
    expect(page.get_by_text("Por crear").first).to_be_visible()
    with database.transaction() as session:
        session.get_one(Tenant, made.tenant_id).observed = "running"
        database.notify(session, f"tenant:{made.tenant_id}")
    expect(page.get_by_role("button", name="Suspender")).to_be_visible()


def test_a_job_shows_steps_and_lines_while_it_runs_and_its_end(server: WebServer, page: Page) -> None:
    logged_in(page, server, "operator")
    job = by_hand.create(FORM, by="ana").job_id
    page.goto(f"{server.url}/admin/jobs/{job}")
    expect(page.get_by_text("En cola")).to_be_visible()
    assert jobs.begin(job) is not None
    journal.append(job, journal.Batch(lines=[(now(), "comprobando")], steps=[(now(), "check_name"), (now(), "clone")]))
    expect(page.get_by_text("En curso", exact=True)).to_be_visible()
    expect(page.locator(".steps .done")).to_have_count(1)
    expect(page.locator(".steps .now")).to_contain_text("Clonar la plantilla")
    expect(page.locator(".xterm-rows")).to_contain_text("comprobando")
    with database.transaction() as session:
        jobs.finish(session, job, JobStatus.FAILED, error="No hay espacio en el nodo.")
    expect(page.get_by_role("alert")).to_contain_text("No hay espacio en el nodo.")
    page.get_by_role("button", name="Reintentar").click()
    expect(page.get_by_text("En cola")).to_be_visible()


def test_a_tenant_is_made_by_hand_with_the_name_checked_as_one_types(server: WebServer, page: Page) -> None:
    logged_in(page, server, "operator")
    page.get_by_role("button", name="Crear instancia").click()
    box = page.get_by_role("dialog")
    box.get_by_label("Empresa").fill("Panadería Sol, S.R.L.")
    expect(box.get_by_label("Dirección")).to_have_value("panaderia-sol")
    expect(box.get_by_text("Disponible")).to_be_visible()
    box.get_by_role("button", name="Crear instancia").click()
    expect(box.get_by_text("Escribe el nombre del dueño.")).to_be_visible()
    box.get_by_label("Nombre del dueño").fill("Marta Núñez")
    box.get_by_label("Correo del dueño").fill("marta@sol.do")
    box.get_by_role("button", name="Crear instancia").click()
    page.wait_for_url("**/admin/jobs/*")
    expect(page.get_by_role("heading", name="Crear panaderia-sol")).to_be_visible()


def test_tables_search_filter_and_page_on_the_server(server: WebServer, page: Page) -> None:
    fill.business(120)
    logged_in(page, server, "viewer")
    page.goto(f"{server.url}/admin/tenants?state=suspended")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.goto(f"{server.url}/admin/tenants")
    expect(page.locator(".q-table__bottom")).to_contain_text("120")
    oldest = page.get_by_role("link", name="e1-")
    expect(oldest).to_have_count(0)
    page.get_by_role("button", name="Última página").click()
    expect(oldest).to_have_count(1)
    page.get_by_placeholder("Nombre, empresa o correo").fill("persona77@")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("tbody a").click()
    page.wait_for_url("**/admin/tenants/77")


def test_viewers_see_no_buttons_and_no_page_has_serious_faults(
    server: WebServer, new_context: Callable[..., BrowserContext], serious: Callable[[Page], list[str]]
) -> None:
    fill.business(30)
    page = logged_in(new_context(viewport={"width": 1440, "height": 900}).new_page(), server, "viewer")
    found = []
    for path in PAGES:
        page.goto(server.url + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_load_state("networkidle")
        found += serious(page)
        for words in ("Crear instancia", "Reintentar", "Detener", "Suspender", "Archivar", "Aplicar otra vez"):
            assert page.get_by_role("button", name=words).count() == 0
    assert found == []
