"""A year of one customer on moved clocks, looked at on the way: trial, months, upgrade, refused card, suspension,
new card, a year paid, leaving, archived. Stripe's clock, ours and the web process's are moved together.
"""

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import stripe
import time_machine
from playwright.sync_api import Page, expect
from sqlmodel import col, select

from domain import catalogue_editor, database, dunning, passwords, publishing, reconciling, stripe_changes
from domain.models import Account, Customer, Letter, Subscription, Tenant
from domain.models.base import now
from tests.browser.shop import Shop
from tests.conftest import SECRETS
from tests.integration.stripe_stand import GOOD
from tests.zygote import MOMENT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PASSWORD = "girasoles en la panaderia"
EMAIL = "marta@panaderiasol.do"


class Year:
    """`pass_days` lets time go by for all; then the worker's duties and the node have been at work."""

    def __init__(self, shop: Shop, page: Page) -> None:
        self.shop, self.page = shop, page
        self.v1 = stripe.StripeClient(SECRETS["STRIPE_SECRET_KEY"], base_addresses={"api": shop.stripe}).v1
        self.moment = datetime.now(UTC)
        self._clock: Any = None

    def end(self) -> None:
        if self._clock:
            self._clock.stop()
        os.environ.pop(MOMENT, None)

    def pass_days(self, days: float) -> None:
        self.shop.stop()
        clock = {"advance_seconds": int(days * 86_400)}
        httpx.post(f"{self.shop.stripe}/_sandbox/clock", json=clock, trust_env=False, timeout=60).raise_for_status()
        self.moment += timedelta(days=days)
        if self._clock:
            self._clock.stop()
        self._clock = time_machine.travel(self.moment, tick=True)
        self._clock.start()
        os.environ[MOMENT] = str(self.moment.timestamp())
        self.work()
        self.shop.start()

    def work(self) -> None:
        """What the worker does by itself, and what the node then has done."""
        reconciling.take_missed(reconciling.last_heard(), undelivered=False)
        dunning.climb()
        with database.transaction() as session:
            tenant = session.exec(select(Tenant)).one()
            if tenant.requested_at and tenant.desired in ("running", "suspended", "archived"):
                tenant.observed, tenant.ready_at = tenant.desired, tenant.ready_at or now()
                session.add(tenant)

    def enter(self) -> None:
        """Logins end after a while, as they should: in again. From nowhere, since a page whose login ends reloads."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.shop.web}/login")
        self.page.fill("[name=username]", EMAIL)
        self.page.fill("[name=password]", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/tenant/portal")
        expect(self.page.get_by_role("heading", name=re.compile("^Plan "))).to_be_visible()

    def status(self) -> tuple[str, str]:
        with database.reading() as session:
            row = session.exec(select(Subscription)).one()
            return row.status, session.exec(select(Tenant.desired)).one()

    def letters(self) -> list[str]:
        with database.reading() as session:
            return list(session.exec(select(Letter.kind).order_by(col(Letter.id))).all())

    def refuse_the_card(self) -> None:
        """From now on the bank refuses every charge."""
        with database.reading() as session:
            customer = str(session.exec(select(Customer.stripe_customer_id)).one())
            bought = str(session.exec(select(Subscription.stripe_subscription_id)).one())
        method = self.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer})
        stripe_changes.use_card(customer, bought, method.id)

    def picture(self, name: str) -> None:
        if directory := os.environ.get("ALTA_PICTURES"):
            self.page.screenshot(path=f"{directory}/year-{name}.png", full_page=True)


@pytest.fixture
def year(shop: Shop, page: Page) -> Iterator[Year]:
    form = catalogue_editor.entry("pyme").form
    catalogue_editor.save(type(form)(**{**vars(form), "trial_days": 14}), by="admin")
    publishing.publish()
    made = Year(shop, page)
    yield made
    made.end()


def card(page: Page, number: str) -> None:
    for name, value in (GOOD | {"number": number}).items():
        page.fill(f"[name={name}]", value)


def test_a_year(year: Year, serious: Callable[[Page], list[str]]) -> None:
    page = year.page

    # Signing up for a trial: nothing is paid today.
    page.goto(f"{year.shop.web}/signup?plan=pyme&interval=month")
    page.get_by_label("Empresa").fill("Panadería Sol")
    page.get_by_label("Tu nombre").fill("Marta Jiménez")
    page.get_by_label("Correo").fill(EMAIL)
    page.get_by_label("País").click()
    page.get_by_label("País").fill("dominicana")
    page.get_by_role("option", name="República Dominicana").click()
    expect(page.get_by_text("14 días de prueba")).to_be_visible()
    year.picture("01-signup")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Continuar al pago").click()
    page.wait_for_url("**/c/pay/**")
    card(page, "4242 4242 4242 4242")
    year.picture("02-checkout")
    page.get_by_role("button", name=re.compile("prueba|Suscribirse|Pagar", re.IGNORECASE)).click()
    page.wait_for_url("**/success**")
    year.work()
    with database.transaction() as session:
        account = session.exec(select(Account).where(Account.login == EMAIL)).one()
        account.password_hash = passwords.digest(PASSWORD)
        session.add(account)
    year.enter()
    expect(page.get_by_text(re.compile("Quedan 1[34] días de prueba"))).to_be_visible()
    assert serious(page) == []
    year.picture("03-trial")

    # The trial ends: the first charge, and a month later the second.
    year.pass_days(15)
    year.enter()
    expect(page.get_by_text("Próximo cobro")).to_be_visible()
    expect(page.get_by_text("Pagada").first).to_be_visible()
    year.pass_days(33)
    assert year.status() == ("active", "running")

    # Upgrade, for exactly what is shown first.
    year.enter()
    page.get_by_role("button", name="Cambiar de plan").click()
    page.get_by_role("button", name=re.compile("Elegir Empresa.*mes")).click()
    expect(page.get_by_text("Hoy pagas")).to_be_visible()
    year.picture("04-upgrade")
    page.get_by_role("button", name="Cambiar y pagar ahora").click()
    expect(page.get_by_role("heading", name="Plan Empresa")).to_be_visible()

    # The bank refuses the next renewal: told at once, reminded, then suspended.
    year.refuse_the_card()
    year.pass_days(32)
    year.enter()
    expect(page.get_by_text(re.compile("Factura .* pendiente"))).to_be_visible()
    assert serious(page) == []
    year.picture("05-refused")
    assert year.letters()[-1:] == ["payment_failed"]
    year.pass_days(3.1)
    assert year.letters()[-1:] == ["payment_reminder"]
    year.pass_days(4.1)
    assert year.status() == ("past_due", "suspended")
    assert year.letters()[-1:] == ["suspended"]
    year.enter()
    expect(page.get_by_text("suspendido por un pago pendiente")).to_be_visible()
    year.picture("06-suspended")

    # A new card pays what is owed, and the Odoo is back.
    page.get_by_role("button", name="Cambiar la tarjeta").click()
    page.get_by_role("button", name="Otra tarjeta").click()
    expect(page.get_by_role("heading", name="Guardar una tarjeta")).to_be_visible()
    card(page, "5555 5555 5555 4444")
    page.get_by_role("button", name="Guardar la tarjeta").click()
    page.wait_for_url("**/tenant/portal")
    expect(page.get_by_text("Ya pagamos lo que estaba pendiente")).to_be_visible()
    assert year.status() == ("active", "running")
    assert year.letters()[-1:] == ["resumed"]
    year.work()

    # A year in advance.
    page.goto(f"{year.shop.web}/tenant/portal")
    page.get_by_role("button", name="Cambiar de plan").click()
    page.get_by_role("dialog").get_by_text("Cada año", exact=True).click()
    page.get_by_role("button", name=re.compile("Elegir Empresa.*año")).click()
    expect(page.get_by_text("Hoy pagas")).to_be_visible()
    page.get_by_role("button", name="Cambiar y pagar ahora").click()
    expect(page.get_by_text("al año").first).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    year.picture("07-annual")

    # Leaving: nothing changes until the paid year ends, then it is archived.
    page.get_by_role("button", name="Cancelar plan").click()
    page.get_by_role("button", name="Cancelar al final del periodo").click()
    expect(page.get_by_text("El plan termina el")).to_be_visible()
    year.picture("08-leaving")
    year.pass_days(300)
    assert year.status() == ("active", "running")
    year.pass_days(66)
    assert year.status() == ("cancelled", "archived")
    year.enter()
    expect(page.get_by_text("Tu Odoo está cerrado.")).to_be_visible()
    expect(page.get_by_text("no habrá más cobros")).to_be_visible()
    page.get_by_text("Por pagar", exact=True).click()
    expect(page.get_by_text("No hay facturas así")).to_be_visible()
    assert serious(page) == []
    year.picture("09-archived")
    for kind in ("payment_failed", "payment_reminder", "suspended", "resumed"):
        assert year.letters().count(kind) == 1
