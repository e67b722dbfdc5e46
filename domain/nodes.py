"""Nodes: where they are (from the settings), how they are (from the health verb), which one takes the next tenant."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from domain import database
from domain.models import Node, Tenant
from domain.models.base import now
from domain.settings import settings
from domain.states import TenantState


@dataclass(frozen=True)
class NodePlace:
    """Where a node is reached: over SSH, and (`http_url`) by its tenants' visitors."""

    id: int
    name: str
    host: str
    port: int
    username: str
    key_file: str
    known_host: str
    container: int
    http_url: str


def from_settings() -> int | None:
    """Writes the node that the settings describe, and returns its id; None where they describe none."""
    now_ = settings()
    if not now_.node_host:
        return None
    values = {
        "name": now_.node_name,
        "host": now_.node_host,
        "port": now_.node_port,
        "username": now_.node_user,
        "key_file": str(now_.node_key_file.resolve()),
        "known_host": now_.node_known_host,
        "container": now_.node_container,
        "http_url": now_.node_http_url.rstrip("/"),
        "capacity": now_.node_capacity,
    }
    row = insert(Node).values(**values, open=True, health={}, created_at=now())
    row = row.on_conflict_do_update(index_elements=["name"], set_=values)
    with database.transaction() as session:
        node_id: int = session.execute(row.returning(col(Node.id))).scalar_one()
        database.notify(session, f"node:{node_id}")
        return node_id


def reachable(node_id: int, health: dict[str, Any]) -> None:
    """The node answered its health verb."""
    with database.transaction() as session:
        node = session.get(Node, node_id)
        if node is not None:
            node.reachable, node.unreachable_since, node.last_error = True, None, None
            node.health, node.checked_at = health, now()
            session.add(node)
            database.notify(session, f"node:{node_id}")


def unreachable(node_id: int, error: str) -> None:
    """The node did not answer; `since` is kept from the first time."""
    with database.transaction() as session:
        node = session.get(Node, node_id)
        if node is not None:
            node.unreachable_since = node.unreachable_since or now()
            node.reachable, node.last_error, node.checked_at = False, error, now()
            session.add(node)
            database.notify(session, f"node:{node_id}")


def choose(session: Session) -> Node | None:
    """The open node with the most free room, those that answer first; None where all are full or closed.

    Locks the nodes' rows, so that two orders do not share the last place.
    """
    nodes = session.exec(
        select(Node).where(col(Node.open)).order_by(col(Node.id)).with_for_update(key_share=True)
    ).all()
    taken = _tenants(session)
    free = [node for node in nodes if taken.get(node.id or 0, 0) < node.capacity]
    return max(free, key=lambda n: (n.reachable is not False, n.capacity - taken.get(n.id or 0, 0)), default=None)


def place(node: Node) -> NodePlace:
    """The node's addresses as plain data."""
    return NodePlace(
        node.id or 0, node.name, node.host, node.port, node.username, node.key_file, node.known_host, node.container,
        node.http_url,
    )  # fmt: skip


def places() -> list[NodePlace]:
    """Where every node is, by name."""
    with database.reading() as session:
        return [place(node) for node in session.exec(select(Node).order_by(col(Node.name))).all()]


def _tenants(session: Session) -> dict[int, int]:
    gone = (TenantState.DELETED.value, TenantState.ARCHIVED.value)
    query = (
        select(col(Tenant.node_id), func.count())
        .where(col(Tenant.node_id).is_not(None), col(Tenant.observed).not_in(gone))
        .group_by(col(Tenant.node_id))
    )
    return {node_id: count for node_id, count in session.exec(query).all() if node_id is not None}
