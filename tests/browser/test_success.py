"""The page after paying: it waits and shows, early, late, twice, and after a cut."""

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Findings
from tests.browser.orders import Order
from tests.browser.shop import Shop

pytestmark = pytest.mark.browser


def watch(shop: Shop, page: Page, order: Order) -> None:
    page.goto(f"{shop.web}/success?session_id={order.session_id}")


def title(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def test_it_follows_from_payment_to_ready_without_a_reload(shop: Shop, page: Page, serious: Findings) -> None:
    order = Order()
    watch(shop, page, order)
    title(page, "Confirmando tu pago")
    order.pay()
    title(page, "Estamos preparando tu Odoo")
    order.work("check_name", now_at="clone")
    expect(page.locator(".steps .now")).to_contain_text("Base de datos creada")
    expect(page.locator(".steps .done")).to_have_count(2)
    expect(page.locator(".steps .done time").nth(1)).to_have_text(re.compile(r"\d+,\d\d\ss"))
    expect(page.locator(".steps li").last.locator("time")).to_have_text("")
    assert serious(page) == []
    order.finish()
    title(page, "Tu Odoo está listo")
    door = page.get_by_role("link", name="Entrar a tu Odoo")
    expect(door).to_have_attribute("href", re.compile(rf"//{order.form.subdomain}\.alta\.example.*/web/login$"))
    assert serious(page) == []


def test_a_password_is_created_from_here_once(shop: Shop, page: Page) -> None:
    order = Order()
    order.pay()
    order.finish()
    watch(shop, page, order)
    page.get_by_role("button", name="Crea tu contraseña").click()
    page.wait_for_url("**/password?token=*")
    for label in ("Contraseña nueva", "Repítela"):
        page.get_by_label(label).fill("girasoles en la panaderia")
    page.get_by_role("button", name="Guardar contraseña").click()
    page.wait_for_url("**/tenant/portal")
    watch(shop, page, order)
    title(page, "Tu Odoo está listo")
    expect(page.get_by_role("button", name="Crea tu contraseña")).to_be_hidden()
    expect(page.get_by_role("link", name="Ir a mi cuenta")).to_be_visible()


def test_waiting_says_why_and_goes_on(shop: Shop, page: Page) -> None:
    order = Order()
    order.pay()
    order.wait("El servidor no responde desde hace un momento.")
    watch(shop, page, order)
    title(page, "Tu Odoo está en espera")
    expect(page.get_by_text("El servidor no responde desde hace un momento.")).to_be_visible()
    order.work("check_name", now_at="clone")
    title(page, "Estamos preparando tu Odoo")
    expect(page.get_by_text("El servidor no responde desde hace un momento.")).to_be_hidden()


def test_a_failure_says_what_happens_next(shop: Shop, page: Page, serious: Findings) -> None:
    order = Order()
    order.pay()
    order.work("check_name", now_at="clone")
    order.fail()
    watch(shop, page, order)
    title(page, "Algo falló al preparar tu Odoo")
    expect(page.locator(".steps .bad")).to_contain_text("Base de datos creada")
    expect(page.get_by_text(f"pedido {order.job_id}")).to_be_visible()
    expect(page.get_by_text("El programa terminó")).to_have_count(0)
    assert serious(page) == []


def test_a_link_that_is_not_known_says_what_to_do(shop: Shop, page: Page, serious: Findings) -> None:
    for query in ("", "?session_id=", "?session_id=cs_test_nada", "?session_id=" + "x" * 5000, "?session_id=%00"):
        page.goto(f"{shop.web}/success{query}")
        title(page, "No encontramos este pedido")
    expect(page.get_by_role("link", name="Entrar en mi cuenta")).to_be_visible()
    assert serious(page) == []


def test_two_windows_and_a_cut_connection_see_the_same(
    shop: Shop, new_context: Callable[..., BrowserContext], page: Page
) -> None:
    order = Order()
    order.pay()
    other = new_context().new_page()
    for each in (page, other):
        watch(shop, each, order)
        title(each, "Estamos preparando tu Odoo")
    page.context.set_offline(True)
    order.finish()
    title(other, "Tu Odoo está listo")
    page.context.set_offline(False)
    title(page, "Tu Odoo está listo")


def test_a_restarted_server_loses_nothing(shop: Shop, page: Page) -> None:
    order = Order()
    order.pay()
    watch(shop, page, order)
    title(page, "Estamos preparando tu Odoo")
    shop.restart()
    order.finish()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tu Odoo está listo", timeout=40_000)


def test_names_are_never_html(shop: Shop) -> None:
    order = Order()
    html = httpx.get(f"{shop.web}/success", params={"session_id": f"{order.session_id}<script>"}).text
    assert f"{order.session_id}<script>" not in html
