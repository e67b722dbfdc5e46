"""A node joins: who answers is confirmed by a person, our key gets in once, and a job does the rest before it opens."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlmodel import col, select

from domain import audit, database, jobs, nodes, states
from domain.errors import Conflict, FieldProblem, Invalid, Unavailable
from domain.models import Node, Tenant
from domain.models.base import now
from domain.placing import REGIONS
from domain.settings import settings
from domain.states import NodeState, TenantState

_NAME = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")


@dataclass(frozen=True)
class Candidate:
    """A node that is to join, as a person describes it."""

    name: str
    host: str
    container: int
    port: int = 22
    user: str = "root"
    http_url: str = ""
    capacity: int = 80
    region: str = ""


@dataclass(frozen=True)
class Shown:
    """The host key that answers: `known_host` to be pinned, `fingerprint` (`SHA256:…`) to be confirmed."""

    known_host: str
    fingerprint: str


@dataclass(frozen=True)
class Pass:
    """What lets us in this once, and is kept nowhere: a password, or a private key's text."""

    password: str = ""
    private_key: str = ""

    def __repr__(self) -> str:
        return "Pass(…)"


class Door(Protocol):
    """How a host is spoken to before it is a node. `main.py` says who does it: no face knows SSH."""

    async def shown(self, host: str, port: int) -> Shown:
        """Raises Unavailable."""

    async def install(self, candidate: Candidate, known_host: str, key_file: Path, once: Pass) -> None:
        """Gate and key on the host, whose key must be `known_host`. Raises Unavailable, Conflict."""


class Measured(Protocol):
    """What joining measures (`provisioning.facts.Measures`)."""

    @property
    def clone_ms(self) -> float: ...
    @property
    def concurrency(self) -> int: ...
    @property
    def odoo(self) -> str: ...


_doors: "list[Callable[[], Door]]" = []


def use(make: Callable[[], Door]) -> None:
    """Tells who speaks to hosts, once a process."""
    _doors[:] = [make]


def door() -> Door:
    """Who speaks to hosts. Raises Unavailable where nobody was told to."""
    if not _doors:
        raise Unavailable("Este proceso no puede unir nodos.")
    return _doors[0]()


def check(candidate: Candidate) -> None:
    """Raises Invalid with everything that is wrong with what was filled in."""
    found = []
    if not _NAME.fullmatch(candidate.name):
        found.append(FieldProblem("name", "malformed", "Usa de 3 a 40 letras minúsculas, cifras y guiones."))
    if not _HOST.fullmatch(candidate.host):
        found.append(FieldProblem("host", "malformed", "Escribe el nombre o la dirección IP del host."))
    if not 0 < candidate.port < 65536:
        found.append(FieldProblem("port", "range", "El puerto va de 1 a 65535."))
    if not _USER.fullmatch(candidate.user):
        found.append(FieldProblem("user", "malformed", "Escribe un usuario del host; en Proxmox, root."))
    if not 100 <= candidate.container < 10**9:
        found.append(FieldProblem("container", "range", "El número de contenedor empieza en 100."))
    if candidate.http_url and not re.fullmatch(r"https?://[A-Za-z0-9._:\[\]-]+", candidate.http_url):
        found.append(FieldProblem("http_url", "malformed", "Escribe una dirección como http://10.0.0.5:80."))
    if not 0 < candidate.capacity <= 10_000:
        found.append(FieldProblem("capacity", "range", "La capacidad va de 1 a 10.000 instancias."))
    if candidate.region and candidate.region not in REGIONS:
        found.append(FieldProblem("region", "unknown", f"Las regiones son {', '.join(REGIONS)}."))
    if found:
        raise Invalid(found)


async def let_in(candidate: Candidate, shown: Shown, once: Pass) -> Path:
    """Makes our key for this node and has it let in; returns the key's file. Raises Invalid, Unavailable, Conflict."""
    check(candidate)
    if not (once.password or once.private_key):
        raise Invalid([FieldProblem("password", "required", "Da una contraseña o una clave que ya entre en el host.")])
    file = (settings().node_keys or settings().data_dir / "node_keys").resolve() / candidate.name
    await door().install(candidate, shown.known_host, file, once)
    return file


def admit(candidate: Candidate, shown: Shown, key_file: Path, *, by: str) -> int:
    """The node's row and the job that joins it, in one commit; returns the job. A known name joins anew, as after a
    change of its host key: its tenants stay. Raises Invalid, Conflict."""
    check(candidate)
    with database.transaction() as session:
        node = session.exec(
            select(Node).where(col(Node.name) == candidate.name).with_for_update(key_share=True)
        ).one_or_none()
        if node is None:
            node = Node(name=candidate.name, host="", key_file="", known_host="", container=0, http_url="")
        elif names := _tenants_elsewhere(candidate, node):
            raise Conflict(names)
        states.check(states.NODE_MOVES, node.state, NodeState.JOINING)
        node.host, node.port, node.username = candidate.host, candidate.port, candidate.user
        node.container, node.capacity, node.region = candidate.container, candidate.capacity, candidate.region
        node.http_url = (candidate.http_url or f"http://{candidate.host}").rstrip("/")
        node.key_file, node.known_host = str(key_file), shown.known_host
        node.state, node.key_alarm = NodeState.JOINING.value, None
        session.add(node)
        session.flush()
        job = jobs.defer(session, "join_node", node_id=node.id, requested_by=by)
        audit.record(
            session, actor=by, action="node.add", target=f"node:{node.id}", host=candidate.host, key=shown.fingerprint
        )
        database.notify(session, f"node:{node.id}")
        return job.id or 0


def joined(node_id: int, health: dict[str, Any], measured: Measured) -> None:
    """It is as it must be: open for orders, with what was measured."""
    with database.transaction() as session:
        node = nodes.locked(session, node_id)
        node.clone_ms, node.concurrency, node.odoo = measured.clone_ms, measured.concurrency, measured.odoo
        node.health, node.reachable, node.checked_at = health, True, now()
        node.unreachable_since, node.last_error = None, None
        node.joined_at = node.joined_at or now()
        if node.state == NodeState.JOINING:
            node.state = NodeState.OPEN.value
        session.add(node)
        database.notify(session, f"node:{node_id}")


def names_on(node_id: int) -> set[str]:
    """The subdomains that our rows have on a node."""
    query = select(Tenant.subdomain).where(Tenant.node_id == node_id, Tenant.observed != TenantState.DELETED)
    with database.reading() as session:
        return set(session.exec(query).all())


def _tenants_elsewhere(candidate: Candidate, node: Node) -> str:
    """Why a known name must not be given to another machine; "" where it may."""
    if (node.host, node.port, node.container) == (candidate.host, candidate.port, candidate.container):
        return ""
    with database.reading() as session:
        query = select(Tenant.id).where(Tenant.node_id == node.id, Tenant.observed != TenantState.DELETED)
        there = session.exec(query).first() is not None
    return f"{node.name} tiene instancias en {node.host}, CT {node.container}: usa otro nombre." if there else ""
