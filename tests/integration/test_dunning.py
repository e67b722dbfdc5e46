"""The ladder for who owes: each step once, on its day, never on somebody who owes nothing, seen in advance."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from pydantic import ValidationError
from sqlmodel import col, select

from domain import database, dunning, payment_cards, stripe_changes
from domain.errors import Conflict, NotFound
from domain.models import DunningDone, Letter, Subscription
from domain.models.base import now
from domain.settings import Settings
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import Till
from tests.integration.stripe_stand import GOOD

CLOSED = ["create_tenant", "suspend_tenant"]


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with stand.open_till(monkeypatch) as opened:
        yield opened


def owing(till: Till) -> Subscription:
    """A customer with a running Odoo whose card was refused at the renewal; we know."""
    order = till.active()
    bought = till.stripe_subscription(order)
    method = till.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": str(bought.customer)})
    stripe_changes.use_card(str(bought.customer), bought.id, method.id)
    till.sandbox.advance(32 * 86400)
    till.take(till.event(order, "invoice.payment_failed"))
    with database.transaction() as session:
        site = session.get_one(type(stand.tenant(order)), order.tenant_id)
        site.observed = "running"
    return order


def pass_days(order: Subscription, days: float) -> None:
    """The debt is so many days older."""
    with database.transaction() as session:
        row = session.get_one(Subscription, order.id)
        assert row.past_due_since
        # What was done before belongs to the same debt.
        since = row.past_due_since - timedelta(days=days)
        for done in session.exec(select(DunningDone).where(DunningDone.subscription_id == order.id)):
            done.since = since
            session.add(done)
        row.past_due_since = since
        session.add(row)


def written(order: Subscription) -> list[str]:
    with database.reading() as session:
        query = select(Letter.kind).where(Letter.args["tenant_id"].as_integer() == order.tenant_id)
        return list(session.exec(query.order_by(col(Letter.id))).all())


def test_each_step_comes_on_its_day_and_once(till: Till) -> None:
    order = owing(till)
    outlook = dunning.outlook(order.tenant_id)
    assert outlook
    assert [(one.at - outlook.since).days for one in outlook.steps] == [0, 3, 7, 25, 30]
    assert [dunning.climb() for _ in range(3)] == [1, 0, 0]
    assert written(order) == ["payment_failed"]
    pass_days(order, 3)
    assert dunning.climb() == 1
    assert stand.tenant(order).desired == "running"
    pass_days(order, 4)
    assert dunning.climb() == 1
    site = stand.tenant(order)
    assert (site.desired, site.suspend_reasons) == ("suspended", ["unpaid"])
    assert stand.jobs(order) == CLOSED
    pass_days(order, 18)
    assert dunning.climb() == 1
    pass_days(order, 5)
    assert dunning.climb() == 1
    assert written(order) == ["payment_failed", "payment_reminder", "suspended", "last_call", "ended"]
    assert stand.subscription(order).status == "cancelled"
    assert till.stripe_subscription(order).status == "canceled"
    assert stand.tenant(order).desired == "archived"
    assert dunning.outlook(order.tenant_id) is None
    assert dunning.climb() == 0


def test_after_an_outage_all_is_done_and_one_letter_is_written(till: Till) -> None:
    order = owing(till)
    pass_days(order, 8)
    assert dunning.climb() == 1
    assert written(order) == ["suspended"]
    assert stand.tenant(order).suspend_reasons == ["unpaid"]


def test_several_workers_at_once_take_a_step_once(till: Till) -> None:
    order = owing(till)
    pass_days(order, 8)
    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(lambda _: dunning.climb(), range(6))) == 1
    assert written(order) == ["suspended"]
    assert stand.jobs(order) == CLOSED


def test_a_payment_that_we_have_not_heard_of_is_seen_before_anything_is_done(till: Till) -> None:
    order = owing(till)
    pass_days(order, 8)
    invoice = till.v1.invoices.list({"status": "open", "limit": 1}).data[0]
    assert httpx.post(str(invoice.hosted_invoice_url), data=GOOD, trust_env=False, timeout=20).status_code == 303
    assert dunning.climb() == 0
    assert stand.subscription(order).status == "active"
    assert (written(order), stand.tenant(order).suspend_reasons) == ([], [])


def test_a_forgiven_invoice_is_no_debt(till: Till) -> None:
    order = owing(till)
    pass_days(order, 8)
    till.v1.invoices.void_invoice(till.v1.invoices.list({"status": "open", "limit": 1}).data[0].id)
    assert dunning.climb() == 0
    assert stand.tenant(order).suspend_reasons == []


def test_paying_lifts_only_what_was_for_the_debt(till: Till) -> None:
    order = owing(till)
    pass_days(order, 8)
    dunning.climb()
    session = payment_cards.page_url(order.customer_id)
    httpx.post(session, data=GOOD, trust_env=False, timeout=20)
    assert payment_cards.returned(order.customer_id, session.rpartition("/")[2]) == 1
    site = stand.tenant(order)
    assert (site.desired, site.suspend_reasons) == ("running", [])
    assert written(order) == ["suspended", "resumed"]
    assert stand.subscription(order).past_due_since is None


def test_who_falls_behind_again_begins_anew(till: Till) -> None:
    order = owing(till)
    dunning.climb()
    with database.transaction() as session:
        row = session.get_one(Subscription, order.id)
        row.past_due_since = now() + timedelta(seconds=-1)
        session.add(row)
    assert dunning.climb() == 1
    assert written(order) == ["payment_failed", "payment_failed"]


def test_time_given_and_a_pause_are_kept_to(till: Till) -> None:
    order = owing(till)
    dunning.climb()
    name = order.id or 0
    dunning.give_time(name, 7, by="ana")
    pass_days(order, 8)
    assert dunning.climb() == 0
    pass_days(order, 3)
    assert dunning.climb() == 1
    assert written(order)[-1] == "payment_reminder"
    dunning.pause(name, True, by="ana")
    pass_days(order, 30)
    assert dunning.climb() == 0
    dunning.pause(name, False, by="ana")
    assert dunning.climb() == 1
    with pytest.raises(NotFound):
        dunning.pause(till.active("rival").id or 0, True, by="ana")


def test_no_more_time_is_given_than_there_is(till: Till) -> None:
    order = owing(till)
    dunning.give_time(order.id or 0, 84, by="ana")
    with pytest.raises(Conflict, match="caben 90"):
        dunning.give_time(order.id or 0, 7, by="ana")


def test_the_letter_says_the_day_on_which_it_is_suspended(till: Till) -> None:
    order = owing(till)
    dunning.climb()
    outlook = dunning.outlook(order.tenant_id)
    assert outlook
    with database.reading() as session:
        letter = session.exec(select(Letter).where(Letter.kind == "payment_failed")).one()
    assert letter.args["suspend_on"] == outlook.steps[2].at.isoformat()
    assert (letter.args["amount_cents"], letter.args["currency"]) == (5900, "usd")


@pytest.mark.parametrize("days", ["0,3,7", "0,3,3,25,30", "0,7,3,25,30", "a,b,c,d,e", "-1,3,7,25,30"])
def test_a_ladder_that_is_none_is_refused_at_the_start(days: str) -> None:
    with pytest.raises(ValidationError):
        Settings(dunning_days=days)
