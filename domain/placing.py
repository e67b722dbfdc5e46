"""Which node takes a new tenant: limits first, then points from a table, and the choice in words."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from domain.formats import number
from domain.models import Node
from domain.models.base import now
from domain.states import BreakerState, NodeState

DISK_NEEDED = 2 * 1024**3  # bytes: a clone and its first files, many times over
MEMORY_SHARE_NEEDED = 0.03
LOOK_BACK = timedelta(hours=1)  # for how long a failed job speaks against its node

REGIONS: dict[str, frozenset[str]] = {
    "caribe": frozenset(["DO", "PR", "CU", "HT", "JM"]),
    "mexico": frozenset(["MX", "GT", "HN", "SV", "NI", "CR", "PA", "BZ"]),
    "andes": frozenset(["CO", "VE", "EC", "PE", "BO"]),
    "sur": frozenset(["AR", "CL", "UY", "PY", "BR"]),
    "europa": frozenset(["ES", "PT", "FR", "IT", "DE", "AD"]),
    "norte": frozenset(["US", "CA"]),
}


@dataclass(frozen=True)
class Candidate:
    """What is known of a node at the moment of choice. Counts, sizes in bytes, `clone_ms` in milliseconds."""

    node: Node
    tenants: int
    failures: int
    region: str
    health: dict[str, Any] = field(default_factory=dict)

    def share_free(self, noun: str) -> float | None:
        """Which part of its memory or disk is free; None where it never said."""
        total, free = self.health.get(f"{noun}_total"), self.health.get(f"{noun}_free")
        return free / total if total and free is not None else None

    @property
    def load(self) -> float:
        """The last minute's load for each of its processors."""
        return float((self.health.get("load") or [0])[0]) / max(int(self.health.get("cpus") or 1), 1)


@dataclass(frozen=True)
class Criterion:
    """`measure` gives 0 (worst) to 1 (best), times `weight` are the points; `words` what staff read, "" for nothing."""

    name: str
    weight: int
    measure: Callable[[Candidate], float]
    words: Callable[[Candidate], str]


CRITERIA = (
    Criterion(
        "sitio", 35, lambda one: 1 - one.tenants / one.node.capacity,
        lambda one: f"{number(one.tenants)} de {number(one.node.capacity)} instancias",
    ),
    Criterion(
        "región", 20, lambda one: float(bool(one.region) and one.region == one.node.region),
        lambda one: f"región {one.node.region}" if one.node.region else "",
    ),
    Criterion(
        "carga", 15, lambda one: 1 / (1 + one.load), lambda one: f"carga {number(one.load, decimals=2)} por procesador"
    ),
    Criterion(
        "clonado", 10, lambda one: 1 / (1 + (one.node.clone_ms if one.node.clone_ms is not None else 500) / 200),
        lambda one: f"clona en {number(one.node.clone_ms)} ms" if one.node.clone_ms is not None else "",
    ),
    Criterion("memoria", 5, lambda one: _known(one.share_free("memory")), lambda _: ""),
    Criterion("disco", 5, lambda one: _known(one.share_free("disk")), lambda _: ""),
    Criterion(
        "fallos", 10, lambda one: 1 / (1 + one.failures),
        lambda one: f"{number(one.failures)} fallos en la última hora" if one.failures else "",
    ),
)  # fmt: skip

LIMITS: tuple[tuple[str, Callable[[Candidate], bool]], ...] = (
    ("lleno", lambda one: one.tenants >= one.node.capacity),
    ("no responde", lambda one: one.node.breaker != BreakerState.CLOSED or one.node.key_alarm is not None),
    ("sin disco", lambda one: one.health.get("disk_free", DISK_NEEDED) < DISK_NEEDED),
    ("sin memoria", lambda one: (one.share_free("memory") or 1) < MEMORY_SHARE_NEEDED),
)


@dataclass(frozen=True)
class Choice:
    """The node, locked, and why it: "nodo-b: 41 de 80 instancias, clona en 12 ms (83 puntos; nodo-a, 61)"."""

    node: Node
    why: str


@dataclass(frozen=True)
class NoNode:
    """None may take it. `silent`: there would be room on one that does not answer now."""

    why: str
    silent: bool


def choose(session: Session, country: str, *, avoid: frozenset[int] = frozenset()) -> Choice | NoNode:
    """The best of the open nodes for a customer of that country; `avoid`: ids not to take this time.

    Locks the nodes' rows, so that two orders do not share the last place.
    """
    query = select(Node).where(col(Node.state) == NodeState.OPEN).order_by(col(Node.id))
    everyone = [_candidate(session, node, country) for node in session.exec(query.with_for_update(key_share=True))]
    refused = {one.node.name: _refusal(one) or ("no responde" if one.node.id in avoid else "") for one in everyone}
    fit = [one for one in everyone if not refused[one.node.name]]
    if not fit:
        why = ", ".join(f"{name}: {reason}" for name, reason in refused.items()) or "ningún nodo está abierto"
        return NoNode(why, silent="no responde" in refused.values())
    ranked = sorted(fit, key=lambda one: (-points(one), one.node.id))
    others = [f"{one.node.name}, {number(points(one))}" for one in ranked[1:]]
    others += [f"{name}: {reason}" for name, reason in refused.items() if reason]
    told = f"{number(points(ranked[0]))} puntos" + "".join(f"; {other}" for other in others)
    said = ", ".join(words for criterion in CRITERIA if (words := criterion.words(ranked[0])))
    return Choice(ranked[0].node, f"{ranked[0].node.name}: {said} ({told})")


def points(one: Candidate) -> float:
    """From 0 to 100."""
    return sum(criterion.weight * min(max(criterion.measure(one), 0.0), 1.0) for criterion in CRITERIA)


def region_of(country: str) -> str:
    """The region of a country, "" where we have none for it."""
    return next((name for name, countries in REGIONS.items() if country in countries), "")


def _refusal(one: Candidate) -> str:
    return next((reason for reason, applies in LIMITS if applies(one)), "")


def _known(share: float | None) -> float:
    return 0.5 if share is None else share


_TENANTS = text("select count(*) from tenant where node_id = :node and observed not in ('archived', 'deleted')")
_FAILURES = text("select count(*) from job where node_id = :node and status = 'failed' and finished_at > :since")


def _candidate(session: Session, node: Node, country: str) -> Candidate:
    tenants = session.execute(_TENANTS, {"node": node.id}).scalar_one()
    failures = session.execute(_FAILURES, {"node": node.id, "since": now() - LOOK_BACK}).scalar_one()
    return Candidate(node, tenants, failures, region_of(country), node.health)
