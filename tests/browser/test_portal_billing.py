"""The customer settles everything alone: another plan with its exact price, a new card, what is owed, leaving."""

import os
import re
from collections.abc import Callable

import httpx
import pytest
import stripe
from playwright.sync_api import Page, expect
from sqlmodel import select

from domain import accounts, billing, database, mirror, passwords, signup, stripe_changes
from domain.models import Account, Customer, Subscription, Tenant
from domain.models.base import now
from tests.browser.orders import form
from tests.browser.shop import Shop
from tests.conftest import SECRETS
from tests.integration.stripe_stand import GOOD

pytestmark = pytest.mark.browser
PASSWORD = "girasoles en la panaderia"


class Owner:
    """A customer who bought Pyme, whose Odoo runs."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.v1 = stripe.StripeClient(SECRETS["STRIPE_SECRET_KEY"], base_addresses={"api": shop.stripe}).v1
        given = form()
        self.login = given.email
        placed = signup.place(given, f"form:{given.subdomain}")
        assert httpx.post(placed.checkout_url, data=GOOD, trust_env=False, timeout=30).status_code == 303
        assert billing.look_again(placed.checkout_session_id)
        self.customer_id = placed.customer_id
        with database.transaction() as session:
            tenant = session.exec(select(Tenant).where(Tenant.customer_id == self.customer_id)).one()
            tenant.observed, tenant.ready_at = "running", now()
            self.tenant_id = tenant.id or 0
            account = session.exec(select(Account).where(Account.login == self.login)).one()
            account.password_hash = passwords.digest(PASSWORD)
            session.add_all([tenant, account])

    def fail_the_renewal(self) -> None:
        """A card that banks refuse, a month later; Stripe has told us."""
        with database.reading() as session:
            stripe_customer = str(session.get_one(Customer, self.customer_id).stripe_customer_id)
            row = mirror.current(session, self.customer_id)
        method = self.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": stripe_customer})
        stripe_changes.use_card(stripe_customer, str(row.stripe_subscription_id), method.id)
        clock = {"advance_seconds": 32 * 86400}
        httpx.post(f"{self.shop.stripe}/_sandbox/clock", json=clock, trust_env=False, timeout=30).raise_for_status()
        with database.transaction() as session:
            mirror.refresh(session, mirror.locked(session, row.id or 0))

    def enter(self, page: Page) -> None:
        page.goto(f"{self.shop.web}/login")
        page.fill("[name=username]", self.login)
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/tenant/portal")

    def status(self) -> str:
        with database.reading() as session:
            query = select(Subscription.status).where(Subscription.customer_id == self.customer_id)
            return session.exec(query).one()


def test_a_dearer_plan_is_quoted_paid_and_there(shop: Shop, page: Page, serious: Callable[[Page], list[str]]) -> None:
    Owner(shop).enter(page)
    expect(page.get_by_role("heading", name="Plan Pyme")).to_be_visible()
    page.get_by_role("button", name="Cambiar de plan").click()
    box = page.get_by_role("dialog")
    expect(box.get_by_text("Tu plan de ahora")).to_be_visible()
    expect(page.locator(".q-dialog--modal")).to_be_visible()
    picture(page, "change-choices")
    box.get_by_role("button", name=re.compile("Elegir Empresa")).click()
    expect(box.get_by_text("Hoy pagas")).to_be_visible()
    expect(box.get_by_text("Tiempo no usado de 1 × Pyme")).to_be_visible()
    picture(page, "change-quote")
    box.get_by_role("button", name="Cambiar y pagar ahora").click()
    expect(page.get_by_role("heading", name="Plan Empresa")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".q-notification__message")).to_have_count(0, timeout=15_000)  # not while it fades away
    assert serious(page) == []


def test_a_cheaper_plan_comes_later_and_can_be_undone(shop: Shop, phone: Page) -> None:
    Owner(shop).enter(phone)
    phone.get_by_role("button", name="Cambiar de plan").click()
    box = phone.get_by_role("dialog")
    box.get_by_role("button", name=re.compile("Elegir Básico")).click()
    expect(box.get_by_text("sigues con lo que tienes ahora")).to_be_visible()
    picture(phone, "change-later")
    box.get_by_role("button", name="Confirmar el cambio").click()
    expect(phone.get_by_role("status").filter(has_text=": Básico.")).to_be_visible()
    picture(phone, "change-waits")
    phone.get_by_role("button", name="Deshacer el cambio").click()
    expect(phone.get_by_role("button", name="Cambiar de plan")).to_be_visible()


def test_a_new_card_pays_what_is_owed(shop: Shop, page: Page, serious: Callable[[Page], list[str]]) -> None:
    owner = Owner(shop)
    owner.fail_the_renewal()
    owner.enter(page)
    expect(page.get_by_text(re.compile("Factura .* pendiente"))).to_be_visible()
    assert serious(page) == []
    picture(page, "owing")
    page.get_by_role("button", name="Cambiar la tarjeta").click()
    page.get_by_role("button", name="Otra tarjeta").click()
    expect(page.get_by_role("heading", name="Guardar una tarjeta")).to_be_visible()
    for name, value in (GOOD | {"number": "4000 0025 0000 3155"}).items():
        page.fill(f"[name={name}]", value)
    page.get_by_role("button", name="Guardar la tarjeta").click()
    page.get_by_role("button", name="Sí, soy yo").click()
    page.wait_for_url("**/tenant/portal")
    expect(page.get_by_text("Ya pagamos lo que estaba pendiente")).to_be_visible()
    expect(page.get_by_text(re.compile("Factura .* pendiente"))).to_have_count(0)
    expect(page.get_by_text("terminada en 3155")).to_be_visible()
    assert owner.status() == "active"


def test_an_invoice_that_the_card_does_not_pay_leads_to_its_page(shop: Shop, page: Page) -> None:
    owner = Owner(shop)
    owner.fail_the_renewal()
    owner.enter(page)
    page.get_by_role("button", name="Pagar ahora").click()
    expect(page.get_by_role("heading", name=re.compile("Factura"))).to_be_visible()
    for name, value in GOOD.items():
        page.fill(f"[name={name}]", value)
    page.get_by_role("button", name=re.compile("Pagar")).click()
    expect(page.get_by_text("pagada")).to_be_visible()


def test_who_leaves_may_say_why(shop: Shop, page: Page) -> None:
    owner = Owner(shop)
    owner.enter(page)
    page.get_by_role("button", name="Cancelar plan").click()
    box = page.get_by_role("dialog")
    box.get_by_role("combobox", name=re.compile("Por qué te vas")).click()
    page.get_by_role("option", name="Es caro para mí").click()
    picture(page, "cancel")
    box.get_by_role("button", name="Cancelar al final del periodo").click()
    expect(page.get_by_text("El plan termina")).to_be_visible()
    with database.reading() as session:
        name = str(mirror.current(session, owner.customer_id).stripe_subscription_id)
    details = owner.v1.subscriptions.retrieve(name).cancellation_details
    assert details is not None
    assert details.feedback == "too_expensive"


def test_staff_see_what_will_happen_to_who_owes_and_give_time(
    shop: Shop, page: Page, serious: Callable[[Page], list[str]]
) -> None:
    owner = Owner(shop)
    owner.fail_the_renewal()
    staff = f"ana-{owner.customer_id}"
    accounts.create_staff(staff, PASSWORD, "finance")
    page.goto(f"{shop.web}/login")
    page.fill("[name=username]", staff)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin")
    page.goto(f"{shop.web}/admin/tenants/{owner.tenant_id}")
    card = page.get_by_role("region", name="Cobro pendiente")
    expect(card.get_by_text("Se suspende el Odoo")).to_be_visible()
    expect(card.get_by_text("Previsto")).to_have_count(5)
    assert serious(page) == []
    picture(page, "debt")
    card.get_by_role("button", name="Dar 7 días más").click()
    expect(card.get_by_text("Tiene 7 días de margen")).to_be_visible()
    card.get_by_role("button", name="Parar los avisos").click()
    expect(card.get_by_text("En pausa")).to_have_count(5)
    card.get_by_role("button", name="Seguir con los avisos").click()
    expect(card.get_by_text("Previsto")).to_have_count(5)


def test_the_data_on_the_invoices_are_changed(shop: Shop, page: Page) -> None:
    owner = Owner(shop)
    owner.enter(page)
    page.get_by_role("button", name="Datos de facturación").click()
    box = page.get_by_role("dialog")
    box.get_by_label("RNC").fill("131-24679-9")
    box.get_by_label("Dirección").fill("Calle El Conde 12")
    box.get_by_role("button", name="Guardar").click()
    expect(box.get_by_text("no es válido").or_(box.get_by_text("dígito"))).to_be_visible()
    picture(page, "fiscal")
    box.get_by_label("RNC").fill("1-31-24679-6")
    box.get_by_label("Ciudad").fill("Santo Domingo")
    box.get_by_role("button", name="Guardar").click()
    expect(page.get_by_text("Guardado.")).to_be_visible()
    with database.reading() as session:
        name = str(session.get_one(Customer, owner.customer_id).stripe_customer_id)
    there = owner.v1.customers.retrieve(name).to_dict()
    assert (there["address"]["line1"], there["address"]["city"]) == ("Calle El Conde 12", "Santo Domingo")


def test_one_of_several_cards_is_chosen_and_one_removed(shop: Shop, page: Page) -> None:
    owner = Owner(shop)
    with database.reading() as session:
        customer = str(session.get_one(Customer, owner.customer_id).stripe_customer_id)
    owner.v1.payment_methods.attach("pm_card_mastercard", {"customer": customer})
    owner.enter(page)
    page.get_by_role("button", name="Cambiar la tarjeta").click()
    page.get_by_role("button", name="Usar la Mastercard terminada en 4444").click()
    expect(page.get_by_text("con Mastercard terminada en 4444")).to_be_visible()
    page.get_by_role("button", name="Cambiar la tarjeta").click()
    picture(page, "cards")
    page.get_by_role("button", name="Quitar la Visa terminada en 4242").click()
    expect(page.get_by_text("Tarjeta quitada.")).to_be_visible()
    assert len(owner.v1.customers.payment_methods.list(customer).data) == 1


def picture(page: Page, name: str) -> None:
    folder = os.environ.get("ALTA_PICTURES")
    if folder:
        page.wait_for_timeout(400)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=f"{folder}/{name}-{scheme}.png")
