"""Can a node be relied on? Opens quickly, heals slowly: a node that comes and goes would take orders down with it.

Only what concerns the node as a whole is told here: a connection that fails, a health verb that is not answered. What
one tenant's page answers never is. The state is the node's row, so that every worker knows what one of them has seen.
"""

from datetime import datetime, timedelta

from domain.models import Node
from domain.states import BreakerState

OPENS_AFTER = 3  # misses in a row
CLOSES_AFTER = 3  # good probes in a row
APART = timedelta(seconds=0.8)  # what is closer together is one and the same miss, or probe


def missed(node: Node, at: datetime) -> None:
    """The node could not be reached. Jobs that shared one failed dial are one miss."""
    if node.breaker == BreakerState.HALF_OPEN:
        _move(node, BreakerState.OPEN, at)
    elif node.breaker == BreakerState.CLOSED and _apart(node, at):
        node.misses, node.breaker_at = node.misses + 1, at
        if node.misses >= OPENS_AFTER:
            _move(node, BreakerState.OPEN, at)


def answered(node: Node, at: datetime) -> None:
    """The node answered its health verb."""
    if node.breaker == BreakerState.CLOSED:
        node.misses = 0
    elif node.breaker == BreakerState.OPEN:
        _move(node, BreakerState.HALF_OPEN, at)
        node.good_probes = 1
    elif _apart(node, at):
        node.good_probes, node.breaker_at = node.good_probes + 1, at
        if node.good_probes >= CLOSES_AFTER:
            _move(node, BreakerState.CLOSED, at)


def _apart(node: Node, at: datetime) -> bool:
    return node.breaker_at is None or at - node.breaker_at >= APART


def _move(node: Node, state: BreakerState, at: datetime) -> None:
    node.breaker, node.breaker_at, node.good_probes, node.misses = state.value, at, 0, 0
