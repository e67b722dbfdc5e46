"""Backups in figures: how many are safe, how many are proven, who has none."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from domain import backups


@dataclass(frozen=True)
class BackupFigures:
    """`on`: backups are made at all. `bytes`: of the archives that are stored. `made` and `failed`: of the last 24
    hours; `proven` and `disproven`: of the last 30 days."""

    on: bool
    stored: int
    bytes: int
    made: int
    failed: int
    proven: int
    disproven: int
    last_proven_at: datetime | None


_STORED = text("select count(*), coalesce(sum(size), 0) from backup where state = 'stored'")
_RECENT = text(
    "select count(*) filter (where state in ('stored', 'pruned')), count(*) filter (where state = 'failed') "
    "from backup where id > (select coalesce(max(id), 0) - 20000 from backup) "
    "and created_at > now() - interval '24 hours'"
)
_PROVEN = text(
    "select count(*) filter (where proof = 'passed'), count(*) filter (where proof = 'failed'), max(proven_at) "
    "from backup where proven_at > now() - interval '30 days'"
)
# One that failed is settled by a later proof of the same tenant that passed.
_DISPROVEN = text(
    "select b.tenant_id from backup as b where b.proof = 'failed' and b.proven_at > now() - interval '30 days' "
    "and b.state = 'stored' and not exists (select from backup as later where later.tenant_id = b.tenant_id "
    "and later.proof = 'passed' and later.proven_at > b.proven_at) order by b.proven_at desc"
)


def figures(session: Session) -> BackupFigures:
    """All of them as they stand."""
    stored, size = session.execute(_STORED).one()
    made, failed = session.execute(_RECENT).one()
    proven, disproven, last = session.execute(_PROVEN).one()
    return BackupFigures(
        backups.configured(), int(stored), int(size), int(made), int(failed), int(proven), int(disproven), last
    )


def disproven(session: Session) -> list[int]:
    """Tenants whose newest proof failed."""
    return list(dict.fromkeys(session.execute(_DISPROVEN).scalars()))
