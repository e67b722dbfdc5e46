"""Tenants: the one function that moves what is observed, and what an operator or a payment may ask for."""

from sqlmodel import Session, col, select

from domain import database, jobs, states
from domain.errors import NotFound
from domain.models import Tenant
from domain.models.base import now
from domain.states import TenantState


def locked(session: Session, tenant_id: int) -> Tenant:
    """The tenant's row, locked until the transaction ends. Raises NotFound."""
    tenant = session.exec(
        select(Tenant).where(col(Tenant.id) == tenant_id).with_for_update(key_share=True)
    ).one_or_none()
    if tenant is None:
        raise NotFound("No existe esa instancia.")
    return tenant


def observe(session: Session, tenant: Tenant, state: str, reason: str | None = None) -> None:
    """Records what the tenant is now. Raises Conflict where the table of moves forbids it."""
    if states.check(states.TENANT_MOVES, tenant.observed, state):
        tenant.observed = state
        if state == TenantState.RUNNING and tenant.ready_at is None:
            tenant.ready_at = now()
        if state == TenantState.DELETED and tenant.released_at is None:
            tenant.released_at = now()
    tenant.broken_reason = reason if state == TenantState.BROKEN else None
    session.add(tenant)
    database.notify(session, f"tenant:{tenant.id}")


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


def archive(session: Session, tenant: Tenant, *, requested_by: str) -> None:
    """Asks for the end of a tenant; its data are kept. One that never came to be is simply deleted."""
    if tenant.desired in (TenantState.ARCHIVED, TenantState.DELETED):
        return
    if tenant.observed == TenantState.ABSENT:
        tenant.desired = TenantState.DELETED
        observe(session, tenant, TenantState.DELETED)
        return
    tenant.desired = TenantState.ARCHIVED
    jobs.defer(session, "archive_tenant", tenant=tenant, requested_by=requested_by)
    session.add(tenant)
    database.notify(session, f"tenant:{tenant.id}")
