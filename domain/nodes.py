"""Nodes: where they are (told when they join, or by the settings) and how they are (from the health verb)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import case
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from domain import breaker, database
from domain.errors import NotFound
from domain.models import Node
from domain.models.base import now
from domain.settings import settings
from domain.states import BreakerState, NodeState


@dataclass(frozen=True)
class NodePlace:
    """Where a node is reached: over SSH, and (`http_url`) by its tenants' visitors; and whether it may be.

    `state`, `breaker`, `key_alarm`, `last_error`, `concurrency`: as in `domain.models.Node`.
    """

    id: int
    name: str
    host: str
    port: int
    username: str
    key_file: str
    known_host: str
    container: int
    http_url: str
    state: str = NodeState.OPEN.value
    breaker: str = BreakerState.CLOSED.value
    key_alarm: str | None = None
    last_error: str | None = None
    concurrency: int = 8

    @property
    def doubtful(self) -> bool:
        """True while its breaker is not closed: only probes go there."""
        return self.breaker != BreakerState.CLOSED


def from_settings() -> int | None:
    """Writes the node that the settings describe, and returns its id; None where they describe none."""
    now_ = settings()
    if not now_.node_host:
        return None
    values: dict[str, Any] = {
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
    fresh = Node(**values, state=NodeState.OPEN.value, joined_at=now()).model_dump(exclude={"id"})
    row = insert(Node).values(**fresh)
    # Another key in the settings is a person's decision on an alarm.
    alarm = case((col(Node.known_host) == row.excluded.known_host, col(Node.key_alarm)), else_=None)
    row = row.on_conflict_do_update(index_elements=["name"], set_={**values, "key_alarm": alarm})
    with database.transaction() as session:
        node_id: int = session.execute(row.returning(col(Node.id))).scalar_one()
        database.notify(session, f"node:{node_id}")
        return node_id


def locked(session: Session, node_id: int) -> Node:
    """The node's row, locked until the transaction ends. Raises NotFound."""
    node = session.exec(select(Node).where(col(Node.id) == node_id).with_for_update(key_share=True)).one_or_none()
    if node is None:
        raise NotFound("No existe ese nodo.")
    return node


def named(session: Session, name: str) -> Node:
    """The node of that name. Raises NotFound."""
    node = session.exec(select(Node).where(col(Node.name) == name)).one_or_none()
    if node is None:
        raise NotFound(f"No hay ningún nodo {name}.")
    return node


def reachable(node_id: int, health: dict[str, Any]) -> None:
    """The node answered its health verb."""
    with database.transaction() as session:
        node = locked(session, node_id)
        node.reachable, node.unreachable_since = True, None
        node.health, node.checked_at = health, now()
        breaker.answered(node, now())
        if node.breaker == BreakerState.CLOSED:  # until then it is what its jobs wait for
            node.last_error = None
        session.add(node)
        database.notify(session, f"node:{node_id}")


def unreachable(node_id: int, error: str, *, counts: bool = True) -> None:
    """The node did not answer; `since` is kept from the first time. `counts`: it speaks against the node as a whole."""
    with database.transaction() as session:
        node = locked(session, node_id)
        node.unreachable_since = node.unreachable_since or now()
        node.reachable, node.last_error, node.checked_at = False, error, now()
        if counts:
            breaker.missed(node, now())
        session.add(node)
        database.notify(session, f"node:{node_id}")


def other_key(node_id: int, fingerprint: str, error: str) -> None:
    """Whoever answers at the node's address shows another host key: nothing is sent there until a person decides."""
    with database.transaction() as session:
        node = locked(session, node_id)
        node.key_alarm, node.last_error, node.checked_at = fingerprint, error, now()
        node.reachable, node.unreachable_since = False, node.unreachable_since or now()
        session.add(node)
        database.notify(session, f"node:{node_id}")


def place(node: Node) -> NodePlace:
    """The node's addresses as plain data."""
    return NodePlace(
        node.id or 0, node.name, node.host, node.port, node.username, node.key_file, node.known_host, node.container,
        node.http_url, node.state, node.breaker, node.key_alarm, node.last_error, node.concurrency,
    )  # fmt: skip


def place_of(node_id: int) -> NodePlace:
    """Where that node is. Raises NotFound."""
    with database.reading() as session:
        node = session.get(Node, node_id)
        if node is None:
            raise NotFound("No existe ese nodo.")
        return place(node)


def places() -> list[NodePlace]:
    """Where every node is that we speak to, by name: not those that are removed, or show another key."""
    query = select(Node).where(col(Node.state) != NodeState.REMOVED, col(Node.key_alarm).is_(None))
    with database.reading() as session:
        return [place(node) for node in session.exec(query.order_by(col(Node.name))).all()]
