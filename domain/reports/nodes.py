"""Nodes as staff see them: whether they answer, how full they are and what waits for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain import database


@dataclass(frozen=True)
class NodeRow:
    """`reachable` is None before the first look; `waiting` counts its queued jobs; `health` is its last answer."""

    id: int
    name: str
    host: str
    port: int
    container: int
    http_url: str
    open: bool
    capacity: int
    tenants: int
    waiting: int
    reachable: bool | None
    unreachable_since: datetime | None
    last_error: str | None
    checked_at: datetime | None
    health: dict[str, Any]


_ROWS = """
select n.id, n.name, n.host, n.port, n.container, n.http_url, n.open, n.capacity,
       coalesce(t.number, 0), coalesce(j.number, 0),
       n.reachable, n.unreachable_since, n.last_error, n.checked_at, n.health
from node as n
left join (select node_id, count(*) as number from tenant
           where observed not in ('absent', 'archived', 'deleted') group by node_id) as t on t.node_id = n.id
left join (select node_id, count(*) as number from job
           where status = 'queued' group by node_id) as j on j.node_id = n.id
order by n.name
"""


def every() -> list[NodeRow]:
    """All nodes, by name."""
    with database.reading() as session:
        return rows(session)


def rows(session: Session) -> list[NodeRow]:
    """All nodes, by name."""
    return [NodeRow(*row) for row in session.execute(text(_ROWS))]
