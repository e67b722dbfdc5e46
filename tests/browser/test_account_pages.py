"""One's own sessions, and the record: of everybody for administrators, of themselves for owners."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from domain import database, team
from domain.models import Membership
from domain.models.base import now
from tests.browser.pictures import picture
from tests.browser.shop import Shop
from tests.browser.test_plans_pages import logged_in
from tests.browser.test_portal_billing import Owner
from tests.integration.web_stand import WORDS, person

pytestmark = pytest.mark.browser


def test_a_session_is_ended_from_another_browser_and_its_page_leaves(
    shop: Shop, page: Page, new_context: Callable[..., Any], serious: Callable[[Page], list[str]]
) -> None:
    owner = Owner(shop)
    lost = new_context(user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605 Safari/604.1").new_page()
    owner.enter(lost)
    owner.enter(page)
    page.get_by_role("link", name="Cuenta").click()
    expect(page.get_by_role("heading", name="Sesiones abiertas")).to_be_visible()
    expect(page.get_by_text("es esta")).to_have_count(1)
    assert serious(page) == []
    picture(page, "account")
    page.get_by_role("button", name="Cerrar Safari en iPhone").click()
    expect(page.get_by_text("Safari en iPhone")).to_have_count(0)
    lost.wait_for_url("**/login*", timeout=2_500)
    page.goto(f"{shop.web}/tenant/portal")
    record = page.get_by_role("region", name="Registro")
    record.get_by_text("Ver los últimos").click()
    expect(record.get_by_text("Sesión cerrada")).to_be_visible()
    expect(record.get_by_text("Suscripción al día")).to_be_visible()
    picture(page, "record")


def test_administrators_search_the_record_and_others_do_not_reach_it(
    shop: Shop, page: Page, new_context: Callable[..., Any], serious: Callable[[Page], list[str]]
) -> None:
    logged_in(shop, page, "admin")
    page.goto(f"{shop.web}/admin/audit")
    page.get_by_placeholder("Persona, tenant:12, dirección o acto").fill("account.staff")
    expect(page.get_by_role("cell", name="account.staff").first).to_be_visible()
    assert serious(page) == []
    picture(page, "audit")
    other = new_context().new_page()
    logged_in(shop, other, "viewer")
    other.goto(f"{shop.web}/admin/audit")
    other.wait_for_url("**/admin")


def test_the_owner_invites_somebody_and_takes_them_away(
    shop: Shop, phone: Page, serious: Callable[[Page], list[str]]
) -> None:
    Owner(shop).enter(phone)
    people = phone.get_by_role("region", name="Equipo")
    people.get_by_role("button", name="Invitar a alguien").click()
    box = phone.get_by_role("dialog")
    box.get_by_role("button", name="Invitar", exact=True).click()
    expect(box.get_by_text("Escribe", exact=False).first).to_be_visible()
    box.get_by_label("Correo").fill("eva@contable.example")
    picture(phone, "invite")
    box.get_by_role("button", name="Invitar", exact=True).click()
    expect(people.get_by_text("eva@contable.example, facturación")).to_be_visible()
    expect(phone.get_by_role("dialog")).to_have_count(0)
    assert serious(phone) == []
    picture(phone, "team")
    people.get_by_role("button", name="Quitar a eva@contable.example").click()
    expect(people.get_by_text("eva@contable.example")).to_have_count(0)


def _technical(shop: Shop, login: str) -> tuple[int, int]:
    """Somebody who looks after a customer's Odoo: the customer's number, and theirs."""
    customer_id, made = Owner(shop).customer_id, person(login, name="Luis")
    with database.transaction() as session:
        session.add(Membership(account_id=made.id or 0, customer_id=customer_id, role="technical"))
    return customer_id, made.id or 0


def _enter(page: Page, shop: Shop, login: str) -> None:
    page.goto(f"{shop.web}/login")
    page.get_by_label("Correo o usuario").fill(login)
    page.get_by_label("Contraseña").fill(WORDS)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Hacer una copia ahora")).to_be_visible()
    page.wait_for_function("window.did_handshake === true")


def test_a_role_that_changed_holds_on_the_page_that_is_open(shop: Shop, page: Page) -> None:
    customer_id, luis = _technical(shop, "luis.papel@sol.do")
    _enter(page, shop, "luis.papel@sol.do")
    team.change(customer_id, luis, "reader", by="x")
    expect(page.get_by_role("button", name="Hacer una copia ahora")).to_have_count(0, timeout=2_000)
    expect(page.get_by_role("heading", name="Copias de seguridad")).to_be_visible()
    team.remove(customer_id, luis, by="x")
    expect(page).to_have_url(f"{shop.web}/", timeout=2_000)


def test_a_browser_that_does_not_leave_when_told_is_shown_and_heard_no_more(shop: Shop, page: Page) -> None:
    customer_id, luis = _technical(shop, "terco@sol.do")
    _enter(page, shop, "terco@sol.do")
    page.evaluate("window.socket.off('run_javascript')")
    team.change(customer_id, luis, "reader", by="x")
    # It comes back again and again, as after a cut, and goes only when the server does not know it any more.
    page.evaluate("window.again = setInterval(() => window.socket.io.engine.close(), 1600)")
    expect(page.get_by_role("button", name="Hacer una copia ahora")).to_have_count(0, timeout=8_000)
    expect(page.get_by_role("heading", name="Copias de seguridad")).to_be_visible()


def test_an_invitation_waits_under_the_account_until_it_is_accepted(
    shop: Shop, page: Page, phone: Page, serious: Callable[[Page], list[str]]
) -> None:
    owner = Owner(shop)
    person("eli@contable.example", name="Eli", verified_at=now())
    team.invite(Owner(shop).customer_id, "eli@contable.example", "billing", by="ana")
    team.invite(owner.customer_id, "eli@contable.example", "technical", by="marta")
    phone.goto(f"{shop.web}/login")
    phone.get_by_label("Correo o usuario").fill("eli@contable.example")
    phone.get_by_label("Contraseña").fill(WORDS)
    phone.keyboard.press("Enter")
    expect(phone).to_have_url(re.compile("/account"))
    waiting = phone.get_by_role("region", name="Invitaciones")
    expect(waiting.get_by_text("te invita a su equipo")).to_have_count(2)
    assert serious(phone) == []
    picture(phone, "invitations")
    waiting.get_by_role("button", name="Aceptar").last.click()
    expect(phone).to_have_url(re.compile(f"/tenant/portal.customer={owner.customer_id}"))
    expect(phone.get_by_role("button", name="Hacer una copia ahora")).to_be_visible()
    expect(phone.get_by_text("Te invitan a otro equipo.")).to_be_visible()
    assert serious(phone) == []
    picture(phone, "invited")
    owner.enter(page)
    expect(page.get_by_role("region", name="Equipo").get_by_text("eli@contable.example, técnica")).to_be_visible()
    phone.get_by_role("link", name="Ver la invitación").click()
    phone.get_by_role("button", name="Rechazar").click()
    expect(waiting).to_have_count(0)
