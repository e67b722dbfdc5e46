"""The catalogue in the admin: a plan is made, sold at once, changed for those who come later."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from domain import accounts, catalogue_editor, plans, stripe_catalogue
from tests.browser.pictures import picture
from tests.browser.shop import Shop

pytestmark = pytest.mark.browser
PASSWORD = "una-clave-larga-de-prueba"


def logged_in(shop: Shop, page: Page, role: str) -> None:
    accounts.create_staff(f"{role}-planes", PASSWORD, role)
    page.goto(f"{shop.web}/login")
    page.fill("[name=username]", f"{role}-planes")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin")


def test_a_plan_is_made_sold_and_changed(shop: Shop, page: Page, serious: Callable[[Page], list[str]]) -> None:
    logged_in(shop, page, "finance")
    page.goto(f"{shop.web}/admin/plans")
    expect(page.get_by_text("Todo coincide")).to_be_visible()
    assert serious(page) == []
    picture(page, "plans")
    page.get_by_role("link", name="Añadir plan").click()
    page.get_by_label("Código").fill("taller")
    page.get_by_label("USD, al mes").fill("cuarenta")
    page.get_by_role("button", name="Guardar y publicar").click()
    expect(page.get_by_text("No es un importe en USD.")).to_be_visible()
    page.get_by_label("USD, al mes").fill("0")
    page.get_by_role("button", name="Guardar y publicar").click()
    expect(page.get_by_text("Escribe un nombre")).to_be_visible()
    expect(page.get_by_text("tiene que ser mayor que cero")).to_be_visible()
    assert serious(page) == []
    picture(page, "plan-wrong")
    page.get_by_label("Nombre").fill("Taller")
    page.get_by_label("USD, al mes").fill("40,50")
    page.get_by_label("Días de prueba").fill("14")
    page.get_by_role("button", name="Guardar y publicar").click()
    page.wait_for_url("**/admin/plans")
    expect(page.get_by_role("heading", name="Taller")).to_be_visible()
    expect(page.get_by_text("14 días de prueba")).to_be_visible()
    assert [one.lookup_key for one in stripe_catalogue.every_price() if "taller" in str(one.lookup_key)] == [
        "alta_taller_month_usd_4050"
    ]
    plans.catalogue.forget()
    assert "taller" in [one.code for one in plans.catalogue()]
    page.get_by_label("Editar Taller").click()
    page.get_by_label("USD, al mes").fill("45")
    page.get_by_role("button", name="Guardar y publicar").click()
    page.wait_for_url("**/admin/plans")
    there = {one.lookup_key: one.active for one in stripe_catalogue.every_price() if "taller" in str(one.lookup_key)}
    assert there == {"alta_taller_month_usd_4050": False, "alta_taller_month_usd_4500": True}
    page.get_by_label("Editar Taller").click()
    page.get_by_role("button", name="Borrar el plan").click()
    page.wait_for_url("**/admin/plans")
    expect(page.get_by_role("heading", name="Taller")).to_have_count(0)


def test_what_stripe_has_otherwise_is_put_right_and_viewers_only_look(shop: Shop, phone: Page) -> None:
    entry = catalogue_editor.entry("basico").form
    price = next(one for one in stripe_catalogue.every_price() if one.lookup_key == "alta_basico_month_usd_2900")
    stripe_catalogue.archive_price(price.id)
    logged_in(shop, phone, "viewer")
    phone.goto(f"{shop.web}/admin/plans")
    expect(phone.get_by_text("está archivado en Stripe")).to_be_visible()
    expect(phone.get_by_role("button", name="Publicar en Stripe")).to_have_count(0)
    expect(phone.get_by_role("link", name="Editar")).to_have_count(0)
    phone.goto(f"{shop.web}/admin/plans/{entry.code}")
    expect(phone.get_by_role("heading", name="Precios")).to_be_visible()
    expect(phone.get_by_role("button", name="Guardar y publicar")).to_have_count(0)
    picture(phone, "plan-phone")
    phone.goto(f"{shop.web}/admin/plans/no-existe")
    expect(phone.get_by_text("No existe ese plan.")).to_be_visible()
