"""A customer's money in the admin: invoices, a refund in two tries, an invoice by hand, a transfer."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pictures import picture
from tests.browser.shop import Shop
from tests.browser.test_plans_pages import logged_in
from tests.browser.test_portal_billing import Owner

pytestmark = pytest.mark.browser


def test_money_is_given_back_and_asked_for(shop: Shop, page: Page, serious: Callable[[Page], list[str]]) -> None:
    owner = Owner(shop)
    logged_in(shop, page, "finance")
    page.goto(f"{shop.web}/admin/customers")
    page.get_by_role("link", name="Panadería Sol").first.click()
    page.goto(f"{shop.web}/admin/customers/{owner.customer_id}")
    expect(page.get_by_text("Pagada")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="Devolver").click()
    box = page.get_by_role("dialog")
    box.get_by_label("Importe").fill("900")
    box.get_by_role("button", name="Devolver").click()
    expect(box.get_by_text("Escribe un importe de hasta 59,00.")).to_be_visible()
    picture(page, "refund")
    box.get_by_label("Importe").fill("9,50")
    box.get_by_role("button", name="Devolver").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert owner.v1.refunds.list({"limit": 1}).data[0].amount == 950
    page.get_by_role("button", name="Nueva factura").click()
    box.get_by_label("Por qué se cobra").fill("Formación")
    box.get_by_label("Importe").fill("80")
    box.get_by_role("button", name="Emitir la factura").click()
    expect(page.get_by_role("button", name="Pagada por transferencia")).to_be_visible()
    page.get_by_role("button", name="Pagada por transferencia").click()
    box.get_by_role("button", name="Anotar el pago").click()
    expect(box.get_by_text("Escribe la referencia")).to_be_visible()
    box.get_by_label("Referencia").fill("BHD 4471")
    box.get_by_role("button", name="Anotar el pago").click()
    expect(page.get_by_text("Pagada", exact=True)).to_have_count(2)
    picture(page, "account")


def test_viewers_only_look(shop: Shop, phone: Page) -> None:
    owner = Owner(shop)
    logged_in(shop, phone, "viewer")
    phone.goto(f"{shop.web}/admin/customers/{owner.customer_id}")
    expect(phone.get_by_text("Pagada")).to_be_visible()
    expect(phone.get_by_role("button", name="Devolver")).to_have_count(0)
    picture(phone, "account-phone")
    phone.goto(f"{shop.web}/admin/customers/99999")
    expect(phone.get_by_text("No existe ese cliente.")).to_be_visible()
