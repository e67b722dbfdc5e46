"""Letters as staff see them: what was written to whom, and what became of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from domain import database
from domain.letters import TRIES
from domain.reports import paging
from domain.reports.paging import Page, Where

STATES = ("sent", "waiting", "failed")
_STATE = f"case when t.sent_at is not null then 'sent' when t.attempts >= {TRIES} then 'failed' else 'waiting' end"
_ROWS = text(
    f"select t.id, t.kind, t.to, t.created_at, t.sent_at, t.attempts, t.error, {_STATE} as state "  # noqa: S608
    "from letter as t where t.id = any(:ids)"
)


@dataclass(frozen=True)
class Filter:
    """`text`: a whole address; `state` is one of STATES or None; pages count from 1."""

    text: str = ""
    state: str | None = None
    number: int = 1
    size: int = paging.SIZE


@dataclass(frozen=True)
class LetterRow:
    """`state`: sent, waiting (it is tried again), failed (refused, or tried too often)."""

    id: int
    kind: str
    to: str
    created_at: datetime
    sent_at: datetime | None
    attempts: int
    error: str | None
    state: str


def page(wanted: Filter) -> Page[LetterRow]:
    """One page of letters, newest first."""
    where = Where()
    if wanted.state in STATES:
        where.add(f"{_STATE} = :state", state=wanted.state)
    if word := wanted.text.replace("\0", "").strip():
        where.add("lower(t.to) = lower(:word)", word=word)
    size = min(max(wanted.size, 1), paging.LARGEST)
    with database.reading() as session:
        ids, total = paging.find(session, "letter as t", where, [("t.id", True)], wanted.number, size)
        found = {row.id: LetterRow(*row) for row in session.execute(_ROWS, {"ids": ids})}
    return Page([found[one] for one in ids if one in found], total, wanted.number, size)
