"""The drift board as staff see it: what disagrees, oldest first, and who was asked."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from domain import database
from domain.drift_kinds import KINDS
from domain.reports import paging
from domain.reports.paging import Page, Where


@dataclass(frozen=True)
class Filter:
    """`kind` is a name of `drift_kinds.KINDS` or None; pages count from 1."""

    text: str = ""
    kind: str | None = None
    number: int = 1
    size: int = paging.SIZE


@dataclass(frozen=True)
class DriftRow:
    """`title` says the kind, `button` its repair; `repaired_by` is set while a repair is under way."""

    id: int
    kind: str
    title: str
    subject: str
    reason: str
    button: str
    tenant_id: int | None
    subdomain: str | None
    node: str | None
    first_seen: datetime
    last_seen: datetime
    repaired_by: str | None
    repair_job_id: int | None


@dataclass(frozen=True)
class SourceRow:
    """Whom the last round asked (`what`: stripe, node, web): how much it listed, or why it did not answer."""

    name: str
    what: str
    node: str | None
    count: int
    error: str | None
    answered_at: datetime | None


@dataclass(frozen=True)
class Board:
    """The last round and its sources. `running`: one is being made; `waiting`: one was asked for."""

    ended_at: datetime | None
    running: bool
    waiting: bool
    sources: list[SourceRow]


_ROWS = """
select d.*, t.subdomain, n.name as node from drift as d
left join tenant as t on t.id = d.tenant_id left join node as n on n.id = d.node_id where d.id = any(:ids)
"""
_ROUNDS = """
select max(ended_at) as ended_at, coalesce(bool_or(begun_at is not null and ended_at is null), false) as running,
       coalesce(bool_or(begun_at is null), false) as waiting from drift_round
"""
_SOURCES = """
select s.name, split_part(s.name, ':', 1) as what, n.name as node, s.count, s.error, s.answered_at
from drift_source as s left join node as n on n.id = s.node_id order by n.name nulls first, s.name
"""


def page(wanted: Filter) -> Page[DriftRow]:
    """One page of what disagrees now, oldest first."""
    where = Where()
    where.add("t.gone_at is null")
    if wanted.kind is not None:
        where.add("t.kind = :kind", kind=wanted.kind)
    if word := paging.fold(wanted.text):
        where.add("t.facts ->> 'name' like :word", word=paging.containing(word))
    size = min(max(wanted.size, 1), paging.LARGEST)
    with database.reading() as session:
        ids, total = paging.find(
            session, "drift as t", where, [("t.first_seen", False), ("t.id", False)], wanted.number, size
        )
        found = {row.id: row for row in session.execute(text(_ROWS), {"ids": ids})}
    rows = [
        DriftRow(
            row.id, row.kind, KINDS[row.kind].title, row.subject, row.reason, KINDS[row.kind].button, row.tenant_id,
            row.subdomain, row.node, row.first_seen, row.last_seen, row.repaired_by, row.repair_job_id,
        )
        for row in (found[one] for one in ids if one in found and found[one].kind in KINDS)
    ]  # fmt: skip
    return Page(rows, total, wanted.number, size)


def board() -> Board:
    """How the last comparison went."""
    with database.reading() as session:
        rounds = session.execute(text(_ROUNDS)).one()
        sources = [SourceRow(*row) for row in session.execute(text(_SOURCES))]
    return Board(rounds.ended_at, bool(rounds.running), bool(rounds.waiting), sources)


def counts(session: Session) -> dict[str, int]:
    """How many of each kind there are now, every kind named."""
    found = session.execute(text("select kind, count(*) from drift where gone_at is null group by kind"))
    known = {row[0]: int(row[1]) for row in found}
    return {name: known.get(name, 0) for name in KINDS}
