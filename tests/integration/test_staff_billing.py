"""What staff do about money: refunds, transfers, invoices by hand, contested payments; all of it on record."""

from collections.abc import Iterator

import pytest
from sqlmodel import col, select

from domain import database, dunning, staff_billing
from domain.errors import Conflict, Invalid, NotFound
from domain.models import AuditEntry
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import Till
from tests.integration.test_dunning import owing, pass_days


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with stand.open_till(monkeypatch) as opened:
        yield opened


def acts() -> list[str]:
    with database.reading() as session:
        return list(session.exec(select(AuditEntry.action).order_by(col(AuditEntry.id))).all())


def test_money_is_given_back_in_parts_and_never_more_than_was_paid(till: Till) -> None:
    order = till.active()
    (invoice,) = staff_billing.account(order.customer_id).invoices
    assert staff_billing.refundable(order.customer_id, invoice.id) == 5900
    staff_billing.refund(order.customer_id, invoice.id, "20", "requested_by_customer", "No usó la copia", by="ana")
    assert staff_billing.refundable(order.customer_id, invoice.id) == 3900
    for amount in ("39,01", "0", "-5", "mucho", ""):
        with pytest.raises(Invalid):
            staff_billing.refund(order.customer_id, invoice.id, amount, "duplicate", "", by="ana")
    with pytest.raises(Invalid):
        staff_billing.refund(order.customer_id, invoice.id, "1", "porque sí", "", by="ana")
    staff_billing.refund(order.customer_id, invoice.id, "39,00", "duplicate", "", by="ana")
    assert [refund.amount for refund in till.v1.refunds.list().data] == [3900, 2000]
    assert acts()[-2:] == ["invoice.refund", "invoice.refund"]
    assert stand.subscription(order).status == "active"
    other = till.active("otra")
    with pytest.raises(NotFound):
        staff_billing.refund(other.customer_id, invoice.id, "1", "duplicate", "", by="ana")


def test_a_transfer_pays_a_debt_and_lifts_the_suspension(till: Till) -> None:
    order = owing(till)
    dunning.climb()
    pass_days(order, 8)
    dunning.climb()
    assert stand.tenant(order).desired == "suspended"
    invoice = next(one for one in staff_billing.account(order.customer_id).invoices if one.status == "open")
    with pytest.raises(Invalid):
        staff_billing.mark_paid(order.customer_id, invoice.id, " ", by="ana")
    staff_billing.mark_paid(order.customer_id, invoice.id, "Transferencia BHD 4471", by="ana")
    assert stand.tenant(order).desired == "running"
    assert stand.subscription(order).status == "active"
    paid = till.v1.invoices.retrieve(invoice.id)
    assert paid.status == "paid"
    assert paid.metadata
    assert paid.metadata["paid_by"] == "Transferencia BHD 4471"
    with pytest.raises(Conflict):
        staff_billing.mark_paid(order.customer_id, invoice.id, "Otra vez", by="ana")
    with pytest.raises(Conflict):
        staff_billing.refund(order.customer_id, invoice.id, "1", "duplicate", "", by="ana")
    assert "invoice.mark_paid" in acts()


def test_an_invoice_by_hand_asks_for_what_was_said(till: Till) -> None:
    order = till.active()
    made = staff_billing.make_invoice(order.customer_id, "Formación, 2 horas", "80,50", "USD", 15, by="ana")
    there = till.v1.invoices.retrieve(made.id)
    assert (there.status, there.amount_due, there.collection_method) == ("open", 8050, "send_invoice")
    assert there.lines.data[0].description == "Formación, 2 horas"
    assert stand.subscription(order).status == "active"
    with pytest.raises(Invalid) as caught:
        staff_billing.make_invoice(order.customer_id, "", "-1", "XXX", 0, by="ana")
    assert {one.field for one in caught.value.problems} == {"words", "amount", "currency", "days"}


def test_a_customer_without_a_card_pays_by_transfer(till: Till) -> None:
    order = till.active()
    staff_billing.by_transfer(order.customer_id, 10, by="ana")
    assert staff_billing.account(order.customer_id).by_transfer
    till.sandbox.advance(32 * 86400)
    newest = staff_billing.account(order.customer_id).invoices[0]
    assert newest.status == "open"
    staff_billing.mark_paid(order.customer_id, newest.id, "Depósito 99", by="ana")
    assert stand.subscription(order).status == "active"
    staff_billing.by_transfer(order.customer_id, None, by="ana")
    assert not staff_billing.account(order.customer_id).by_transfer


def test_contested_payments_are_shown_with_their_customer(till: Till) -> None:
    order, other = till.active(), till.active("otra")
    charge = till.v1.charges.list({"customer": str(till.stripe_subscription(order).customer)}).data[0]
    till.sandbox.dispute(charge.id)
    (found,) = staff_billing.account(order.customer_id).disputes
    assert (found.amount_cents, found.status) == (5900, "needs_response")
    assert staff_billing.account(other.customer_id).disputes == []
    receipt = till.take(
        next(
            event.to_dict(for_json=True)
            for event in till.v1.events.list({"limit": 20}).data
            if event.type == "charge.dispute.created"
        )
    )
    assert receipt.outcome == "ignored"
    assert "disputado" in (receipt.note or "")
