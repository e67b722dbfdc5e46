"""Plans by the person and extras by the piece, as a visitor, a customer and the staff see them."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from domain import catalogue_editor, plans, publishing
from domain.catalogue_editor import PlanForm
from tests.browser.pictures import picture
from tests.browser.shop import Shop
from tests.browser.test_plans_pages import logged_in
from tests.browser.test_portal_billing import Owner

pytestmark = pytest.mark.browser
TEAM = PlanForm(
    "equipo", "Equipo", "Pagas por cada persona.", ("Todo lo de Pyme",), per_person=True,
    prices={("USD", "month"): 1200, ("USD", "year"): 12_000},
)  # fmt: skip


@pytest.fixture
def team(shop: Shop) -> Shop:
    """A shop that sells by the person too."""
    if "equipo" not in [one.form.code for one in catalogue_editor.entries()]:
        catalogue_editor.save(TEAM, by="admin", creating=True)
        publishing.publish()
    return shop


def test_a_visitor_reads_what_a_person_costs_and_what_can_be_added(
    team: Shop, page: Page, serious: Callable[[Page], list[str]]
) -> None:
    page.goto(team.web)
    expect(page.get_by_text("por persona al mes")).to_be_visible()
    expect(page.get_by_role("heading", name="Puedes añadir cuando quieras")).to_be_visible()
    expect(page.get_by_text("10 GB más")).to_be_visible()
    assert serious(page) == []
    picture(page, "landing-extras")
    page.goto(f"{team.web}/signup?plan=equipo")
    people = page.get_by_label("Personas")
    people.fill("4")
    expect(page.get_by_text(re.compile(r"4 × .*12.00 por persona"))).to_be_visible()
    expect(page.get_by_text(re.compile("48.00")).first).to_be_visible()
    people.fill("cuatro")
    page.get_by_role("button", name="Continuar al pago").click()
    expect(page.get_by_text("Escribe para cuántas personas")).to_be_visible()
    assert serious(page) == []
    picture(page, "signup-people")
    page.get_by_text("Pyme", exact=True).click()
    expect(people).to_be_hidden()


def test_a_customer_adds_pieces_and_takes_them_away(
    team: Shop, page: Page, serious: Callable[[Page], list[str]]
) -> None:
    Owner(team).enter(page)
    page.get_by_role("button", name="Extras").click()
    box = page.get_by_role("dialog")
    box.get_by_label("10 GB más").fill("muchos")
    box.get_by_role("button", name="Ver el precio").click()
    expect(box.get_by_text("Escribe un número de 0 a 1000.")).to_be_visible()
    box.get_by_label("10 GB más").fill("2")
    picture(page, "extras")
    box.get_by_role("button", name="Ver el precio").click()
    expect(box.get_by_text("Hoy pagas")).to_be_visible()
    picture(page, "extras-quote")
    box.get_by_role("button", name="Cambiar y pagar ahora").click()
    expect(page.get_by_text("2 × 10 GB más")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Extras").click()
    box.get_by_label("10 GB más").fill("0")
    box.get_by_role("button", name="Ver el precio").click()
    box.get_by_role("button", name="Confirmar el cambio").click()
    expect(page.get_by_role("status").filter(has_text=": Pyme.")).to_be_visible()
    expect(page.locator(".q-notification__message")).to_have_count(0, timeout=15_000)
    assert serious(page) == []
    picture(page, "extras-later")


def test_staff_make_an_extra(team: Shop, page: Page, serious: Callable[[Page], list[str]]) -> None:
    logged_in(team, page, "finance")
    page.goto(f"{team.web}/admin/plans")
    page.get_by_role("link", name="Añadir extra").click()
    page.get_by_label("Código").fill("diez-personas")
    page.get_by_label("Nombre").fill("Diez personas más")
    page.get_by_label("USD, al mes").fill("15")
    expect(page.get_by_label("Días de prueba")).to_be_hidden()
    page.get_by_role("button", name="Guardar y publicar").click()
    expect(page.get_by_text("Un extra tiene que sumar algo.")).to_be_visible()
    page.get_by_label("Personas en Odoo").fill("10")
    assert serious(page) == []
    picture(page, "extra-form")
    page.get_by_role("button", name="Guardar y publicar").click()
    page.wait_for_url("**/admin/plans")
    expect(page.get_by_label("Extra Diez personas más").get_by_text("Extra", exact=True)).to_be_visible()
    picture(page, "plans-extras")
    plans.forget()
    assert "diez-personas" in [one.code for one in plans.extras()]
