"""Letters and events in the admin: how letters look, one sent again; what an event changed, and failures by cause."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from domain import database, events, reconciling
from domain.models import Letter, StripeEvent
from domain.models.base import now
from tests.browser.pictures import picture
from tests.browser.shop import Shop
from tests.browser.test_plans_pages import logged_in
from tests.browser.test_portal_billing import Owner

pytestmark = pytest.mark.browser


def test_letters_are_seen_and_sent_again(shop: Shop, page: Page, serious: Callable[[Page], list[str]]) -> None:
    Owner(shop)
    reconciling.take_missed(reconciling.last_heard(), undelivered=False)
    with database.transaction() as session:
        letter = session.exec(select(Letter).where(Letter.kind == "receipt")).one()
        letter.sent_at = now()
        session.add(letter)
        name = letter.id
    logged_in(shop, page, "finance")
    page.goto(f"{shop.web}/admin/letters")
    expect(page.get_by_role("cell", name="Recibo")).to_be_visible()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("El Odoo de Panadería Sol está listo.")).to_be_visible()
    assert serious(page) == []
    picture(page, "letters")
    page.get_by_label("Nº de la carta").fill(str(name))
    page.get_by_role("button", name="Enviar otra vez").click()
    expect(page.get_by_text("En cola.")).to_be_visible()
    with database.reading() as session:
        assert session.get_one(Letter, name).sent_at is None


def test_an_event_says_what_it_changed_and_failures_are_together(
    shop: Shop, page: Page, serious: Callable[[Page], list[str]]
) -> None:
    owner = Owner(shop)
    bought = owner.v1.subscriptions.list({"limit": 1}).data[0]
    owner.v1.subscriptions.update(bought.id, {"cancel_at_period_end": True})
    reconciling.take_missed(reconciling.last_heard(), undelivered=False)
    for number in range(3):
        broken = {"id": f"evt_roto_{number}", "type": "invoice.paid", "data": {"object": {"id": "in_1"}}}
        events.record_failure(broken, ValueError("columna sin valor"))
    with database.reading() as session:
        query = select(StripeEvent).where(StripeEvent.type == "customer.subscription.updated")
        changed = next(row for row in session.exec(query).all() if "cancel_at_period_end" in row.changes)
    logged_in(shop, page, "finance")
    page.goto(f"{shop.web}/admin/events")
    expect(page.get_by_role("link", name="3 × ValueError: columna sin valor")).to_be_visible()
    expect(page.get_by_text("Cada noche se repasan")).to_be_visible()
    assert serious(page) == []
    picture(page, "events")
    page.get_by_role("button", name="Repasar ahora").click()
    expect(page.get_by_text(re.compile("Último repaso de Stripe.*2 suscripciones"))).to_be_visible()
    page.goto(f"{shop.web}/admin/events/{changed.id}")
    expect(page.get_by_role("cell", name="Termina con el periodo")).to_be_visible()
    assert serious(page) == []
    picture(page, "event")
    page.get_by_role("button", name="Aplicar otra vez").click()
    expect(page.get_by_text("lo aplicó otra vez")).to_be_visible()
