"""How a job ends: job, tenant, letter and whatever must follow, in one transaction each. A worker that has lost the job
to another changes nothing (`placement.mine`)."""

from datetime import timedelta
from typing import Any

from sqlmodel import Session

from domain import accounts, backups, blueprints, database, jobs, journal, letters, moves, own_domains, tenants, usage
from domain.errors import Conflict
from domain.job_kinds import KINDS
from domain.jobs import WorkOrder
from domain.models import Customer, Tenant
from domain.models.base import now
from domain.states import JobStatus, TenantState
from provisioning.placement import Assignment, Superseded, mine, wanted_instead
from provisioning.sentences import AT_WORK, Sentence

PATIENCE = timedelta(minutes=5)  # how long a customer waits before we write that we are still at it
CANCELLED = "Un operador detuvo el trabajo antes de que terminara."


def succeed(assignment: Assignment, result: dict[str, Any]) -> None:
    """The work is done and was seen to be done."""
    kind = KINDS[assignment.kind]
    with database.transaction() as session:
        job = mine(session, assignment)
        if kind.about == "node":
            jobs.finish(session, assignment.job_id, JobStatus.SUCCEEDED, **result)
            blueprints.built(session, job, assignment.ticket, result)
            return
        tenant = _finish(session, assignment, JobStatus.SUCCEEDED, **result)
        first_time = tenant.ready_at is None
        if kind.after is not None:
            tenants.observe(session, tenant, kind.after)
        _note(session, tenant, assignment, result)
        if kind.name == "restore_tenant" and tenant.observed == TenantState.BROKEN:
            tenants.observe(session, tenant, TenantState.RUNNING)
        if first_time and tenant.observed == TenantState.RUNNING:
            usage.created(session, tenant, one_click=bool(result.get("one_click")))
            _write(session, tenant, "welcome")
        _follow_up(session, tenant, assignment)


def _note(session: Session, tenant: Tenant, assignment: Assignment, result: dict[str, Any]) -> None:
    """What a kind of job leaves in our rows beyond the tenant's state."""
    if assignment.kind == "archive_tenant":
        # A worker that died after the script's last word did not keep it: the name is made of what we know.
        tenant.archived_as = result.get("database", f"archived-{tenant.subdomain}-{assignment.ticket}")
        tenant.archived_at = now()
        own_domains.forget(session, tenant)
    elif assignment.kind == "delete_tenant":
        tenant.archived_as = None
    elif assignment.kind == "restore_tenant":
        own_domains.tell_again(session, tenant)
    elif assignment.kind == moves.KIND:
        moves.arrived(session, tenant)
    elif assignment.kind == "backup_tenant":
        moves.delete_left(session, tenant)
    elif assignment.kind == "set_domain":
        own_domains.served(session, tenant, assignment.payload)
    if tenant.staging_of is not None:
        database.notify(session, f"tenant:{tenant.staging_of}")


def fail(assignment: Assignment, sentence: Sentence) -> None:
    """It did not work: staff may retry. A tenant in the making is broken now; another stays what it was."""
    with database.transaction() as session:
        mine(session, assignment)
        if KINDS[assignment.kind].about == "node":
            jobs.finish(session, assignment.job_id, JobStatus.FAILED, error=sentence.staff)
            return
        tenant = _finish(
            session, assignment, JobStatus.FAILED, error=sentence.staff, customer_message=sentence.customer
        )
        if _broke(session, tenant, assignment.kind, sentence.staff):
            _write(session, tenant, "failed")


def cancelled(assignment: Assignment | WorkOrder) -> None:
    """It was stopped on the node, or no node has it yet, because staff asked."""
    with database.transaction() as session:
        mine(session, assignment)
        if KINDS[assignment.kind].about == "node":
            jobs.finish(session, assignment.job_id, JobStatus.CANCELLED, error=CANCELLED)
            return
        tenant = _finish(session, assignment, JobStatus.CANCELLED, error=CANCELLED, customer_message=AT_WORK)
        _broke(session, tenant, assignment.kind, CANCELLED)


def not_begun(order: WorkOrder, sentence: Sentence) -> None:
    """The tenant's state does not allow it (any more)."""
    with database.transaction() as session:
        mine(session, order)
        _finish(session, order, JobStatus.FAILED, error=sentence.staff, customer_message=sentence.customer)


def _finish(session: Session, done: Assignment | WorkOrder, status: JobStatus, **words: Any) -> Tenant:
    job = jobs.finish(session, done.job_id, status, **words)
    tenant = tenants.locked(session, done.tenant_id or 0)
    if job is not None:
        backups.job_ended(session, job, tenant)
    return tenant


def hold(order: WorkOrder | Assignment, sentence: Sentence) -> None:
    """Waits for a better moment. The log says why, once, however often it is tried."""
    try:
        jobs.hold(order.job_id, sentence.customer, attempt=order.attempt)
    except Conflict as ended:
        raise Superseded from ended
    if order.tenant_id is not None:
        _tell_of_delay(order)
    last = journal.tail(order.job_id, 1)
    text = f"\x1b[33m{sentence.staff} Se reintenta.\x1b[0m"
    if not last or last[0].text != text:
        journal.append(order.job_id, journal.Batch(lines=[(now(), text)]))


def _tell_of_delay(order: WorkOrder | Assignment) -> None:
    with database.transaction() as session:
        tenant = tenants.locked(session, order.tenant_id or 0)
        waits_since = tenant.requested_at or tenant.created_at
        if tenant.ready_at is None and now() - waits_since > PATIENCE:
            _write(session, tenant, "delayed")


def _broke(session: Session, tenant: Tenant, kind: str, reason: str) -> bool:
    during = KINDS[kind].during
    if during is None or tenant.observed != during:
        return False
    tenants.observe(session, tenant, TenantState.BROKEN, reason)
    return True


def _follow_up(session: Session, tenant: Tenant, assignment: Assignment) -> None:
    """What was asked for while this job ran: another state, or another password than the one that was set."""
    instead = wanted_instead(tenant)
    if instead is not None and not jobs.pending(session, tenant, instead):
        if instead == "archive_tenant":
            tenants.archive_or_backup(session, tenant)
        else:
            jobs.defer(session, instead, tenant=tenant)
    sent = assignment.payload.get("password_hash", "")
    # A later attempt may have joined a script that an earlier one began with the words of its own moment; and a backup
    # brings back the password of its day.
    joined = assignment.kind == "create_tenant" and assignment.attempt > 1
    unsure = (joined or assignment.kind == "restore_tenant") and bool(tenant.odoo_password_hash)
    other = unsure or (tenant.odoo_password_hash or "") != sent
    if tenant.observed == TenantState.RUNNING and other and not jobs.pending(session, tenant, "set_password"):
        jobs.defer(session, "set_password", tenant=tenant)


def _write(session: Session, tenant: Tenant, kind: letters.Kind) -> None:
    """A letter to the customer, once a tenant and kind; none about a staging copy."""
    if tenant.staging_of is not None:
        return
    customer = session.get_one(Customer, tenant.customer_id)
    account = accounts.ensure_owner(session, customer)
    args = {"tenant_id": tenant.id or 0}
    letters.write(session, kind, customer.email, args, once=f"{kind}:tenant:{tenant.id}", account=account)
