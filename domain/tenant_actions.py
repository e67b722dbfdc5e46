"""What staff may do with a tenant, as data: when it is offered, and what it does under the row's lock."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from domain import audit, database, jobs, tenants
from domain.errors import Conflict, FieldProblem, Invalid, NotFound
from domain.models import Tenant
from domain.states import TenantState

OPERATOR = "operator"
ENDING = {TenantState.ARCHIVED.value, TenantState.DELETED.value}


@dataclass(frozen=True)
class Action:
    """`title` is the button; `warning` what the dialog says; `typed`: the subdomain must be typed to confirm."""

    name: str
    title: str
    warning: str
    offered: Callable[[Tenant], bool]
    act: Callable[[Session, Tenant, str], None]
    dangerous: bool = False
    typed: bool = False


def _suspend(session: Session, tenant: Tenant, by: str) -> None:
    tenants.suspend(session, tenant, OPERATOR, requested_by=by)


def _resume(session: Session, tenant: Tenant, by: str) -> None:
    tenants.lift(session, tenant, OPERATOR, requested_by=by)


def _archive(session: Session, tenant: Tenant, by: str) -> None:
    tenants.archive(session, tenant, requested_by=by)


ACTIONS = [
    Action(
        "suspend",
        "Suspender",
        "Nadie podrá entrar en este Odoo hasta que lo reanudes. Los datos se conservan y los cobros siguen.",
        lambda tenant: tenant.observed in ("running", "suspended") and tenant.desired not in ENDING
        and OPERATOR not in tenant.suspend_reasons,
        _suspend,
    ),
    Action(
        "resume",
        "Reanudar",
        "Se quita la suspensión del operador. Si hay otro motivo, como un pago pendiente, sigue suspendida.",
        lambda tenant: OPERATOR in tenant.suspend_reasons and tenant.desired not in ENDING,
        _resume,
    ),
    Action(
        "archive",
        "Archivar",
        "Este Odoo deja de existir para el cliente. Los datos se guardan archivados; los cobros no se detienen aquí.",
        lambda tenant: tenant.observed in ("running", "suspended", "broken", "absent") and tenant.desired not in ENDING,
        _archive,
        dangerous=True,
        typed=True,
    ),
]  # fmt: skip
BY_NAME = {action.name: action for action in ACTIONS}


def offered(tenant: Tenant) -> list[Action]:
    """What the tenant's state allows now, the dangerous last."""
    return [action for action in ACTIONS if action.offered(tenant)]


def perform(tenant_id: int, name: str, *, by: str, typed: str = "") -> None:
    """Does the action if the state still allows it. Raises NotFound, Conflict, Invalid (what was typed differs)."""
    action = BY_NAME.get(name)
    if action is None:
        raise NotFound("No existe esa acción.")
    with database.transaction() as session:
        tenant = tenants.locked(session, tenant_id)
        if not action.offered(tenant):
            raise Conflict("El estado de la instancia ya no lo permite.")
        if action.typed and typed.strip() != tenant.subdomain:
            raise Invalid([FieldProblem("typed", "differs", f"Escribe {tenant.subdomain} para confirmar.")])
        action.act(session, tenant, by)
        audit.record(session, actor=by, action=f"tenant.{name}", target=f"tenant:{tenant_id}")


_FAILED_CREATION = text(
    "select id from job where tenant_id = :tenant and kind = 'create_tenant' and status = 'failed' "
    "order by id desc limit 1"
)


def retry_creation(tenant_id: int, *, by: str) -> int:
    """Puts the failed creation back on the queue; returns the job. Raises Conflict where none failed."""
    with database.reading() as session:
        job_id = session.scalar(_FAILED_CREATION, {"tenant": tenant_id})
    if job_id is None:
        raise Conflict("No hay una creación fallida que reintentar.")
    jobs.retry(int(job_id), requested_by=by)
    return int(job_id)
