"""Pages of long tables: filters as SQL conditions with parameters, and never more than half the table to skip."""

import unicodedata
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy import text
from sqlmodel import Session

from domain.models.customer import FOLDED

R = TypeVar("R")
SIZE = 25
LARGEST = 200
FURTHEST = 2**62  # no page begins later: PostgreSQL counts rows in 64 bits
_FOLD = str.maketrans(*FOLDED)


@dataclass(frozen=True)
class Page(Generic[R]):
    """`rows` of page `number` (from 1) of `size`; `total` counts every row that passes the filter."""

    rows: list[R]
    total: int
    number: int = 1
    size: int = SIZE


@dataclass
class Where:
    """Conditions joined by `and`, with their parameters."""

    conditions: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def add(self, condition: str, **values: Any) -> None:
        """Adds one condition; values reach SQL as parameters only."""
        self.conditions.append(condition)
        self.values.update(values)

    def __str__(self) -> str:
        return " and ".join(self.conditions) or "true"


def fold(words: str) -> str:
    """`words` in lower case without accents, as `customer.search` has them."""
    return unicodedata.normalize("NFC", words).replace("\0", "").lower().translate(_FOLD).strip()


def containing(words: str) -> str:
    """A LIKE pattern for text that contains `words`, whatever signs they hold."""
    return "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def find(
    session: Session, source: str, where: Where, order: list[tuple[str, bool]], number: int, size: int
) -> tuple[list[int], int]:
    """The ids of one page in order, and how many rows pass the filter in all.

    `source`: tables, the first aliased `t`, whose id is the key; `order`: (expression, descending).
    A page past the middle is read from the other end, so that no reader waits for more than half the table.
    """
    # Half a long table is sorted in memory; the default of 4 MB would go to disk.
    session.execute(text("set local work_mem = '32MB'"))
    total = int(session.execute(text(f"select count(*) from {source} where {where}"), where.values).scalar_one())  # noqa: S608
    skip = max(number - 1, 0) * size
    take = min(size, max(total - skip, 0))
    if not take:
        return [], total
    backwards = skip > total // 2
    if backwards:
        skip = total - skip - take
    by = ", ".join(f"{name} {'desc' if down != backwards else 'asc'}" for name, down in order)
    query = text(f"select t.id from {source} where {where} order by {by} limit :take offset :skip")  # noqa: S608
    found = [int(row) for row in session.execute(query, {**where.values, "take": take, "skip": skip}).scalars()]
    return (found[::-1] if backwards else found), total


def match(
    session: Session, source: str, where: Where, order: list[tuple[str, bool]], number: int, size: int
) -> tuple[list[int], int]:
    """As `find`, for conditions that no index answers: rows are matched once, for the page and for the count."""
    names = ", ".join(f"{name} as by{index}" for index, (name, _) in enumerate(order))
    by = ", ".join(f"by{index} {'desc' if down else 'asc'}" for index, (_, down) in enumerate(order))
    query = text(
        f"with hits as materialized (select t.id, {names} from {source} where {where}) "  # noqa: S608
        f"select (select count(*) from hits), array(select id from hits order by {by} limit :take offset :skip)"
    )
    session.execute(text("set local work_mem = '32MB'"))
    values = {**where.values, "take": size, "skip": min(max(number - 1, 0) * size, FURTHEST)}
    total, found = session.execute(query, values).one()
    return [int(one) for one in found], int(total)


def first(session: Session, source: str, where: Where, take: int) -> list[int]:
    """The `take` lowest ids that pass: one piece of an export."""
    query = text(f"select t.id from {source} where {where} order by t.id limit :take")  # noqa: S608
    return [int(row) for row in session.execute(query, {**where.values, "take": take}).scalars()]
