"""What is done for backups as time passes: the night's are asked for, a sample is proven, the old ones are pruned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text
from sqlmodel import Session, col, select

from domain import backup_schedule, backup_store, backups, database, tenants
from domain.backup_schedule import KEPT_DAYS, Terms
from domain.errors import AltaError
from domain.models import Backup
from domain.models.base import now
from domain.settings import settings
from domain.states import BackupState

log = structlog.get_logger()

AT_ONCE = 2  # scheduled backups that wait or run on one node: the rest of the night is long
SHARE = 0.02  # of the tenants are proven each night,
FEWEST, MOST = 1, 20  # within these bounds
GONE_DAYS = 90  # after a tenant's deletion nothing of it is kept

_DUE = text("""
with standing as (
    select t.id, t.node_id, plan.limits, coalesce(t.ready_at, t.created_at) as since, (
        select b.created_at from backup as b where b.tenant_id = t.id and b.kind = 'scheduled'
        order by b.id desc limit 1) as last
    from tenant as t
    left join lateral (select price.plan_id from subscription as s join price on price.id = s.price_id
                       where s.tenant_id = t.id order by s.id desc limit 1) as paid on true
    left join plan on plan.id = paid.plan_id
    where t.observed in ('running', 'suspended') and t.desired in ('running', 'suspended')
    and t.staging_of is null and t.node_id is not null
)
select id, node_id, limits, greatest(last, since) as last from standing
where last is null or last < :now - interval '55 minutes'
order by last nulls first, id
""")
_OPEN = text(
    "select node_id, count(*) from job where kind in ('backup_tenant', 'prove_backup') "
    "and status in ('queued', 'running') group by node_id"
)
_STANDING = text("select count(*) from tenant where observed in ('running', 'suspended')")
_PROVEN = text("select count(*) from job where kind = 'prove_backup' and created_at >= :night")
_NEXT_TO_PROVE = text("""
select newest.id, newest.tenant_id from (
    select distinct on (b.tenant_id) b.id, b.tenant_id, b.key_id,
           (select max(p.proven_at) from backup as p where p.tenant_id = b.tenant_id) as proven
    from backup as b join tenant as t on t.id = b.tenant_id
    where b.state = 'stored' and t.observed in ('running', 'suspended')
    order by b.tenant_id, b.id desc
) as newest
where (proven is null or proven < :night) and not exists (
    select 1 from job where job.tenant_id = newest.tenant_id and job.kind = 'prove_backup' and job.created_at >= :night)
order by proven nulls first, newest.id limit 1
""")
_STORED = text("""
select b.tenant_id, array_agg(b.id) as ids, plan.limits,
       max(t.released_at) filter (where t.observed = 'deleted') as gone
from backup as b join tenant as t on t.id = b.tenant_id
left join lateral (select price.plan_id from subscription as s join price on price.id = s.price_id
                   where s.tenant_id = t.id order by s.id desc limit 1) as paid on true
left join plan on plan.id = paid.plan_id
where b.state = 'stored' group by b.tenant_id, plan.limits
""")


def make_due(at: datetime | None = None) -> int:
    """Asks for the scheduled backups whose moment has come, a few a node at once; returns how many."""
    if not backups.configured():
        return 0
    at = at or now()
    with database.reading() as session:
        open_jobs = {node: int(many) for node, many in session.execute(_OPEN)}
        due = [row for row in session.execute(_DUE, {"now": at}) if _is_due(row.id, row.limits, row.last, at)]
    asked = 0
    for row in due:
        if open_jobs.get(row.node_id, 0) < AT_ONCE and _asked(row.id):
            open_jobs[row.node_id] = open_jobs.get(row.node_id, 0) + 1
            asked += 1
    return asked


def _is_due(tenant_id: int, limits: dict[str, object] | None, last: datetime | None, at: datetime) -> bool:
    per_day = backup_schedule.terms(limits or {}).per_day
    slot = backup_schedule.last_slot(tenant_id, per_day, settings().backup_hour, at)
    return slot is not None and (last is None or last < slot)


def _asked(tenant_id: int) -> bool:
    try:
        with database.transaction() as session:
            backups.ask(session, tenants.locked(session, tenant_id), "scheduled")
    except AltaError as error:  # it was stopped or archived meanwhile
        log.info("backup.not_asked", tenant=tenant_id, reason=error.message)
        return False
    return True


def prove_sample(at: datetime | None = None) -> bool:
    """Asks for the next proof of this night, unless the night's sample is proven; True where one was asked for."""
    if not backups.configured():
        return False
    night = {"night": backup_schedule.night_began(settings().backup_hour, at or now())}
    with database.transaction() as session:
        standing = int(session.scalar(_STANDING) or 0)
        sample = min(max(FEWEST, round(standing * SHARE)), MOST)
        if int(session.scalar(_PROVEN, night) or 0) >= sample:
            return False
        found = session.execute(_NEXT_TO_PROVE, night).first()
        if found is None:
            return False
        try:
            backups.ask_proof(session, tenants.locked(session, found.tenant_id), session.get_one(Backup, found.id))
        except AltaError as error:
            log.warning("backup.not_proven", backup=found.id, reason=error.message)
            return False
    return True


@dataclass(frozen=True)
class _Kept:
    id: int
    kind: str
    at: datetime


def prune(at: datetime | None = None) -> int:
    """Takes out of the store what no plan keeps any more; returns how many. One that the store does not let go stays
    for the next time."""
    if not backups.configured():
        return 0
    at = at or now()
    with database.reading() as session:
        groups = session.execute(_STORED).all()
        old = [one for group in groups for one in _old(session, group.ids, group.limits, group.gone, at)]
    for backup_id in old:
        _take_out(backup_id)
    return len(old)


def _old(
    session: Session, ids: list[int], limits: dict[str, object] | None, gone: datetime | None, at: datetime
) -> list[int]:
    if gone is not None and gone < at - timedelta(days=GONE_DAYS):
        return ids
    rows = session.exec(select(Backup).where(col(Backup.id).in_(ids))).all()
    wanted = backup_schedule.terms(limits or {})
    return expired([_Kept(row.id or 0, row.kind, row.created_at) for row in rows], wanted, at)


def expired(rows: Iterable[_Kept], wanted: Terms, at: datetime) -> list[int]:
    """Ids of those that are not kept: scheduled ones by grandfather, father and son; the others by their age."""
    rows = list(rows)
    scheduled = backup_schedule.kept([row.at for row in rows if row.kind == "scheduled"], wanted)
    return [
        row.id
        for row in rows
        if (row.at not in scheduled if row.kind == "scheduled" else row.at < at - timedelta(days=KEPT_DAYS[row.kind]))
    ]


def _take_out(backup_id: int) -> None:
    """The object first: a row that says `stored` for a moment too long is better than bytes that nobody knows of."""
    with database.transaction() as session:
        backup = session.get_one(Backup, backup_id, with_for_update={"key_share": True})
        if backup.state != BackupState.STORED:
            return
        backup_store.opened().delete(backup.store_key or "")
        backup.state, backup.pruned_at = BackupState.PRUNED.value, now()
        database.notify(session, f"tenant:{backup.tenant_id}")
