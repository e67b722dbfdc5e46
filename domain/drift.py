"""Drift: where Stripe, our rows, the nodes and what visitors get disagree. A round asks everybody and compares; what it
finds is a row until a later round, for which the same source answered, finds it no more."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from domain import audit, database, drift_found
from domain.drift_kinds import KINDS, Kind
from domain.drift_repairs import CHANGED, Plan
from domain.errors import Conflict, NotFound
from domain.models import Drift, DriftRound
from domain.models.base import now

log = structlog.get_logger()
EVERY = timedelta(minutes=10)
DEAD_AFTER = timedelta(minutes=2)  # without a sign of life a round's worker is gone, and another takes the round up
PIECE = 500
TOPIC = "drift"

_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('alta.drift'))")
_CLOSE = text(
    "update drift set gone_at = now() where gone_at is null and round_id < :round and (needs = '' or exists ("
    "select from drift_source as d where d.name = drift.needs and d.round_id = :round and d.error is null))"
)
_OLD = text("delete from drift where gone_at < now() - interval '90 days'")
_OLD_ROUNDS = text(
    "delete from drift_round as r where r.ended_at < now() - interval '1 day' and not exists ("
    "select from drift where round_id = r.id) and not exists (select from drift_source where round_id = r.id) "
    "and not exists (select from node_database where round_id = r.id) "
    "and not exists (select from stripe_said where round_id = r.id)"
)


@dataclass(frozen=True)
class Round:
    """A comparison in hand."""

    id: int
    begun_at: datetime


def ask(*, by: str) -> None:
    """Wishes for a comparison now; one that waits already is enough for all who ask."""
    with database.transaction() as session:
        session.execute(_ONE_AT_A_TIME)
        waiting = select(DriftRound.id).where(col(DriftRound.begun_at).is_(None))
        if session.exec(waiting).first() is None:
            session.add(DriftRound(asked_by=by))
            audit.record(session, actor=by, action="drift.ask", target="drift:all")
        database.notify(session, TOPIC)


def begin_if_due() -> Round | None:
    """The comparison that is to be made now: wished for, left by a worker that died, or due. None: nothing is."""
    with database.transaction() as session:
        session.execute(_ONE_AT_A_TIME)
        last = session.exec(
            select(DriftRound).where(col(DriftRound.ended_at).is_(None)).order_by(col(DriftRound.id))
        ).first()
        if last is not None and last.begun_at is not None and _lives(last):
            return None
        if last is None:
            newest = session.exec(select(DriftRound).order_by(col(DriftRound.id).desc())).first()
            if newest is not None and newest.begun_at is not None and now() - newest.begun_at < EVERY:
                return None
            last = DriftRound(asked_by="sistema")
        last.begun_at = last.beat_at = now()
        session.add(last)
        session.flush()
        database.notify(session, TOPIC)
        return Round(last.id or 0, last.begun_at)


def _lives(round_: DriftRound) -> bool:
    return round_.beat_at is not None and now() - round_.beat_at < DEAD_AFTER


def compare(round_: Round) -> int:
    """Finds every disagreement and lets go of those that are no more; returns how many there are."""
    for kind in KINDS.values():
        _find(kind, round_)
    with database.transaction() as session:
        session.execute(_CLOSE, {"round": round_.id})
        row = session.get_one(DriftRound, round_.id)
        row.ended_at = now()
        session.add(row)
        session.execute(_OLD)
        session.execute(_OLD_ROUNDS)
        database.notify(session, TOPIC)
        count = int(session.scalar(text("select count(*) from drift where gone_at is null")) or 0)
    log.info("drift.compared", round=round_.id, found=count)
    return count


def _find(kind: Kind, round_: Round) -> None:
    values = {"round": round_.id, "began": round_.begun_at, "tenant": None}
    with database.reading() as session:
        found = session.execute(drift_found.query(kind.query), values, execution_options={"yield_per": PIECE})
        for piece in found.mappings().partitions(PIECE):
            _keep(kind, round_, {str(row["subject"]): dict(row) for row in piece})


def _keep(kind: Kind, round_: Round, found: dict[str, dict[str, Any]]) -> None:
    seen = now()
    row = insert(Drift).values(
        [
            {
                **each, "kind": kind.name, "reason": kind.reason(each["facts"]), "round_id": round_.id,
                "first_seen": seen, "last_seen": seen,
            }
            for each in found.values()
        ]
    )  # fmt: skip
    fresh = {
        name: row.excluded[name]
        for name in ("reason", "needs", "tenant_id", "node_id", "facts", "round_id", "last_seen")
    }
    again = {"repaired_at": None, "repaired_by": None, "repair_job_id": None}  # the repair did not help
    with database.transaction() as session:
        session.execute(
            row.on_conflict_do_update(
                index_elements=["kind", "subject"], index_where=text("gone_at is null"), set_={**fresh, **again}
            )
        )


def preview(drift_id: int) -> str:
    """What the repair would do, as one sentence. Raises NotFound, Conflict (nothing is to be repaired any more)."""
    with database.reading() as session:
        return _plan(session, _locked(session, drift_id)).effect


def repair(drift_id: int, effect: str, *, by: str) -> int | None:
    """Does what `effect`, as previewed, says; returns the job that goes on with it. Raises NotFound, and Conflict where
    the world has changed since the preview: nothing is done then."""
    with database.transaction() as session:
        drift = _locked(session, drift_id)
        plan = _plan(session, drift)
        if plan.effect != effect:
            raise Conflict(f"Mientras tanto cambió lo que se haría. Ahora: {plan.effect}")
        drift.repair_job_id = plan.act(by)
        drift.repaired_at, drift.repaired_by = now(), by
        if drift.repair_job_id is None:
            drift.gone_at = drift.repaired_at
        session.add(drift)
        audit.record(
            session, actor=by, action=f"drift.{drift.kind}", target=f"drift:{drift_id}", subject=drift.subject,
            effect=effect, job=drift.repair_job_id,
        )  # fmt: skip
        database.notify(session, TOPIC)
        return drift.repair_job_id


def _locked(session: Session, drift_id: int) -> Drift:
    drift = session.exec(select(Drift).where(col(Drift.id) == drift_id).with_for_update(key_share=True)).one_or_none()
    if drift is None:
        raise NotFound("No existe esa diferencia.")
    if drift.gone_at is not None or drift.repaired_at is not None:
        raise Conflict("Esta diferencia ya no existe, o alguien la está reparando.")
    return drift


def _plan(session: Session, drift: Drift) -> Plan:
    """The plan, once the tenant is locked and the same query still finds the same."""
    kind = KINDS[drift.kind]
    plan = kind.plan(session, drift)
    round_ = session.get_one(DriftRound, drift.round_id)
    values = {"round": drift.round_id, "began": round_.begun_at, "tenant": drift.tenant_id}
    for row in session.execute(drift_found.query(kind.query), values).mappings():
        if row["subject"] == drift.subject and row["facts"] == drift.facts:
            return plan
    raise Conflict(CHANGED)
