"""Backups: asked for, written down as they come to be, read by pages. How they are made is the worker's matter."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from domain import audit, backup_keys, database, jobs, states
from domain.errors import Conflict, FieldProblem, Invalid, NotFound, Unavailable
from domain.models import Backup, Job, Tenant
from domain.models.base import now
from domain.settings import settings
from domain.states import BackupState, JobStatus, TenantState

STANDING = (TenantState.RUNNING.value, TenantState.SUSPENDED.value)  # there is a database to copy
JOB_KINDS = ("backup_tenant", "restore_tenant", "prove_backup")


@dataclass(frozen=True)
class Stored:
    """Where a backup is, and what it must be: what moving one needs. `sha256` and `size` are the archive's; `answered`:
    the trial of this job was seen to answer."""

    id: int
    kind: str
    state: str
    store_key: str
    key_id: str | None
    sha256: str | None
    size: int | None
    answered: bool = False


def configured() -> bool:
    """True when backups are made at all."""
    return bool(settings().backup_url and settings().backup_keys)


def ask(session: Session, tenant: Tenant, kind: str, *, by: str = "sistema", then_restore: int | None = None) -> Backup:
    """Adds a backup and its job to this transaction; `then_restore` is a backup to be restored once this one is safe.

    Raises Unavailable where no store or key is configured, Conflict where there is nothing to copy.
    """
    if not configured():
        raise Unavailable("Las copias no están activadas: faltan BACKUP_URL y BACKUP_KEY.", code="backups_off")
    backup_keys.key_id()
    if tenant.observed not in STANDING:
        raise Conflict("Ahora no se puede hacer una copia: la instancia no está en marcha ni suspendida.")
    if kind == "manual" and jobs.pending(session, tenant, "backup_tenant"):
        raise Conflict("Ya se está haciendo una copia.")
    backup = Backup(tenant_id=tenant.id or 0, node_id=tenant.node_id, kind=kind, requested_by=by)
    session.add(backup)
    session.flush()
    args = {"backup_id": backup.id, **({"then_restore": then_restore} if then_restore else {})}
    job = jobs.defer(session, "backup_tenant", tenant=tenant, args=args, requested_by=by)
    backup.job_id = job.id
    backup.store_key = f"{tenant.id}-{tenant.subdomain}/{jobs.ticket(job)}.tar.age"
    database.notify(session, f"tenant:{tenant.id}")
    return backup


def ask_restore(session: Session, tenant: Tenant, backup_id: int, *, typed: str, by: str) -> None:
    """Asks for a tenant's return to a backup of its own, after one more backup where there is something to copy.

    `typed` must be the subdomain. Raises NotFound, Invalid, Conflict.
    """
    backup = session.get(Backup, backup_id)
    if backup is None or backup.tenant_id != tenant.id:
        raise NotFound("No existe esa copia.")
    if typed.strip() != tenant.subdomain:
        raise Invalid([FieldProblem("typed", "differs", f"Escribe {tenant.subdomain} para confirmar.")])
    _check_usable(backup)
    if tenant.observed not in (*STANDING, TenantState.BROKEN):
        raise Conflict("El estado de la instancia no permite restaurar una copia.")
    if any(jobs.pending(session, tenant, kind) for kind in ("restore_tenant", "backup_tenant")):
        raise Conflict("Ya se está haciendo o restaurando una copia: espera a que termine.")
    if tenant.observed == TenantState.BROKEN:
        _restore(session, tenant, backup_id, by)
    else:
        ask(session, tenant, "before_restore", by=by, then_restore=backup_id)
    audit.record(session, actor=by, action="backup.restore", target=f"tenant:{tenant.id}", backup=backup_id)


def ask_proof(session: Session, tenant: Tenant, backup: Backup, *, by: str = "sistema") -> None:
    """Asks for a backup to be restored on trial. Raises Conflict."""
    _check_usable(backup)
    jobs.defer(session, "prove_backup", tenant=tenant, args={"backup_id": backup.id}, requested_by=by)
    database.notify(session, f"tenant:{tenant.id}")


def _check_usable(backup: Backup) -> None:
    if backup.state != BackupState.STORED:
        raise Conflict("Esta copia no está guardada.")
    if not backup_keys.known(backup.key_id or ""):
        raise Conflict(backup_keys.WRONG_KEY, code="wrong_key")


def _restore(session: Session, tenant: Tenant, backup_id: int, by: str) -> None:
    jobs.defer(session, "restore_tenant", tenant=tenant, args={"backup_id": backup_id}, requested_by=by)


def needed_before_archive(session: Session, tenant: Tenant) -> bool:
    """True when a tenant should not be archived yet: its last backup is not made."""
    if not configured() or tenant.observed not in STANDING or tenant.staging_of is not None:
        return False
    made = select(Backup.id).where(
        Backup.tenant_id == tenant.id, Backup.kind == "before_archive", Backup.state == BackupState.STORED
    )
    return session.exec(made).first() is None


def of_job(session: Session, job: Job) -> Stored | None:
    """The backup that a job is about; None for jobs about something else."""
    backup = session.get(Backup, job.args.get("backup_id", 0)) if job.kind in JOB_KINDS else None
    if backup is None:
        return None
    return Stored(
        backup.id or 0, backup.kind, backup.state, backup.store_key or "", backup.key_id, backup.sha256, backup.size,
        answered=_answered(backup, job),
    )  # fmt: skip


def _answered(backup: Backup, job: Job) -> bool:
    return backup.proof == "passed" and backup.proven_at is not None and backup.proven_at >= job.created_at


def answered(backup_id: int) -> None:
    """Its trial answers, which proves it: noted at once, since the trial is taken away next, perhaps in two tries."""
    with database.transaction() as session:
        backup = session.get_one(Backup, backup_id, with_for_update={"key_share": True})
        backup.proof, backup.proven_at, backup.proof_note = "passed", now(), None
        session.add(backup)


def stored(backup_id: int, *, size: int, stored_size: int, sha256: str, key_id: str, manifest: dict[str, Any]) -> None:
    """The archive is whole in the store. Saying so twice changes nothing."""
    with database.transaction() as session:
        backup = session.get_one(Backup, backup_id, with_for_update={"key_share": True})
        if not states.check(states.BACKUP_MOVES, backup.state, BackupState.STORED):
            return
        backup.state, backup.error, backup.stored_at = BackupState.STORED.value, None, now()
        backup.size, backup.stored_size, backup.sha256, backup.key_id = size, stored_size, sha256, key_id
        backup.manifest = manifest
        database.notify(session, f"tenant:{backup.tenant_id}")


def job_ended(session: Session, job: Job, tenant: Tenant) -> None:
    """What the end of a job means for its backup; part of the transaction that ends it."""
    backup = session.get(Backup, job.args.get("backup_id", 0)) if job.kind in JOB_KINDS else None
    if backup is None:
        return
    good = job.status == JobStatus.SUCCEEDED
    if job.kind == "prove_backup" and job.status != JobStatus.CANCELLED:
        if not _answered(backup, job):
            backup.proof, backup.proven_at = "passed" if good else "failed", now()
            backup.proof_note = None if good else job.error
    elif job.kind == "backup_tenant" and not good and backup.state == BackupState.MAKING:
        backup.state, backup.error = BackupState.FAILED.value, job.error
    elif job.kind == "backup_tenant" and good and (wanted := job.args.get("then_restore")):
        _restore(session, tenant, int(wanted), job.requested_by)
    session.add(backup)


@dataclass(frozen=True)
class BackupRow:
    """One backup as pages show it. `usable`: it may be downloaded and restored; sizes in bytes."""

    id: int
    tenant_id: int
    kind: str
    state: str
    size: int | None
    created_at: datetime
    stored_at: datetime | None
    usable: bool
    proof: str | None
    proof_note: str | None
    proven_at: datetime | None
    error: str | None
    requested_by: str
    job_id: int | None
    manifest: dict[str, Any]


def of_tenant(tenant_id: int, *, limit: int = 50) -> list[BackupRow]:
    """A tenant's backups, newest first, those that were pruned left out."""
    with database.reading() as session:
        rows = session.exec(
            select(Backup)
            .where(Backup.tenant_id == tenant_id, Backup.state != BackupState.PRUNED)
            .order_by(col(Backup.id).desc())
            .limit(limit)
        ).all()
        return [
            BackupRow(
                row.id or 0, row.tenant_id, row.kind, row.state, row.size, row.created_at, row.stored_at,
                row.state == BackupState.STORED, row.proof, row.proof_note, row.proven_at, row.error,
                row.requested_by, row.job_id, dict(row.manifest),
            )
            for row in rows
        ]  # fmt: skip
