"""The figures: each counted from rows that say so, none estimated."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from domain import database, income, metrics
from domain.models import (
    Customer,
    Job,
    MrrMovement,
    Node,
    Plan,
    Price,
    StripeEvent,
    Subscription,
    Tenant,
    WebhookCounter,
)
from domain.models.base import now
from domain.series import midnight

_numbers = itertools.count(1)


def sell(number: int, *, interval: str = "month", status: str = "active", currency: str = "USD", **more: Any) -> None:
    """`number` customers with a tenant and a subscription each."""
    with database.transaction() as session:
        plan = Plan(code=f"p{next(_numbers)}", name="Pyme")
        session.add(plan)
        session.flush()
        price = Price(
            plan_id=plan.id or 0, currency=currency, interval=interval, amount_cents=12_000, lookup_key=plan.code
        )
        session.add(price)
        session.flush()
        for index in range(number):
            customer = Customer(company="Sol", full_name="Marta", email="m@sol.do", country="DO")
            session.add(customer)
            session.flush()
            tenant = Tenant(customer_id=customer.id or 0, subdomain=f"{plan.code}-{index}")
            session.add(tenant)
            session.flush()
            values: dict[str, Any] = {
                "activated_at": now(),
                "stripe_subscription_id": f"sub_{plan.code}_{index}",
                **more,
            }
            brings = income.monthly_cents(12_000, interval) if values["stripe_subscription_id"] else 0
            row = Subscription(
                customer_id=customer.id or 0, tenant_id=tenant.id or 0, price_id=price.id or 0, status=status,
                amount_cents=12_000, mrr_cents=brings if status in ("active", "past_due") else 0, **values,
            )  # fmt: skip
            session.add(row)
            session.flush()
            for kind, at, cents in (("new", row.activated_at, brings), ("churn", row.cancelled_at, -brings)):
                if at is not None and brings:
                    session.add(
                        MrrMovement(subscription_id=row.id or 0, at=at, kind=kind, currency=currency, cents=cents)
                    )


def figures() -> metrics.Snapshot:
    fresh: metrics.Snapshot = metrics.snapshot.__wrapped__()  # type: ignore[attr-defined]
    return fresh


def ready_in(seconds: float, subdomain: str, *, days_ago: int = 0) -> None:
    with database.transaction() as session:
        customer = Customer(company="Sol", full_name="Marta", email="m@sol.do", country="DO")
        session.add(customer)
        session.flush()
        asked = now() - timedelta(days=days_ago, seconds=seconds)
        session.add(
            Tenant(
                customer_id=customer.id or 0, subdomain=subdomain, observed="running", requested_at=asked,
                ready_at=asked + timedelta(seconds=seconds),
            )
        )  # fmt: skip


def test_time_to_ready_is_told_only_from_twenty_samples_of_thirty_days(configured: str) -> None:
    for index in range(19):
        ready_in(0.5 + index / 10, f"n{index:02d}")
    ready_in(90, "viejo", days_ago=31)
    assert metrics.ready_time.__wrapped__() is None  # type: ignore[attr-defined]
    ready_in(2.4, "veinte")
    measured = metrics.ready_time.__wrapped__()  # type: ignore[attr-defined]
    assert measured.count == 20
    assert measured.p50 == pytest.approx(1.45, abs=0.01)
    assert measured.p95 < 3


def test_income_counts_what_stripe_collects_each_currency_apart_a_year_as_twelve_months(configured: str) -> None:
    sell(2)
    sell(1, interval="year")
    sell(1, status="past_due")
    sell(1, currency="MXN")
    sell(4, status="pending", activated_at=None)
    sell(5, stripe_subscription_id=None, paid_at=None)
    dollars, pesos = sorted(figures().income, key=lambda one: one.currency != "USD")
    assert (dollars.currency, dollars.cents) == ("USD", 12_000 * 3 + 1_000)
    assert (pesos.currency, pesos.cents) == ("MXN", 12_000)
    assert (dollars.outstanding_cents, dollars.outstanding_customers) == (12_000, 1)


def test_income_of_past_days_takes_back_what_came_and_gives_back_what_went(configured: str) -> None:
    sell(1, activated_at=now() - timedelta(days=90))
    sell(1, activated_at=midnight() - timedelta(days=2))
    sell(1, status="cancelled", activated_at=now() - timedelta(days=90), cancelled_at=midnight() - timedelta(days=5))
    (dollars,) = figures().income
    assert dollars.daily[-1] == dollars.cents == 24_000
    assert dollars.daily[-3] == 24_000
    assert dollars.daily[-4] == 12_000
    assert dollars.daily[-7] == 24_000
    assert len(dollars.daily) == 30


def test_a_yearly_amount_is_a_twelfth_in_whole_cents() -> None:
    assert income.monthly_cents(5_900, "month") == 5_900
    assert income.monthly_cents(59_000, "year") == 4_917
    assert income.monthly_cents(1, "year") == 0


def test_what_needs_attention_says_why_and_where(configured: str) -> None:
    with database.transaction() as session:
        node = Node(
            name="nodo-b", host="h", key_file="k", known_host="", container=105, http_url="http://h", reachable=False,
            unreachable_since=now() - timedelta(minutes=3), health={"disk_free": 3_435_973_836},
        )  # fmt: skip
        session.add(node)
        session.flush()
        for status in ("queued", "queued", "failed"):
            session.add(Job(kind="suspend_tenant", node_id=node.id, status=status, finished_at=now()))
        session.add(StripeEvent(stripe_id="evt_1", type="invoice.paid", outcome="failed", error="No"))
    found = {concern.code: concern for concern in figures().attention}
    assert set(found) == {"worker_away", "node_unreachable", "jobs_failed", "events_failed", "node_disk_full"}
    assert found["node_disk_full"].reason.startswith("Al disco de nodo-b le quedan 3,2 GB: sin sitio")
    assert found["node_unreachable"].reason == "nodo-b no responde desde hace 3 min (2 trabajos esperan)."
    assert found["jobs_failed"].link.startswith("/admin/jobs/")
    assert found["events_failed"].reason == "1 evento de Stripe sin aplicar."


def test_a_failed_job_is_settled_by_a_later_success_of_its_kind(configured: str) -> None:
    sell(1)
    with database.transaction() as session:
        tenant = session.execute(text("select id from tenant")).scalar_one()
        session.add(Job(kind="suspend_tenant", tenant_id=tenant, status="failed"))
        session.flush()
        session.add(Job(kind="suspend_tenant", tenant_id=tenant, status="succeeded"))
    assert "jobs_failed" not in {concern.code for concern in figures().attention}


def test_webhooks_and_jobs_of_the_day_are_counted(configured: str) -> None:
    with database.transaction() as session:
        session.add(StripeEvent(stripe_id="evt_1", type="invoice.paid", outcome="applied"))
        session.add(
            StripeEvent(stripe_id="evt_2", type="x", outcome="ignored", received_at=now() - timedelta(hours=25))
        )
        session.add(WebhookCounter(day=f"{midnight():%Y-%m-%d}", reason="signature", count=3))
        session.add(Job(kind="suspend_tenant", status="failed", finished_at=now()))
        session.add(Job(kind="suspend_tenant", status="failed", finished_at=now() - timedelta(days=2)))
    now_ = figures()
    assert (now_.webhooks.received, now_.webhooks.failed, now_.webhooks.refused_today) == (1, 0, 3)
    assert now_.jobs.failed_today == 1
