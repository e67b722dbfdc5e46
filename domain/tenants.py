"""Tenants: the one function that moves what is observed, and what an operator or a payment may ask for."""

from datetime import timedelta

from sqlmodel import Session, col, select

from domain import backups, database, jobs, letters, states
from domain.errors import Conflict, NotFound
from domain.models import Customer, Tenant
from domain.models.base import now
from domain.states import TenantState

ENDING = (TenantState.ARCHIVED.value, TenantState.DELETED.value)
NAME_KEPT = timedelta(days=30)  # after archiving, in case its owner thinks better of it


def locked(session: Session, tenant_id: int) -> Tenant:
    """The tenant's row, locked until the transaction ends. Raises NotFound."""
    tenant = session.exec(
        select(Tenant).where(col(Tenant.id) == tenant_id).with_for_update(key_share=True)
    ).one_or_none()
    if tenant is None:
        raise NotFound("No existe esa instancia.")
    return tenant


def known(tenant_id: int) -> None:
    """Raises NotFound where there is no such tenant."""
    with database.reading() as session:
        if session.get(Tenant, tenant_id) is None:
            raise NotFound("No existe esa instancia.")


def observe(session: Session, tenant: Tenant, state: str, reason: str | None = None) -> None:
    """Records what the tenant is now. Raises Conflict where the table of moves forbids it."""
    if states.check(states.TENANT_MOVES, tenant.observed, state):
        tenant.observed = state
        if state == TenantState.RUNNING and tenant.ready_at is None:
            tenant.ready_at = now()
        if state == TenantState.DELETED and tenant.released_at is None:
            tenant.released_at = now()
        _tell_its_owner(session, tenant)
    tenant.broken_reason = reason if state == TenantState.BROKEN else None
    session.add(tenant)
    database.notify(session, f"tenant:{tenant.id}")


def _tell_its_owner(session: Session, tenant: Tenant) -> None:
    """Of an Odoo that is put away or gone; not of staging copies, nor of what never ran."""
    if tenant.staging_of is not None or tenant.ready_at is None:
        return
    kind: letters.Kind | None = (
        "archived" if tenant.observed == TenantState.ARCHIVED
        else "deleted" if tenant.observed == TenantState.DELETED
        else None
    )  # fmt: skip
    if kind:
        customer = session.get_one(Customer, tenant.customer_id)
        letters.write(session, kind, customer.email, {"tenant_id": tenant.id}, once=f"{kind}:{tenant.id}")


def suspend(session: Session, tenant: Tenant, reason: str, *, requested_by: str) -> None:
    """Adds `reason` (unpaid, operator, quota) and asks for suspension unless that was asked already."""
    if reason not in tenant.suspend_reasons:
        tenant.suspend_reasons = [*tenant.suspend_reasons, reason]
    if tenant.desired == TenantState.RUNNING:
        tenant.desired = TenantState.SUSPENDED
        if tenant.observed != TenantState.ABSENT:
            jobs.defer(session, "suspend_tenant", tenant=tenant, requested_by=requested_by)
    session.add(tenant)
    database.notify(session, f"tenant:{tenant.id}")
    for copy in copies(session, tenant):
        suspend(session, copy, reason, requested_by=requested_by)


def lift(session: Session, tenant: Tenant, reason: str, *, requested_by: str) -> None:
    """Takes `reason` back; the tenant is resumed only when no other reason is left."""
    if reason not in tenant.suspend_reasons:
        return
    tenant.suspend_reasons = [kept for kept in tenant.suspend_reasons if kept != reason]
    if not tenant.suspend_reasons and tenant.desired == TenantState.SUSPENDED:
        tenant.desired = TenantState.RUNNING
        if tenant.observed != TenantState.ABSENT:
            jobs.defer(session, "resume_tenant", tenant=tenant, requested_by=requested_by)
    session.add(tenant)
    database.notify(session, f"tenant:{tenant.id}")
    for copy in copies(session, tenant):
        lift(session, copy, reason, requested_by=requested_by)


def archive(session: Session, tenant: Tenant, *, requested_by: str) -> None:
    """Asks for the end of a tenant, after a last backup, and of its staging copies; the data are kept. What never came
    to be is deleted."""
    if tenant.desired in (TenantState.ARCHIVED, TenantState.DELETED):
        return
    for copy in copies(session, tenant):
        archive(session, copy, requested_by=requested_by)
    if tenant.observed == TenantState.ABSENT:
        tenant.desired = TenantState.DELETED
        observe(session, tenant, TenantState.DELETED)
        return
    tenant.desired = TenantState.ARCHIVED
    archive_or_backup(session, tenant, requested_by=requested_by)
    session.add(tenant)
    database.notify(session, f"tenant:{tenant.id}")


def delete(session: Session, tenant: Tenant, *, requested_by: str) -> None:
    """Asks for an archived tenant's data to be destroyed, the second of two steps. Raises Conflict."""
    if tenant.observed != TenantState.ARCHIVED or tenant.deletion_asked_at is None:
        raise Conflict("Solo se borra lo que está archivado y alguien pidió borrar.")
    tenant.desired = TenantState.DELETED
    if tenant.archived_as is None:  # nothing was there to be archived
        observe(session, tenant, TenantState.DELETED)
    elif not jobs.pending(session, tenant, "delete_tenant"):
        jobs.defer(session, "delete_tenant", tenant=tenant, requested_by=requested_by)
    session.add(tenant)
    database.notify(session, f"tenant:{tenant.id}")


def copies(session: Session, tenant: Tenant) -> list[Tenant]:
    """The tenant's staging copies that are not at an end, locked, by age."""
    query = (
        select(Tenant)
        .where(Tenant.staging_of == tenant.id, col(Tenant.desired).not_in(ENDING))
        .order_by(col(Tenant.id))
        .with_for_update(key_share=True)
    )
    return list(session.exec(query).all())


def release_names() -> int:
    """Gives back the names of tenants archived long ago; returns how many. To be run now and then."""
    query = (
        select(Tenant)
        .where(Tenant.observed == TenantState.ARCHIVED, col(Tenant.released_at).is_(None))
        .where(col(Tenant.archived_at) < now() - NAME_KEPT)
        .with_for_update(key_share=True, skip_locked=True)
    )
    with database.transaction() as session:
        freed = session.exec(query).all()
        for tenant in freed:
            tenant.released_at = now()
            session.add(tenant)
            database.notify(session, f"tenant:{tenant.id}")
    return len(freed)


def archive_or_backup(session: Session, tenant: Tenant, *, requested_by: str = "sistema") -> None:
    """The next job on the way to the archive: the last backup, whose end asks again, or the archiving itself."""
    if not backups.needed_before_archive(session, tenant):
        jobs.defer(session, "archive_tenant", tenant=tenant, requested_by=requested_by)
    elif not jobs.pending(session, tenant, "backup_tenant"):
        backups.ask(session, tenant, "before_archive", by=requested_by)
