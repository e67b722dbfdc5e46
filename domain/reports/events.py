"""Stripe's events as staff see them: what came, what became of it, and the payload."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select

from domain import database
from domain.errors import NotFound
from domain.models import StripeWalk
from domain.recent import recent
from domain.reports import paging
from domain.reports.paging import Page, Where
from domain.states import EventOutcome

OUTCOMES = [outcome.value for outcome in EventOutcome]


@dataclass(frozen=True)
class Filter:
    """`outcome` is one of OUTCOMES or None; `text` a whole id of Stripe's (evt_…, sub_…, cs_…); pages count from 1."""

    text: str = ""
    outcome: str | None = None
    type: str | None = None
    number: int = 1
    size: int = paging.SIZE


@dataclass(frozen=True)
class EventRow:
    """`note` says what was done or why nothing was; `tenant_id` where the event belongs to an order of ours."""

    id: int
    stripe_id: str
    type: str
    object_id: str | None
    outcome: str
    error: str | None
    note: str | None
    attempts: int
    received_at: datetime
    applied_at: datetime | None
    tenant_id: int | None
    subdomain: str | None


@dataclass(frozen=True)
class EventDetail:
    """One event with its payload as Stripe sent it."""

    row: EventRow
    api_version: str | None
    livemode: bool
    created: datetime | None
    payload: dict[str, Any]
    changes: dict[str, list[str | None]]
    history: list[tuple[datetime, str, str]]


@dataclass(frozen=True)
class Failure:
    """Events that failed for one and the same reason."""

    error: str
    count: int
    newest_id: int
    newest_at: datetime


_HISTORY = text(
    "select at, actor, details ->> 'outcome' as outcome from audit_entry where target = :target "
    "order by id desc limit 20"
)
_ROWS = """
select e.id, e.stripe_id, e.type, e.object_id, e.outcome, e.error, e.note, e.attempts, e.received_at, e.applied_at,
       e.api_version, e.livemode, e.created, t.id as tenant_id, t.subdomain{payload}
from stripe_event as e
left join subscription as s on s.id = e.subscription_id
left join tenant as t on t.id = s.tenant_id
where e.id = any(:ids)
"""


def page(wanted: Filter) -> Page[EventRow]:
    """One page of events, newest first."""
    source, where = "stripe_event as t", Where()
    if wanted.outcome is not None:
        where.add("t.outcome = :outcome", outcome=wanted.outcome)
    if wanted.type is not None:
        where.add("t.type = :type", type=wanted.type)
    if word := wanted.text.replace("\0", "").strip():
        where.add("(t.stripe_id = :word or t.object_id = :word)", word=word)
    size = min(max(wanted.size, 1), paging.LARGEST)
    with database.reading() as session:
        ids, total = paging.find(session, source, where, [("t.id", True)], wanted.number, size)
        found = {row.id: _row(row) for row in session.execute(text(_ROWS.format(payload="")), {"ids": ids})}
    return Page([found[one] for one in ids if one in found], total, wanted.number, size)


def failures() -> list[Failure]:
    """Why events failed that are still to be applied: the commonest reason first, at most ten."""
    query = text(
        "select error, count(*) as number, max(id) as newest, max(received_at) as at from stripe_event "
        "where outcome = 'failed' group by error order by number desc, newest desc limit 10"
    )
    with database.reading() as session:
        return [Failure(row.error or "", row.number, row.newest, row.at) for row in session.execute(query)]


def last_walk() -> StripeWalk | None:
    """The report of the newest walk over Stripe's subscriptions that has ended."""
    with database.reading() as session:
        query = select(StripeWalk).where(col(StripeWalk.ended_at).is_not(None)).order_by(col(StripeWalk.id).desc())
        return session.exec(query).first()


@recent(30)
def types() -> list[str]:
    """Every type of event that ever came, by name, up to 30 s old; read by hopping along the index."""
    hops = text(
        "with recursive hop as ((select type from stripe_event order by type limit 1) union all "
        "select (select type from stripe_event where type > hop.type order by type limit 1) from hop "
        "where hop.type is not null) select type from hop where type is not null"
    )
    with database.reading() as session:
        return list(session.execute(hops).scalars())


def detail(event_id: int) -> EventDetail:
    """One event. Raises NotFound."""
    with database.reading() as session:
        row = session.execute(text(_ROWS.format(payload=", e.payload, e.changes")), {"ids": [event_id]}).one_or_none()
        history = session.execute(_HISTORY, {"target": f"event:{event_id}"}).all()
    if row is None:
        raise NotFound("No existe ese evento.")
    return EventDetail(
        _row(row), row.api_version, row.livemode, row.created, row.payload, row.changes,
        [(one.at, one.actor, one.outcome or "") for one in history],
    )  # fmt: skip


def _row(row: Any) -> EventRow:
    return EventRow(
        row.id, row.stripe_id, row.type, row.object_id, row.outcome, row.error, row.note, row.attempts,
        row.received_at, row.applied_at, row.tenant_id, row.subdomain,
    )  # fmt: skip
