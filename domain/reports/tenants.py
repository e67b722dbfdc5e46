"""Tenants as staff see them: a page of rows, the same rows as a stream for CSV, and one with everything about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain import database
from domain.errors import NotFound
from domain.reports import paging
from domain.reports.paging import Page, Where
from domain.settings import settings

# What a row is filtered by and shown as: the observed state, and `past_due` where it runs but is not paid.
STATES = ["running", "creating", "past_due", "suspended", "broken", "absent", "archived", "deleted"]
EXPORT_PIECE = 500
SORTS = {"created": "t.id", "subdomain": "t.subdomain"}


@dataclass(frozen=True)
class Filter:
    """`state` is one of STATES, or None for all that are not deleted; `sort` a key of SORTS; pages count from 1."""

    text: str = ""
    state: str | None = None
    sort: str = "created"
    descending: bool = True
    number: int = 1
    size: int = paging.SIZE


@dataclass(frozen=True)
class TenantRow:
    """`state` is one of STATES; `ready_seconds` from the order's payment to the first page, None until then.

    `overdue_days` is set while a charge is past due, and then `next_charge_at` says when it was due.
    """

    id: int
    subdomain: str
    url: str
    company: str
    customer_id: int
    email: str
    country: str
    state: str
    desired: str
    observed: str
    plan: str | None
    node: str | None
    next_charge_at: datetime | None
    overdue_days: int | None
    ready_seconds: float | None
    created_at: datetime


_ROWS = """
select t.id, t.subdomain, t.desired, t.observed, t.created_at, t.customer_id,
       extract(epoch from t.ready_at - t.requested_at) as ready_seconds,
       c.company, c.email, c.country, n.name as node,
       s.status, s.current_period_end, s.cancel_at_period_end, s.interval, s.plan
from tenant as t
join customer as c on c.id = t.customer_id
left join node as n on n.id = t.node_id
left join lateral (
    select status, current_period_end, cancel_at_period_end, price.interval, plan.name as plan
    from subscription join price on price.id = price_id join plan on plan.id = plan_id
    where tenant_id = t.id order by subscription.id desc limit 1
) as s on true
where t.id = any(:ids)
"""
_UNPAID_COUNT = text(
    "select count(distinct t.id) from subscription as s join tenant as t on t.id = s.tenant_id "
    "where s.status = 'past_due' and t.observed = 'running'"
)
_UNPAID = "exists (select from subscription as s where s.tenant_id = t.id and s.status = 'past_due')"


def counts(session: Session) -> dict[str, int]:
    """How many tenants there are of each of STATES; those past due are counted as running too."""
    found = {row[0]: row[1] for row in session.execute(text("select observed, count(*) from tenant group by observed"))}
    return {state: int(found.get(state, 0)) for state in STATES} | {"past_due": int(session.scalar(_UNPAID_COUNT) or 0)}


def page(wanted: Filter) -> Page[TenantRow]:
    """One page of tenants."""
    source, where = _source(wanted)
    order = [(SORTS.get(wanted.sort, "t.id"), wanted.descending)]
    if order[0][0] != "t.id":
        order.append(("t.id", wanted.descending))
    size = min(max(wanted.size, 1), paging.LARGEST)
    with database.reading() as session:
        look = paging.match if wanted.text else paging.find
        ids, total = look(session, source, where, order, wanted.number, size)
        return Page(rows(session, ids), total, wanted.number, size)


def export(wanted: Filter) -> Iterator[TenantRow]:
    """Every tenant that passes the filter, by age, read in pieces of 500 so that memory stays flat."""
    last = 0
    while True:
        source, where = _source(wanted)
        where.add("t.id > :last", last=last)
        with database.reading() as session:
            ids = paging.first(session, source, where, EXPORT_PIECE)
            yield from rows(session, ids)
        if len(ids) < EXPORT_PIECE:
            return
        last = ids[-1]


def rows(session: Session, ids: list[int]) -> list[TenantRow]:
    """The tenants with these ids, in their order."""
    found = {row.id: _row(row) for row in session.execute(text(_ROWS), {"ids": ids})}
    return [found[one] for one in ids if one in found]


def _source(wanted: Filter) -> tuple[str, Where]:
    where = Where()
    if wanted.state is None:
        where.add("t.observed <> 'deleted'")
    elif wanted.state == "past_due":
        where.add(f"t.observed = 'running' and {_UNPAID}")
    else:
        where.add("t.observed = :state", state=wanted.state)
    for index, word in enumerate(paging.fold(wanted.text).split()[:5]):
        where.add(
            f"(t.subdomain like :word{index} or c.search like :word{index})",
            **{f"word{index}": paging.containing(word)},
        )
    joined = " join customer as c on c.id = t.customer_id" if wanted.text else ""
    return "tenant as t" + joined, where


def _row(row: Any) -> TenantRow:
    due, overdue = row.current_period_end, None
    unpaid = row.status == "past_due"
    if unpaid and due is not None:
        due = due_since(due, row.interval)
        overdue = max((datetime.now(UTC) - due).days, 0)
    elif row.cancel_at_period_end or row.status != "active":
        due = None
    state = "past_due" if unpaid and row.observed == "running" else row.observed
    took = float(row.ready_seconds) if row.ready_seconds is not None else None
    return TenantRow(
        row.id, row.subdomain, settings().tenant_url(row.subdomain), row.company, row.customer_id, row.email,
        row.country, state, row.desired, row.observed, row.plan, row.node, due, overdue, took, row.created_at,
    )  # fmt: skip


def due_since(period_end: datetime, interval: str) -> datetime:
    """When an unpaid charge was due: Stripe moves the period on before it collects, so it is the period's start."""
    if period_end <= datetime.now(UTC):
        return period_end
    return period_end - timedelta(days=365 if interval == "year" else 30)


def one(tenant_id: int) -> TenantRow:
    """One tenant's row. Raises NotFound."""
    with database.reading() as session:
        found = rows(session, [tenant_id])
    if not found:
        raise NotFound("No existe esa instancia.")
    return found[0]
