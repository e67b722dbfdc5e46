"""Reports on income: against a case computed by hand, and from what the mirror writes as things happen."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from sqlmodel import col, select

from domain import billing, database, plan_changes
from domain.models import MrrMovement
from domain.reports import revenue
from domain.reports.revenue import Revenue
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import Till


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with stand.open_till(monkeypatch) as opened:
        yield opened


def on(month: int, day: int = 10, year: int = 2027) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


# Three customers. 1: 59 in January, 99 from March, gone in May. 2: 29 in January, gone in February, back in April.
# 3: 149 in February, 29 from April.
CASE = [
    (1, on(1), "new", "USD", 5900),
    (2, on(1, 20), "new", "USD", 2900),
    (3, on(2), "new", "USD", 14_900),
    (2, on(2, 25), "churn", "USD", -2900),
    (1, on(3), "expansion", "USD", 4000),
    (3, on(4), "contraction", "USD", -12_000),
    (2, on(4, 30), "reactivation", "USD", 2900),
    (1, on(5), "churn", "USD", -9900),
]


@pytest.fixture
def case(till: Till) -> Revenue:
    """The reports on the case, read on 31 May."""
    names = {number: till.order(f"cliente-{number}").id or 0 for number in (1, 2, 3)}
    with database.transaction() as session:
        for number, at, kind, currency, cents in CASE:
            session.add(MrrMovement(subscription_id=names[number], at=at, kind=kind, currency=currency, cents=cents))
    revenue.read.forget()
    with time_machine.travel(on(5, 31), tick=True):
        return revenue.read()


def test_months_are_as_computed_by_hand(case: Revenue) -> None:
    months = {month.first.month: month for month in case.months["USD"]}
    assert [months[number].closing for number in (12, 1, 2, 3, 4, 5)] == [0, 8800, 20_800, 24_800, 15_700, 5800]
    february, may = months[2], months[5]
    assert (february.opening, february.by_kind["new"], february.by_kind["churn"]) == (8800, 14_900, -2900)
    assert (february.began_with, february.churned, february.churn_rate) == (2, 1, 0.5)
    assert months[3].by_kind["expansion"] == 4000
    assert (months[4].by_kind["contraction"], months[4].by_kind["reactivation"]) == (-12_000, 2900)
    assert may.churn_rate == pytest.approx(1 / 3)
    assert (may.paying, may.average_cents) == (2, 2900)
    assert months[12].churn_rate is None
    assert months[12].average_cents is None
    assert len(months) == 12


def test_cohorts_are_as_computed_by_hand(case: Revenue) -> None:
    january, february = case.cohorts
    assert (january.size, january.kept) == (2, [2, 1, 1, 2, 1])
    assert (february.size, february.kept) == (1, [1, 1, 1, 1])


def test_amounts_are_converted_only_at_a_stated_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    stated = {"USD": Decimal(1), "EUR": Decimal("1.085"), "CLP": Decimal("0.00105")}
    assert revenue.converted(5900, "USD", stated) == 5900
    assert revenue.converted(5900, "EUR", stated) == 6402
    assert revenue.converted(55_000, "CLP", stated) == 5775
    assert revenue.converted(100, "MXN", stated) is None


def moves() -> list[tuple[str, int]]:
    with database.reading() as session:
        rows = session.exec(select(MrrMovement).order_by(col(MrrMovement.id))).all()
        return [(row.kind, row.cents) for row in rows]


def test_the_mirror_writes_each_change_once(till: Till) -> None:
    order = till.active()
    assert moves() == [("new", 5900)]
    for event in till.events(order).values():
        till.take(event)
    assert moves() == [("new", 5900)]
    quote = plan_changes.quote(order.customer_id, till.prices[1].id or 0)
    plan_changes.confirm(order.customer_id, quote.token, "ana")
    assert moves()[1:] == [("expansion", 4000)]
    till.v1.subscriptions.cancel(till.stripe_subscription(order).id)
    till.take(till.event(order, "customer.subscription.deleted"))
    assert moves()[2:] == [("churn", -9900)]
    again = till.order("acme-dos", "ANA@acme.co")
    till.pay(again)
    assert billing.look_again(again.checkout_session_id or "")
    assert moves()[3:] == [("reactivation", 5900)]
    assert stand.subscription(again).mrr_cents == 5900


def test_what_is_owed_is_stripes_by_age(till: Till) -> None:
    order = till.active()
    bought = till.stripe_subscription(order)
    method = till.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": str(bought.customer)})
    till.v1.subscriptions.update(bought.id, {"default_payment_method": method.id})
    till.sandbox.advance(32 * 86_400)
    revenue.receivables.forget()
    (owed,) = revenue.receivables()
    assert (owed.currency, sum(owed.by_age)) == ("USD", 5900)
