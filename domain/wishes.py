"""What a customer asks for and staff confirm: that their Odoo be deleted. It ends the plan, and stays a wish."""

import contextlib

from domain import audit, billing, database, tenants
from domain.errors import Conflict, FieldProblem, Invalid, NotFound
from domain.models import Tenant
from domain.models.base import now


def ask_deletion(tenant_id: int, *, typed: str, by: str) -> None:
    """Cancels the plan with its period, then records the wish. Raises Invalid, Conflict, Unavailable (Stripe)."""
    with database.reading() as session:
        tenant = session.get_one(Tenant, tenant_id)
        subdomain, customer_id = tenant.subdomain, tenant.customer_id
    if typed.strip().lower() != subdomain:
        raise Invalid([FieldProblem("typed", "differs", f"Escribe {subdomain} para confirmar.")])
    # Nothing may be paid: made by hand, or at its end already.
    with contextlib.suppress(NotFound, Conflict):
        billing.cancel(customer_id, by)
    with database.transaction() as session:
        tenant = tenants.locked(session, tenant_id)
        if tenant.desired in tenants.ENDING:
            raise Conflict("Este Odoo ya está cerrado.")
        if tenant.deletion_asked_at is None:
            tenant.deletion_asked_at, tenant.deletion_asked_by = now(), by
            audit.record(session, actor=by, action="tenant.deletion_wish", target=f"tenant:{tenant_id}")
        session.add(tenant)
        database.notify(session, f"tenant:{tenant_id}")


def keep(tenant_id: int, *, by: str) -> None:
    """Takes the wish back while the Odoo is there; the plan stays as it is. Raises Conflict."""
    with database.transaction() as session:
        tenant = tenants.locked(session, tenant_id)
        if tenant.desired in tenants.ENDING:
            raise Conflict("Este Odoo ya está cerrado; escríbenos.")
        if tenant.deletion_asked_at is not None:
            tenant.deletion_asked_at, tenant.deletion_asked_by = None, None
            audit.record(session, actor=by, action="tenant.keep", target=f"tenant:{tenant_id}")
        session.add(tenant)
        database.notify(session, f"tenant:{tenant_id}")
