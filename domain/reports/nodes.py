"""Nodes as staff see them: whether they answer, how full they are and what waits for them."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain import database, moves
from domain.moves import Drain
from domain.settings import settings


@dataclass(frozen=True)
class NodeRow:
    """`reachable` is None before the first look; `waiting` counts its queued jobs; `health` is its last answer;
    `join_job` is the newest job that joined it; `drain` how far its emptying has come, where that was asked for. The
    rest as in `domain.models.Node`."""

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
    drain: Drain | None = None


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


_ROUTES = """
select t.subdomain || '.' || :base as name, n.http_url from tenant as t join node as n on n.id = t.node_id
where t.observed not in ('absent', 'archived', 'deleted')
union all
select d.served, n.http_url from own_domain as d join tenant as t on t.id = d.tenant_id
join node as n on n.id = t.node_id where d.served is not null
order by 1
"""


def routes() -> list[tuple[str, str]]:
    """Every name that visitors use, own domains included, and where its node takes them (a URL)."""
    with database.reading() as session:
        found = session.execute(text(_ROUTES), {"base": settings().base_domain})
        return [(str(name), str(url)) for name, url in found]


def rows(session: Session) -> list[NodeRow]:
    """All nodes, by name, but those that were removed."""
    found = [NodeRow(*row) for row in session.execute(text(_ROWS))]
    return [replace(row, drain=moves.progress(session, row.id)) if row.state == "draining" else row for row in found]
