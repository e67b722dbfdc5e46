"""Promotion codes: made in the admin, used in the portal, switched off."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pictures import picture
from tests.browser.shop import Shop
from tests.browser.test_plans_pages import logged_in
from tests.browser.test_portal_billing import Owner

pytestmark = pytest.mark.browser


def test_a_code_is_made_used_and_switched_off(
    shop: Shop, page: Page, phone: Page, serious: Callable[[Page], list[str]]
) -> None:
    logged_in(shop, page, "finance")
    page.goto(f"{shop.web}/admin/coupons")
    expect(page.get_by_text("Aún no hay códigos")).to_be_visible()
    page.get_by_role("button", name="Crear código").click()
    box = page.get_by_role("dialog")
    box.get_by_label("Código").fill("menos20")
    box.get_by_role("button", name="Crear código").click()
    expect(box.get_by_text("Escribe un porcentaje de 1 a 100.")).to_be_visible()
    picture(page, "coupon-form")
    box.get_by_label("Descuento").fill("20 %")
    box.get_by_role("button", name="Crear código").click()
    expect(page.get_by_text("20 % menos, una vez; usado 0 veces")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert serious(page) == []
    picture(page, "coupons")
    Owner(shop).enter(phone)
    phone.get_by_role("button", name="Tengo un código").click()
    there = phone.get_by_role("dialog")
    there.get_by_label("Código").fill("otro")
    there.get_by_role("button", name="Usar el código").click()
    expect(there.get_by_text("No existe ese código")).to_be_visible()
    there.get_by_label("Código").fill("MENOS20")
    there.get_by_role("button", name="Usar el código").click()
    expect(phone.get_by_text("47.20")).to_be_visible()
    picture(phone, "coupon-portal")
    page.get_by_label("Apagar MENOS20").click()
    expect(page.get_by_text("Apagado")).to_be_visible()
