"""Income in the admin: figures, definitions and CSV."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from domain.reports import revenue
from tests.browser.shop import Shop
from tests.browser.test_plans_pages import logged_in
from tests.browser.test_portal_billing import Owner

pytestmark = pytest.mark.browser


def test_income_is_shown_and_taken_away(
    shop: Shop, page: Page, phone: Page, serious: Callable[[Page], list[str]]
) -> None:
    logged_in(shop, page, "viewer")
    page.goto(f"{shop.web}/admin/reports")
    expect(page.get_by_text("Aún no hay ingresos")).to_be_visible()
    for _ in range(2):
        Owner(shop)
    revenue.read.forget()
    page.goto("about:blank")  # an open page would load itself again
    shop.restart()
    page.goto(f"{shop.web}/admin/reports")
    expect(page.get_by_text("118,00 al mes, de 2 suscripciones")).to_be_visible()
    expect(page.get_by_text("Nadie debe nada.")).to_be_visible()
    assert serious(page) == []
    with page.expect_download() as taken:
        page.get_by_label("Descargar los ingresos en USD").click()
    written = Path(str(taken.value.path())).read_text(encoding="utf-8-sig").splitlines()
    assert written[0].startswith("Mes;Al empezar;Nuevo")
    assert "118,00" in written[1]
    if directory := os.environ.get("ALTA_PICTURES"):
        page.screenshot(path=f"{directory}/reports.png", full_page=True)
        logged_in(shop, phone, "operator")
        phone.goto(f"{shop.web}/admin/reports")
        expect(phone.get_by_text("118,00 al mes")).to_be_visible()
        phone.screenshot(path=f"{directory}/reports-phone.png", full_page=True)
