"""Staging copies: a tenant of its own that copies another's data, sends nothing, and ends with it."""

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from domain import audit, database, jobs, plan_limits, subdomains, tenants
from domain.errors import Conflict, FieldProblem, Invalid, NotFound, Taken
from domain.job_kinds import KINDS
from domain.models import Tenant
from domain.models.base import now

KIND = "clone_tenant"
DEFAULT_LIMIT = 1  # where no plan says another


def limit(session: Session, tenant: Tenant) -> int:
    """How many copies the tenant's plan allows at once, with the extras that are paid beside it."""
    return int(plan_limits.of_tenant(session, tenant.id or 0).get(plan_limits.COPIES, DEFAULT_LIMIT))


def proposal(subdomain: str) -> str:
    """A name for a copy; it may be taken."""
    return f"{subdomain[: subdomains.LONGEST - 8].rstrip('-')}-pruebas"


def copy(tenant_id: int, name: str, *, by: str) -> int:
    """A customer's wish for a copy, within the plan's limit; returns the copy. Raises as `make`, and Conflict."""
    try:
        with database.transaction() as session:
            tenant = tenants.locked(session, tenant_id)
            most = limit(session, tenant)
            if len(tenants.copies(session, tenant)) >= most:
                raise Conflict(
                    "Tu plan no incluye copias de pruebas." if most == 0
                    else "Ya tienes las copias de pruebas que incluye tu plan. Elimina una para hacer otra.",
                    code="staging_limit",
                )  # fmt: skip
            made = make(session, tenant, name, by)
            audit.record(session, actor=by, action="tenant.copy", target=f"tenant:{tenant_id}", copy=made.subdomain)
            return made.id or 0
    except IntegrityError as error:
        raise taken(name, error) from error


def taken(name: str, error: IntegrityError) -> Exception:
    """What an integrity error means while a copy is made: its name is held, or something of ours is wrong."""
    return Taken(f"«{name}» ya está en uso.") if "tenant_subdomain_held" in str(error.orig) else error


def make(session: Session, tenant: Tenant, name: str, by: str) -> Tenant:
    """The copy's row and its job, in a transaction that has the tenant locked. Raises Invalid, Conflict."""
    subdomain = subdomains.normalise(name)
    if (wrong := subdomains.problem(subdomain)) is not None:
        raise Invalid([FieldProblem("name", wrong.code, wrong.message)])
    if tenant.staging_of is not None:
        raise Conflict("De una copia de pruebas no se hacen copias.")
    if tenant.observed not in KINDS[KIND].source_allowed or tenant.desired in tenants.ENDING:
        raise Conflict("Solo se copia un Odoo en marcha o suspendido.")
    made = Tenant(
        customer_id=tenant.customer_id,
        node_id=tenant.node_id,
        subdomain=subdomain,
        staging_of=tenant.id,
        language=tenant.language,
        currency=tenant.currency,
        suspend_reasons=[],
    )
    session.add(made)
    session.flush()
    jobs.defer(session, KIND, tenant=made, requested_by=by)
    database.notify(session, f"tenant:{tenant.id}")
    database.notify(session, f"tenant:{made.id}")
    return made


def end(tenant_id: int, copy_id: int, *, by: str) -> None:
    """A customer's wish to be rid of a copy: archived, and marked to be deleted. Raises NotFound."""
    with database.transaction() as session:
        tenant = tenants.locked(session, tenant_id)
        found = [one for one in tenants.copies(session, tenant) if one.id == copy_id]
        if not found:
            raise NotFound("No existe esa copia.")
        found[0].deletion_asked_at, found[0].deletion_asked_by = now(), by
        tenants.archive(session, found[0], requested_by=by)
        audit.record(session, actor=by, action="tenant.archive", target=f"tenant:{copy_id}")
        database.notify(session, f"tenant:{tenant_id}")


def of(session: Session, tenant_id: int) -> list[Tenant]:
    """The tenant's copies that are not at an end, newest first."""
    query = (
        select(Tenant)
        .where(Tenant.staging_of == tenant_id, col(Tenant.desired).not_in(tenants.ENDING))
        .order_by(col(Tenant.id).desc())
    )
    return list(session.exec(query).all())
