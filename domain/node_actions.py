"""What staff may do with a node, as data: when it is offered, and what it does under the row's lock."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from domain import audit, database, moves, nodes, states
from domain.errors import Conflict, FieldProblem, Invalid, NotFound
from domain.models import Node, Tenant
from domain.models.base import now
from domain.states import NodeState, TenantState


@dataclass(frozen=True)
class NodeAction:
    """`title` is the button; `warning` what the dialog says; `offered`: the states in which it makes sense."""

    name: str
    title: str
    warning: str
    offered: frozenset[str]
    act: Callable[[Session, Node], None]
    dangerous: bool = False


def _to(state: NodeState) -> Callable[[Session, Node], None]:
    def move(_: Session, node: Node) -> None:
        if state == NodeState.OPEN and node.joined_at is None:
            raise Conflict("Aún no se ha unido: espera a que termine su trabajo.")
        states.check(states.NODE_MOVES, node.state, state)
        node.state = state.value

    return move


def _remove(session: Session, node: Node) -> None:
    query = select(func.count(col(Tenant.id))).where(
        Tenant.node_id == node.id, Tenant.observed != TenantState.DELETED, Tenant.observed != TenantState.ABSENT
    )
    if there := session.exec(query).one():
        raise Conflict(f"{node.name} aún guarda {there} instancias, archivadas incluidas: no se puede quitar.")
    _to(NodeState.REMOVED)(session, node)


def _drain(session: Session, node: Node) -> None:
    moves.check_drain(session, node)
    _to(NodeState.DRAINING)(session, node)
    node.drain_at = now()


def _recheck(_: Session, node: Node) -> None:
    if node.key_alarm is None:
        raise Conflict(f"{node.name} no tiene ninguna alarma de clave.")
    node.key_alarm, node.last_error = None, None


S = NodeState
ACTIONS = [
    NodeAction(
        "open", "Abrir a pedidos", "Las instancias nuevas podrán ir a este nodo.",
        frozenset({S.CLOSED, S.DRAINING}), _to(S.OPEN),
    ),
    NodeAction(
        "close", "Cerrar a pedidos", "Ninguna instancia nueva irá a este nodo. Las que tiene siguen en marcha.",
        frozenset({S.OPEN, S.DRAINING}), _to(S.CLOSED),
    ),
    NodeAction(
        "drain", "Vaciar",
        "Ninguna instancia nueva irá a este nodo, y las que tiene se mueven a los demás de una en una. Cada una se "
        "cierra unos segundos.",
        frozenset({S.OPEN, S.CLOSED}), _drain,
    ),
    NodeAction(
        "drain_again", "Seguir vaciando", "Se reintenta el traslado que falló, y después siguen los demás.",
        frozenset({S.DRAINING}), moves.retry,
    ),
    NodeAction(
        "recheck", "Comprobar la clave de nuevo",
        "Solo si sabes por qué el host mostró otra clave y ya muestra la de siempre. Si la cambiaste tú, une el nodo "
        "otra vez con el mismo nombre: verás la clave nueva y podrás confirmarla.",
        frozenset({S.OPEN, S.CLOSED, S.DRAINING, S.JOINING}), _recheck,
    ),
    NodeAction(
        "remove", "Quitar", "Alta deja de hablar con este nodo. Solo se puede si no guarda ninguna instancia.",
        frozenset({S.JOINING, S.CLOSED, S.DRAINING}), _remove, dangerous=True,
    ),
]  # fmt: skip
BY_NAME = {action.name: action for action in ACTIONS}


def offered(state: str, key_alarm: str | None, *, stopped: bool = False) -> list[NodeAction]:
    """What makes sense now, the dangerous last. `stopped`: the emptying stands still after a move that failed."""
    only = {"recheck": key_alarm is not None, "drain_again": stopped}
    return [one for one in ACTIONS if state in one.offered and only.get(one.name, True)]


def perform(node_id: int, name: str, *, by: str) -> None:
    """Does the action if the state still allows it. Raises NotFound, Conflict."""
    action = BY_NAME.get(name)
    if action is None:
        raise NotFound("No existe esa acción.")
    with database.transaction() as session:
        node = nodes.locked(session, node_id)
        if node.state not in action.offered:
            raise Conflict("El estado del nodo no lo permite.")
        action.act(session, node)
        _keep(session, node, by, name)


def limit(node_id: int, *, by: str, capacity: int | None = None, concurrency: int | None = None) -> None:
    """Other limits: how many tenants it may hold, and how many jobs a worker does there at once. Raises Invalid."""
    wrong = []
    if capacity is not None and not 0 < capacity <= 10_000:
        wrong.append(FieldProblem("capacity", "range", "La capacidad va de 1 a 10.000 instancias."))
    if concurrency is not None and not 0 < concurrency <= 64:
        wrong.append(FieldProblem("concurrency", "range", "A la vez se pueden hacer de 1 a 64 trabajos."))
    if wrong:
        raise Invalid(wrong)
    with database.transaction() as session:
        node = nodes.locked(session, node_id)
        node.capacity, node.concurrency = capacity or node.capacity, concurrency or node.concurrency
        _keep(session, node, by, "limit", capacity=node.capacity, concurrency=node.concurrency)


def named(name: str) -> int:
    """The id of the node of that name. Raises NotFound."""
    with database.reading() as session:
        return nodes.named(session, name).id or 0


def _keep(session: Session, node: Node, by: str, name: str, **details: int) -> None:
    session.add(node)
    audit.record(session, actor=by, action=f"node.{name}", target=f"node:{node.id}", **details)
    database.notify(session, f"node:{node.id}")
