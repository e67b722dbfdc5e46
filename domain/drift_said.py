"""What the others say, kept as rows: Stripe's subscriptions, the nodes' databases, what the tenants' pages answer.

It comes in pages, so that no fleet is ever in memory; and a source counts only when it answered to its end: what a
broken list leaves out is not missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from domain import database, jobs, stripe_gateway
from domain.errors import AltaError
from domain.models import DriftRound, DriftSource, Job, NodeDatabase, StripeSaid
from domain.models.base import now
from domain.stripe_views import SubscriptionView

log = structlog.get_logger()
STRIPE = "stripe"
PIECE = 500
NOT_OURS = "Stripe no conoce ninguna de nuestras suscripciones: ¿es la clave de esta cuenta?"

_FORGET = {
    STRIPE: text("delete from stripe_said where round_id < :round"),
    "node": text("delete from node_database where node_id = :node and round_id < :round"),
}
_KNOWS_OURS = text(
    "select not exists (select from subscription where stripe_subscription_id is not null) or exists ("
    "select from subscription as s join stripe_said as said on said.id = s.stripe_subscription_id)"
)
_TO_ASK = text(
    "select d.name, d.state from node_database as d join tenant as t on t.subdomain = d.name and t.node_id = d.node_id "
    "and t.released_at is null where d.node_id = :node and d.round_id = :round and d.state in ('ready', 'suspended') "
    "and d.name > :after order by d.name limit :piece"
)
_ANSWERED = text("update node_database set answer = :answer where node_id = :node and name = :name")


@dataclass(frozen=True)
class Listed:
    """One database as its node names it; `job` is the ticket of the job that last changed it."""

    name: str
    state: str
    job: str


def node_source(node_id: int) -> str:
    """The node's list of databases."""
    return f"node:{node_id}"


def web_source(node_id: int) -> str:
    """What the node's visitors get."""
    return f"web:{node_id}"


def ask_stripe(round_id: int) -> None:
    """Writes every subscription that Stripe lists, page by page."""
    count = 0
    try:
        for piece in stripe_gateway.every_subscription():
            _store_stripe(round_id, piece)
            count += len(piece)
    except AltaError as error:
        settle(round_id, STRIPE, error=error.message)
        return
    with database.transaction() as session:
        session.execute(_FORGET[STRIPE], {"round": round_id})
        known = session.execute(_KNOWS_OURS).scalar_one()
    settle(round_id, STRIPE, count=count, error=None if known else NOT_OURS)


def _store_stripe(round_id: int, piece: list[SubscriptionView]) -> None:
    rows = {
        view.id: {
            "id": view.id, "customer_id": view.customer_id, "status": view.status, "order_id": view.order_id,
            "ends": view.cancel_at_period_end, "round_id": round_id,
        }
        for view in piece
    }  # fmt: skip
    row = insert(StripeSaid).values(list(rows.values()))
    same = {name: row.excluded[name] for name in ("customer_id", "status", "order_id", "ends", "round_id")}
    with database.transaction() as session:
        session.execute(row.on_conflict_do_update(index_elements=["id"], set_=same))
    beat(round_id)


def store_listing(round_id: int, node_id: int, listed: Sequence[Listed]) -> None:
    """Writes a node's whole list, piece by piece, and forgets what is not on it any more."""
    for start in range(0, len(listed), PIECE):
        _store_databases(round_id, node_id, listed[start : start + PIECE])
    with database.transaction() as session:
        session.execute(_FORGET["node"], {"round": round_id, "node": node_id})
    settle(round_id, node_source(node_id), node_id=node_id, count=len(listed))


def _store_databases(round_id: int, node_id: int, piece: Sequence[Listed]) -> None:
    with database.transaction() as session:
        ids = {int(one.job.partition("-")[0]) for one in piece if one.job.partition("-")[0].isdecimal()}
        known = session.exec(select(Job).where(col(Job.id).in_([each for each in ids if each < 2**63]))).all()
        tickets = {jobs.ticket(job) for job in known}
        row = insert(NodeDatabase).values(
            [
                {
                    "node_id": node_id, "name": one.name, "state": one.state, "job": one.job,
                    "ours": one.job in tickets, "answer": None, "round_id": round_id,
                }
                for one in piece
            ]
        )  # fmt: skip
        same = {name: row.excluded[name] for name in ("state", "job", "ours", "answer", "round_id")}
        session.execute(row.on_conflict_do_update(index_elements=["node_id", "name"], set_=same))
    beat(round_id)


def to_ask(round_id: int, node_id: int, after: str) -> list[str]:
    """The next of our tenants on a node whose page is to be looked at, by name."""
    values = {"round": round_id, "node": node_id, "after": after, "piece": PIECE}
    with database.reading() as session:
        return [row.name for row in session.execute(_TO_ASK, values)]


def store_answers(round_id: int, node_id: int, answers: dict[str, int]) -> None:
    """Writes the statuses that pages answered with; 0 where nothing came in time."""
    rows = [{"node": node_id, "name": name, "answer": status} for name, status in answers.items()]
    if rows:
        with database.transaction() as session:
            session.execute(_ANSWERED, rows)
    beat(round_id)


def settle(round_id: int, source: str, *, node_id: int | None = None, count: int = 0, error: str | None = None) -> None:
    """The source has answered to its end, or (`error`) has not: then nothing is concluded from it in this round."""
    values: dict[str, Any] = {"node_id": node_id, "round_id": round_id, "count": count, "error": error}
    if error is None:
        values["answered_at"] = now()
    row = insert(DriftSource).values(name=source, **values)
    with database.transaction() as session:
        session.execute(row.on_conflict_do_update(index_elements=["name"], set_=values))
    if error is not None:
        log.warning("drift.no_answer", source=source, error=error)


def beat(round_id: int) -> None:
    """The round is alive."""
    with database.transaction() as session:
        row = session.get(DriftRound, round_id)
        if row is not None:
            row.beat_at = now()
            session.add(row)
