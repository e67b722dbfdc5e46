"""Letters about money: each occasion once, whatever is delivered twice, with Stripe's amounts and our days."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from sqlmodel import col, select

from domain import billing, catalogue_editor, database, letters, publishing, reconciling, signup, tenants
from domain.catalogue_editor import PlanForm
from domain.models import Letter, Subscription
from domain.sandbox.mail import MailCatcher
from domain.settings import settings
from tests.browser.orders import form
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import Till

DAY = 86_400


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with stand.open_till(monkeypatch) as opened:
        yield opened


def written() -> list[str]:
    with database.reading() as session:
        return list(session.exec(select(Letter.kind).order_by(col(Letter.id))).all())


def hear(till: Till, moved: float = 0) -> None:
    """Time goes by for Stripe and for us, and every event comes, twice."""
    if moved:
        till.sandbox.advance(int(moved))
    moment = datetime.fromtimestamp(till.sandbox.state()["now"], UTC)
    with time_machine.travel(moment, tick=True):
        for event in reversed([one.to_dict(for_json=True) for one in till.v1.events.list({"limit": 60}).data]):
            billing.take(event)
            billing.take(event)


def bought(till: Till, plan: PlanForm, interval: str = "month") -> Subscription:
    catalogue_editor.save(plan, by="admin", creating=True)
    publishing.publish()
    placed = signup.place(form(plan=plan.code, interval=interval), "form:una")
    with database.reading() as session:
        query = select(Subscription).where(Subscription.checkout_session_id == placed.checkout_session_id)
        order = session.exec(query).one()
    till.pay(order)
    hear(till)
    return stand.subscription(order)


def test_each_payment_has_one_receipt(till: Till) -> None:
    order = till.paid()
    hear(till)
    assert written() == ["receipt"]
    hear(till, 32 * DAY)
    assert written() == ["receipt", "receipt"]
    with database.reading() as session:
        letter = session.exec(select(Letter).order_by(col(Letter.id).desc())).first()
    assert letter
    newest = till.v1.invoices.list({"limit": 1}).data[0]
    assert (letter.args["charged_cents"], letter.args["invoice_number"]) == (newest.amount_paid, newest.number)
    assert letter.args["document_url"] == newest.hosted_invoice_url
    assert letter.to == f"ana@{stand.tenant(order).subdomain}.co"


def test_a_trial_is_told_before_it_costs_and_a_free_invoice_has_no_receipt(till: Till) -> None:
    bought(till, PlanForm("prueba", "Prueba", trial_days=14, prices={("USD", "month"): 5900}))
    assert written() == []
    hear(till, 12 * DAY)
    assert written() == ["trial_ending"]
    hear(till, 4 * DAY)
    assert written() == ["trial_ending", "receipt"]


def test_a_year_is_told_a_week_before_and_a_month_is_not(till: Till) -> None:
    bought(till, PlanForm("anual", "Anual", prices={("USD", "year"): 59_000}), "year")
    assert written() == ["receipt"]
    hear(till, 359 * DAY)
    assert written() == ["receipt", "upcoming"]
    hear(till, 7 * DAY)
    assert written() == ["receipt", "upcoming", "receipt"]


def test_a_bank_that_asks_is_told_with_where_to_answer(till: Till) -> None:
    order = till.active()
    subscription = till.stripe_subscription(order)
    method = till.v1.payment_methods.attach("pm_card_authenticationRequired", {"customer": str(subscription.customer)})
    till.v1.subscriptions.update(subscription.id, {"default_payment_method": method.id})
    hear(till, 32 * DAY)
    assert "action_needed" in written()
    with database.reading() as session:
        letter = session.exec(select(Letter).where(Letter.kind == "action_needed")).one()
    assert "/i/" in letter.args["pay_url"]


def test_what_is_paid_late_has_its_receipt_too(till: Till) -> None:
    order = till.active()
    subscription = till.stripe_subscription(order)
    method = till.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": str(subscription.customer)})
    till.v1.subscriptions.update(subscription.id, {"default_payment_method": method.id})
    hear(till, 32 * DAY)
    assert written().count("receipt") == 0, "what was paid a month ago is no news"
    good = till.v1.payment_methods.attach("pm_card_visa", {"customer": str(subscription.customer)})
    till.sandbox.advance(10 * DAY)
    owed = till.v1.invoices.list({"status": "open"}).data[0]
    till.v1.invoices.pay(str(owed.id), {"payment_method": good.id})
    hear(till)
    assert written().count("receipt") == 1


def test_leaving_is_confirmed_and_its_end_is_told_once(till: Till) -> None:
    order = till.active()
    billing.cancel(order.customer_id, "ana")
    billing.cancel(order.customer_id, "ana")
    assert [kind for kind in written() if kind != "receipt"] == ["leaving"]
    hear(till, 32 * DAY)
    assert [kind for kind in written() if kind != "receipt"] == ["leaving", "cancelled"]
    with database.transaction() as session:
        tenant = tenants.locked(session, order.tenant_id)
        tenant.observed, tenant.ready_at = "running", tenant.requested_at
        tenants.observe(session, tenant, "archived")
        tenants.observe(session, tenant, "archived")
    assert written()[-1] == "archived"
    assert written().count("archived") == 1


def test_a_card_in_its_last_month_is_told_once(till: Till) -> None:
    till.active()
    with time_machine.travel(datetime(2040, 12, 9, tzinfo=UTC), tick=True):
        for _ in range(2):
            reconciling.walk(reconciling.begin(by="admin"))
    assert written().count("card_expiring") == 1


def test_every_letter_of_a_life_can_be_sent(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order = till.paid()
    hear(till)
    billing.cancel(order.customer_id, "ana")
    hear(till, 32 * DAY)
    catcher = MailCatcher().start()
    monkeypatch.setenv("SMTP_URL", catcher.smtp_url)
    settings.cache_clear()
    try:
        with database.reading() as session:
            names = session.exec(select(Letter.id).order_by(col(Letter.id))).all()
        for name in names:
            letters.send(int(name or 0))
        subjects = [one["subject"] for one in catcher.wait(f"ana@{stand.tenant(order).subdomain}.co", count=3)]
    finally:
        catcher.stop()
    assert any("Recibo de US$" in subject for subject in subjects)
    assert any(subject.startswith("Tu plan termina el") for subject in subjects)
