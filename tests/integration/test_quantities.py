"""Plans paid by the person, extras paid by the piece: bought, changed for exactly what was quoted, and given."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from domain import (
    billing,
    catalogue_editor,
    database,
    metrics,
    mirror,
    orders,
    plan_changes,
    plan_limits,
    plan_offers,
    plans,
    publishing,
    reconciling,
    staging,
)
from domain.catalogue_editor import PlanForm
from domain.errors import Conflict, Invalid
from domain.models import Subscription, Tenant
from tests.browser.orders import form
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import Till

TEAM = PlanForm(
    "equipo", "Equipo", per_person=True, limits={"disk_gb": 20},
    prices={("USD", "month"): 1200, ("USD", "year"): 12_000},
)  # fmt: skip
SPACE = PlanForm(
    "espacio", "10 GB más", kind="extra", staging_copies=0, limits={"disk_gb": 10},
    prices={("USD", "month"): 500, ("USD", "year"): 5000},
)  # fmt: skip
COPY = PlanForm("copia", "Otra copia", kind="extra", staging_copies=1, prices={("USD", "month"): 900})


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with stand.open_till(monkeypatch) as opened:
        for one in (TEAM, SPACE, COPY):
            catalogue_editor.save(one, by="admin", creating=True)
        publishing.publish()
        yield opened


def bought(till: Till, people: int = 3, **changes: object) -> Subscription:
    """An order of the plan by the person, paid and heard of."""
    placed = orders.place(form(plan="equipo", people=people, **changes), "form:equipo")
    with database.reading() as session:
        order = session.exec(select(Subscription).where(Subscription.customer_id == placed.customer_id)).one()
    till.pay(order)
    till.take(till.event(order, stand.FOUR[0]))
    return stand.subscription(order)


def limits(order: Subscription) -> dict[str, int]:
    with database.reading() as session:
        given = plan_limits.of_tenant(session, order.tenant_id)
        copies = staging.limit(session, session.get_one(Tenant, order.tenant_id))
    return {name: plan_limits.of(given, name) for name in plan_limits.EXTENDED} | {"copies": copies}


def totals(order: Subscription) -> list[int]:
    """What was invoiced, oldest first."""
    return [invoice.amount_cents for invoice in billing.invoices(order.customer_id)][::-1]


def change(order: Subscription, **wish: object) -> plan_changes.Quote:
    """Quotes with the present price and confirms."""
    quote = plan_changes.quote(order.customer_id, stand.subscription(order).price_id, **wish)  # type: ignore[arg-type]
    plan_changes.confirm(order.customer_id, quote.token, "ana")
    return quote


def test_a_plan_by_the_person_costs_as_many_times_its_price(till: Till) -> None:
    order = bought(till)
    assert (order.people, order.amount_cents, order.mrr_cents, totals(order)) == (3, 3600, 3600, [3600])
    assert limits(order) == {"users": 3, "disk_gb": 20, "copies": 1}
    view = billing.overview(order.customer_id)
    assert (view.people, view.amount_cents, view.extensible) == (3, 3600, True)


def test_other_plans_are_for_one_whatever_was_written(till: Till) -> None:
    till.active()
    placed = orders.place(form(plan="pyme", people=7), "form:otro")
    with database.reading() as session:
        row = session.exec(select(Subscription).where(Subscription.customer_id == placed.customer_id)).one()
    assert (row.people, row.amount_cents) == (1, 9900)


@pytest.mark.parametrize("people", [0, -1, "", "tres", plans.MOST_PEOPLE + 1, 10**30, [3], True])
def test_a_number_that_is_none_is_refused_in_words(till: Till, people: object) -> None:
    with pytest.raises(Invalid) as refused:
        orders.place(form(plan="equipo", people=people), "form:mal")
    (fault,) = refused.value.problems
    assert (fault.field, fault.message) == ("people", "Escribe para cuántas personas, de 1 a 10000.")


def test_more_people_are_charged_now_and_fewer_when_the_period_ends(till: Till) -> None:
    order = bought(till)
    more = change(order, people=5)
    assert (more.now, more.today_cents, more.next_cents) == (True, 2400, 6000)
    assert (totals(order), limits(order)["users"]) == ([3600, 2400], 5)
    fewer = change(order, people=2)
    assert (fewer.now, fewer.today_cents, fewer.next_cents, fewer.starts_at) == (
        False, 0, 2400, stand.subscription(order).current_period_end,
    )  # fmt: skip
    assert (limits(order)["users"], billing.overview(order.customer_id).later_plan) == (5, "Equipo, 2 personas")
    plan_changes.undo(order.customer_id, "ana")
    assert billing.overview(order.customer_id).later_plan is None
    change(order, people=2)
    till.sandbox.advance(32 * 86400)
    with database.transaction() as session:
        mirror.refresh(session, mirror.locked(session, order.id or 0))
    assert (stand.subscription(order).people, totals(order)) == (2, [3600, 2400, 2400])


def test_an_extra_is_paid_from_now_on_and_gives_what_it_says(till: Till) -> None:
    order = bought(till)
    quote = change(order, extras={"espacio": 2, "copia": 1})
    assert (quote.today_cents, quote.next_cents) == (1900, 5500)
    assert limits(order) == {"users": 3, "disk_gb": 40, "copies": 2}
    view = billing.overview(order.customer_id)
    assert (view.extras, view.amount_cents) == ((("10 GB más", 2), ("Otra copia", 1)), 5500)
    (income,) = metrics.snapshot().income
    assert (income.cents, income.daily[-1], stand.subscription(order).mrr_cents) == (5500, 5500, 5500)
    later = change(order, extras={"copia": 0})
    assert not later.now
    assert billing.overview(order.customer_id).later_plan == "Equipo, 3 personas, 2 × 10 GB más"
    assert limits(order)["copies"] == 2, "paid until the period ends"


def test_the_extras_go_with_a_change_of_interval(till: Till) -> None:
    order = bought(till)
    change(order, extras={"espacio": 1})
    year = next(one for one in plan_offers.offer(order.customer_id).choices if one.interval == "year")
    quote = plan_changes.quote(order.customer_id, year.price_id)
    assert (quote.next_cents, quote.today_cents) == (41_000, 41_000 - 3600 - 500)
    plan_changes.confirm(order.customer_id, quote.token, "ana")
    row = stand.subscription(order)
    assert (row.people, row.extras, row.amount_cents, row.mrr_cents) == (3, {"espacio": 1}, 41_000, 3417)


def test_what_is_not_sold_by_the_year_has_to_go_first(till: Till) -> None:
    order = bought(till)
    change(order, extras={"copia": 1})
    year = next(one for one in plan_offers.offer(order.customer_id).choices if one.interval == "year")
    with pytest.raises(Conflict, match="«Otra copia» no se vende al año"):
        plan_changes.quote(order.customer_id, year.price_id)
    assert plan_changes.quote(order.customer_id, year.price_id, extras={"copia": 0}).now


def test_who_pays_an_old_price_keeps_it_for_more_pieces(till: Till) -> None:
    order = bought(till)
    change(order, extras={"espacio": 1})
    catalogue_editor.save(replace(SPACE, prices={("USD", "month"): 700}), by="admin")
    publishing.publish()
    assert change(order, extras={"espacio": 3}).next_cents == 3600 + 3 * 500
    assert change(order, extras={"espacio": 2}).next_cents == 3600 + 2 * 500


@pytest.mark.parametrize(
    "wish", [{"people": 0}, {"people": 10**6}, {"extras": {"espacio": -1}}, {"extras": {"copia": 5000}}]
)
def test_numbers_that_cannot_be_are_refused(till: Till, wish: dict[str, object]) -> None:
    order = bought(till)
    with pytest.raises(Invalid, match="personas"):
        change(order, **wish)


def test_nothing_to_change_and_nothing_of_that_name(till: Till) -> None:
    order = bought(till)
    with pytest.raises(Conflict) as same:
        change(order, people=3)
    assert same.value.code == "same_plan"
    with pytest.raises(Conflict, match="no se vende"):
        change(order, extras={"nada": 1})


def test_what_staff_change_at_stripe_is_found_by_the_nightly_walk(till: Till) -> None:
    order = bought(till)
    change(order, extras={"espacio": 1})
    there = till.stripe_subscription(order)
    plan, extra = there["items"].data
    more: Any = [{"id": plan.id, "quantity": 4}, {"id": extra.id, "quantity": 4}]
    till.v1.subscriptions.update(there.id, {"items": more, "proration_behavior": "none"})
    report = reconciling.walk(reconciling.begin(by="admin"))
    assert (report.different, report.healed) == (1, 1)
    row = stand.subscription(order)
    assert (row.people, row.extras, row.amount_cents) == (4, {"espacio": 4}, 6800)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"trial_days": 3}, "solo suma"), ({"limits": {"own_domain": 0}}, "solo suma"), ({"limits": {}}, "sumar algo"),
        ({"per_person": True}, "solo suma"), ({"kind": "cosa"}, "no es plan ni extra"),
    ],
)  # fmt: skip
def test_an_extra_says_what_it_adds(till: Till, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        catalogue_editor.save(replace(SPACE, **wrong), by="admin")


def test_a_plan_does_not_become_an_extra_and_one_that_is_paid_is_not_deleted(till: Till) -> None:
    with pytest.raises(Conflict, match="no se convierte"):
        catalogue_editor.save(
            PlanForm(**{**vars(TEAM), "kind": "extra", "per_person": False, "limits": {"users": 1}}), by="x"
        )
    change(bought(till), extras={"espacio": 1})
    assert catalogue_editor.entry("espacio").subscribers == 1
    with pytest.raises(Conflict, match="ocúltalo"):
        catalogue_editor.remove("espacio", by="admin")
    assert [one.code for one in plans.extras()] == ["espacio", "copia"]
    assert "espacio" not in [one.code for one in plans.catalogue()]
