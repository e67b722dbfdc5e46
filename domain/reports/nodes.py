"""Nodes as staff see them: whether they answer, how full they are and what waits for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain import database


@dataclass(frozen=True)
class NodeRow:
    """`reachable` is None before the first look; `waiting` counts its queued jobs; `health` is its last answer;
    `join_job` is the newest job that joined it. The rest as in `domain.models.Node`."""

    id: int
    name: str
    host: str
    port: int
    container: int
    http_url: str
    state: str
    region: str
    capacity: int
    concurrency: int
    tenants: int
    waiting: int
    reachable: bool | None
    unreachable_since: datetime | None
    last_error: str | None
    key_alarm: str | None
    breaker: str
    clone_ms: float | None
    odoo: str
    checked_at: datetime | None
    health: dict[str, Any]
    join_job: int | None


_ROWS = """
select n.id, n.name, n.host, n.port, n.container, n.http_url, n.state, n.region, n.capacity, n.concurrency,
       coalesce(t.number, 0), coalesce(j.number, 0),
       n.reachable, n.unreachable_since, n.last_error, n.key_alarm, n.breaker, n.clone_ms, n.odoo, n.checked_at,
       n.health, (select max(id) from job where job.node_id = n.id and kind = 'join_node')
from node as n
left join (select node_id, count(*) as number from tenant
           where observed not in ('absent', 'archived', 'deleted') group by node_id) as t on t.node_id = n.id
left join (select node_id, count(*) as number from job
           where status = 'queued' group by node_id) as j on j.node_id = n.id
where n.state <> 'removed'
order by n.name
"""


def every() -> list[NodeRow]:
    """All nodes, by name, but those that were removed."""
    with database.reading() as session:
        return rows(session)


def rows(session: Session) -> list[NodeRow]:
    """All nodes, by name, but those that were removed."""
    return [NodeRow(*row) for row in session.execute(text(_ROWS))]
