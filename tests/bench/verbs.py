"""Suspend, resume, back up and restore a fresh tenant through the whole product, beside the bare commands."""

import time
from typing import Any

import httpx
from sqlmodel import col, select

from domain import backups, database, jobs, tenants
from domain.models import Backup, Job, Tenant
from domain.states import JobStatus
from provisioning.lab.shell import inside
from tests.bench.stage import percentile
from tests.bench.wire import deliver, order, wire
from tests.bench.yards import LIMIT, RealOdoo, house_on, until_served

# What each comes down to; $1 the database, $2 the filestore. Prints milliseconds.
_RAW = r"""
as() { runuser -u postgres -- "$@"; }
for bin in /usr/lib/postgresql/*/bin; do :; done
clock() { REPLY=$((${EPOCHREALTIME/[.,]/} / 1000)); }
timed() {
  clock
  local began=$REPLY
  "$@" >/tmp/bruto.log 2>&1 || { cat /tmp/bruto.log; exit 1; }
  clock
  printf '%s ' $((REPLY - began))
}
suspend() { as "$bin/psql" -Xqd postgres -c "alter database \"$1\" connection limit 0" \
  -c "select pg_terminate_backend(pid) from pg_stat_activity where datname = '$1'"; }
resume() { as "$bin/psql" -Xqd postgres -c "alter database \"$1\" connection limit -1"; }
backup() { as "$bin/pg_dump" -Fc "$1" >/tmp/bruto.pgc && tar -cf /tmp/bruto.tar -C /tmp bruto.pgc -C "$2" "$1"; }
restore() {
  as "$bin/createdb" -O odoo -T template0 bruto
  as "$bin/pg_restore" --no-owner --role=odoo -d bruto <"/tmp/bruto.pgc" && tar -xf /tmp/bruto.tar -C /tmp
}
as "$bin/dropdb" --if-exists --force bruto
timed suspend "$1"; timed resume "$1"; timed backup "$1" "$2"; timed restore
as "$bin/dropdb" --force bruto; rm -rf /tmp/bruto.* "/tmp/$1"
"""
_FILES = "/var/lib/odoo/.local/share/Odoo/filestore"
VERBS = ("suspend", "resume", "backup", "restore")
KINDS = ("suspend_tenant", "resume_tenant", "backup_tenant", "restore_tenant")


def run(rounds: int = 5, node: str = "stand-in") -> dict[str, Any]:
    """Medians in milliseconds by verb: {job, raw, ratio}; raw only where the node is a lab's."""
    times: dict[str, list[float]] = {verb: [] for verb in VERBS}
    raw: dict[str, list[float]] = {verb: [] for verb in VERBS}
    with house_on(node) as (house, yard), wire(house) as taken, httpx.Client(timeout=60) as web:
        for number in range(rounds):
            name = order(house, web, number)
            completed, others = taken.next()
            deliver(house, web, completed, *others)
            until_served(house, web, name)
            with database.reading() as session:
                tenant_id = session.exec(select(Tenant.id).where(Tenant.subdomain == name)).one() or 0
            _ended(tenant_id)
            if isinstance(yard, RealOdoo):
                said = inside(yard.node, "bash", "-c", _RAW, "raw", name, _FILES).split()[-4:]
                for verb, took in zip(VERBS, said, strict=True):
                    raw[verb].append(float(took))
            for verb, kind in zip(VERBS, KINDS, strict=True):
                times[verb].append(_done(tenant_id, kind))
    found = {}
    for verb in VERBS:
        found[verb] = {"job": percentile(times[verb], 0.5)}
        if raw[verb]:
            bare = percentile(raw[verb], 0.5)
            found[verb] |= {"raw": bare, "ratio": found[verb]["job"] / max(bare, 1)}
    return {"node": yard.name, "rounds": rounds, **found}


def _done(tenant_id: int, kind: str) -> float:
    """Asks for it as the product does; milliseconds from there until its job has ended."""
    began = time.perf_counter()
    with database.transaction() as session:
        tenant = tenants.locked(session, tenant_id)
        if kind == "suspend_tenant":
            tenants.suspend(session, tenant, "operator", requested_by="banco")
        elif kind == "resume_tenant":
            tenants.lift(session, tenant, "operator", requested_by="banco")
        elif kind == "backup_tenant":
            backups.ask(session, tenant, "manual", by="banco")
        else:
            newest = select(Backup.id).where(Backup.tenant_id == tenant_id).order_by(col(Backup.id).desc())
            jobs.defer(session, kind, tenant=tenant, args={"backup_id": session.exec(newest).first() or 0})
    _ended(tenant_id)
    return (time.perf_counter() - began) * 1000


def _ended(tenant_id: int) -> None:
    """Waits until the tenant has no job left. Raises RuntimeError where one failed, TimeoutError."""
    deadline = time.monotonic() + LIMIT * 3
    while time.monotonic() < deadline:
        with database.reading() as session:
            found = session.exec(select(Job).where(Job.tenant_id == tenant_id)).all()
        if failed := [job for job in found if job.status == JobStatus.FAILED]:
            raise RuntimeError(f"{failed[0].kind}: {failed[0].error}")
        if all(job.status == JobStatus.SUCCEEDED for job in found):
            return
        time.sleep(0.02)
    raise TimeoutError(f"the jobs of tenant {tenant_id} did not end")
