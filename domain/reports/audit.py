"""The record as people read it: searched by staff, and its own part by each customer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from domain import database
from domain.reports import paging
from domain.reports.paging import Page, Where

PIECE = 1_000  # rows of an export that are read at once


@dataclass(frozen=True)
class Filter:
    """`text`: a whole login, address, request id or target (`tenant:12`), or how an action begins. Pages from 1."""

    text: str = ""
    number: int = 1
    size: int = paging.SIZE


@dataclass(frozen=True)
class Entry:
    """One act, as it was written."""

    id: int
    at: datetime
    actor: str
    action: str
    target: str
    details: dict[str, Any]
    address: str | None
    request_id: str | None


_COLUMNS = "id, at, actor, action, target, details, address, request_id"
_ROWS = text(f"select {_COLUMNS} from audit_entry where id = any(:ids) order by id")  # noqa: S608 - names of ours
_OWN = text(
    f"select {_COLUMNS} from audit_entry where target in ("  # noqa: S608 - names of ours
    "select 'customer:' || :customer union all select 'tenant:' || id from tenant where customer_id = :customer "
    "union all select 'subscription:' || id from subscription where customer_id = :customer "
    # Of people who are nobody else's, nor staff; and of who looks.
    "union all select 'account:' || m.account_id from membership m join account a on a.id = m.account_id "
    "where m.customer_id = :customer and m.accepted_at is not null and (a.id = :reader or a.staff_role is null and not "
    "exists (select from membership o where o.account_id = a.id and o.customer_id <> :customer "
    "and o.accepted_at is not null))) order by id desc limit :take"
)


def _where(words: str) -> Where:
    where = Where()
    if word := words.replace("\0", "").strip():
        where.add(
            "(:word in (t.actor, t.target, t.address, t.request_id) or t.action like :begins)",
            word=word,
            begins=paging.containing(word)[1:],
        )
    return where


def page(wanted: Filter) -> Page[Entry]:
    """One page of entries, newest first."""
    size = min(max(wanted.size, 1), paging.LARGEST)
    with database.reading() as session:
        ids, total = paging.find(
            session, "audit_entry as t", _where(wanted.text), [("t.id", True)], wanted.number, size
        )
        rows = {row.id: Entry(*row) for row in session.execute(_ROWS, {"ids": ids})}
    return Page([rows[one] for one in ids if one in rows], total, wanted.number, size)


def export(words: str) -> Iterator[Entry]:
    """Every entry that passes, oldest first, read a thousand at a time."""
    after = 0
    while True:
        where = _where(words)
        where.add("t.id > :after", after=after)
        with database.reading() as session:
            ids = paging.first(session, "audit_entry as t", where, PIECE)
            found = [Entry(*row) for row in session.execute(_ROWS, {"ids": ids})]
        yield from found
        if len(ids) < PIECE:
            return
        after = ids[-1]


def own(customer_id: int, reader: int, take: int = 30) -> list[Entry]:
    """The newest entries about a customer: their Odoo, subscription, data and people. `reader`: who looks."""
    given = {"customer": customer_id, "reader": reader, "take": take}
    with database.reading() as session:
        return [Entry(*row) for row in session.execute(_OWN, given)]
