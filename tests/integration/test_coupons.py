"""Promotion codes: made with limits, used by customers, switched off, and what they refuse."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from domain import billing, coupons
from domain.coupons import CodeForm
from domain.errors import Conflict, Invalid
from domain.models.base import now
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import Till


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with stand.open_till(monkeypatch) as opened:
        yield opened


def test_a_code_takes_off_what_stripe_then_charges(till: Till) -> None:
    coupons.make(CodeForm("MENOS20", "20 %", duration="repeating", months=3), by="ana")
    order = till.active()
    coupons.use(order.customer_id, " menos20 ", "marta")
    view = billing.overview(order.customer_id)
    assert (view.amount_cents, view.next_amount_cents) == (5900, 4720)
    till.sandbox.advance(32 * 86_400)
    assert billing.invoices(order.customer_id)[0].amount_cents == 4720
    (code,) = coupons.every()
    assert (code.percent, code.months, code.used, code.active) == (20, 3, 1, True)


def test_a_code_that_ran_out_or_is_none_is_refused_with_words(till: Till) -> None:
    soon = now() + timedelta(days=2)
    coupons.make(CodeForm("DIEZ", "10,00", "USD", "forever", most=1, expires_at=soon), by="ana")
    first, second = till.active("una"), till.active("dos")
    coupons.use(first.customer_id, "DIEZ", "marta")
    for typed in ("DIEZ", "NADIE", "", "x" * 500, "DIEZ\0"):
        with pytest.raises(Conflict):
            coupons.use(second.customer_id, typed, "marta")
    coupons.make(CodeForm("HOY", "50", expires_at=soon), by="ana")
    till.sandbox.advance(3 * 86_400)
    with pytest.raises(Conflict):
        coupons.use(second.customer_id, "HOY", "marta")
    with pytest.raises(Conflict):
        coupons.make(CodeForm("DIEZ", "10", "USD"), by="ana")


def test_switched_off_it_is_refused_and_who_has_it_keeps_it(till: Till) -> None:
    coupons.make(CodeForm("SIEMPRE", "50", duration="forever"), by="ana")
    order, late = till.active("una"), till.active("dos")
    coupons.use(order.customer_id, "SIEMPRE", "marta")
    coupons.switch_off(coupons.every()[0].id, by="ana")
    with pytest.raises(Conflict):
        coupons.use(late.customer_id, "SIEMPRE", "marta")
    assert billing.overview(order.customer_id).next_amount_cents == 2950


def test_bad_codes_are_refused_field_by_field(till: Till) -> None:
    past = now() - timedelta(days=1)
    with pytest.raises(Invalid) as caught:
        coupons.make(CodeForm("a b", "0", duration="repeating", months=0, most=-1, expires_at=past), by="ana")
    assert {one.field for one in caught.value.problems} == {"code", "off", "months", "most", "expires_at"}
    for off, currency in (("101", ""), ("mucho", ""), ("-5", ""), ("0", "USD"), ("1,5", "CLP"), ("5", "XXX")):
        with pytest.raises(Invalid):
            coupons.make(CodeForm("BIEN", off, currency), by="ana")
    assert coupons.every() == []
