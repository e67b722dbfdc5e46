"""What staff may do with a tenant, as data: when it is offered, and what it does under the row's lock."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from domain import audit, database, jobs, moves, nodes, staging, tenants
from domain.errors import Conflict, FieldProblem, Invalid, NotFound
from domain.job_kinds import KINDS
from domain.models import Tenant
from domain.models.base import now
from domain.states import TenantState
from domain.tenants import ENDING

OPERATOR = "operator"
MODULES = re.compile(r"(?:[a-z0-9_]+(?:,[a-z0-9_]+)*)?")


@dataclass(frozen=True)
class Action:
    """`title` is the button; `warning` what the dialog says; `typed`: the subdomain must be typed to confirm.

    `asks` labels the one thing that the action wants to know ("": nothing); `proposed` is what stands there at first.
    """

    name: str
    title: str
    warning: str
    offered: Callable[[Tenant], bool]
    act: Callable[[Session, Tenant, str, str], None]
    dangerous: bool = False
    typed: bool = False
    asks: str = ""
    proposed: Callable[[Tenant], str] = lambda _tenant: ""


def _suspend(session: Session, tenant: Tenant, by: str, _value: str) -> None:
    tenants.suspend(session, tenant, OPERATOR, requested_by=by)


def _resume(session: Session, tenant: Tenant, by: str, _value: str) -> None:
    tenants.lift(session, tenant, OPERATOR, requested_by=by)


def _copy(session: Session, tenant: Tenant, by: str, value: str) -> None:
    staging.make(session, tenant, value, by)


def _update(session: Session, tenant: Tenant, by: str, value: str) -> None:
    modules = ",".join(value.replace(",", " ").split())
    if not MODULES.fullmatch(modules):
        raise Invalid([FieldProblem("value", "grammar", "Escribe nombres de módulos, como sale o account.")])
    jobs.defer(session, "update_modules", tenant=tenant, args={"modules": modules}, requested_by=by)
    database.notify(session, f"tenant:{tenant.id}")


def _move(session: Session, tenant: Tenant, by: str, value: str) -> None:
    node = nodes.named(session, value) if value else None
    moves.ask(session, tenant, by=by, to=node.id if node else None)


def _archive(session: Session, tenant: Tenant, by: str, _value: str) -> None:
    tenants.archive(session, tenant, requested_by=by)


def _ask_deletion(session: Session, tenant: Tenant, by: str, _value: str) -> None:
    tenant.deletion_asked_at, tenant.deletion_asked_by = now(), by
    session.add(tenant)
    database.notify(session, f"tenant:{tenant.id}")


def _keep(session: Session, tenant: Tenant, _by: str, _value: str) -> None:
    tenant.deletion_asked_at, tenant.deletion_asked_by = None, None
    session.add(tenant)
    database.notify(session, f"tenant:{tenant.id}")


def _delete(session: Session, tenant: Tenant, by: str, _value: str) -> None:
    tenants.delete(session, tenant, requested_by=by)


def _stays(tenant: Tenant) -> bool:
    return tenant.desired not in ENDING


ACTIONS = [
    Action(
        "copy",
        "Copia de pruebas",
        "Se copia con sus datos a otra dirección mientras el original sigue en marcha. La copia no envía correos ni "
        "ejecuta tareas programadas.",
        lambda tenant: tenant.observed in KINDS["clone_tenant"].source_allowed and _stays(tenant)
        and tenant.staging_of is None,
        _copy,
        asks="Nombre de la copia",
        proposed=lambda tenant: staging.proposal(tenant.subdomain),
    ),
    Action(
        "update_modules",
        "Actualizar módulos",
        "Quien entre leerá durante unos minutos que se está actualizando. Si algo falla, todo queda como estaba.",
        lambda tenant: tenant.observed in KINDS["update_modules"].allowed and _stays(tenant),
        _update,
        asks="Módulos (vacío: los que han cambiado)",
    ),
    Action(
        "move",
        "Mover a otro nodo",
        "Se copia con el Odoo en marcha; después se cierra unos segundos para copiar lo último y se abre en el otro "
        "nodo. Si algo falla antes, sigue donde está.",
        lambda tenant: tenant.observed in moves.MOVABLE and _stays(tenant) and tenant.node_id is not None,
        _move,
        asks="Nodo (vacío: el mejor)",
    ),
    Action(
        "suspend",
        "Suspender",
        "Nadie podrá entrar en este Odoo hasta que lo reanudes. Los datos se conservan y los cobros siguen.",
        lambda tenant: tenant.observed in ("running", "suspended") and _stays(tenant)
        and OPERATOR not in tenant.suspend_reasons,
        _suspend,
    ),
    Action(
        "resume",
        "Reanudar",
        "Se quita la suspensión del operador. Si hay otro motivo, como un pago pendiente, sigue suspendida.",
        lambda tenant: OPERATOR in tenant.suspend_reasons and _stays(tenant),
        _resume,
    ),
    Action(
        "keep",
        "No borrar",
        "Se olvida que alguien pidió borrar este Odoo.",
        lambda tenant: tenant.deletion_asked_at is not None and tenant.desired != TenantState.DELETED,
        _keep,
    ),
    Action(
        "archive",
        "Archivar",
        "Este Odoo y sus copias de pruebas dejan de existir para el cliente. Los datos se guardan archivados y el "
        "nombre queda libre en 30 días; los cobros no se detienen aquí.",
        lambda tenant: tenant.observed in ("running", "suspended", "broken", "absent") and _stays(tenant),
        _archive,
        dangerous=True,
        typed=True,
    ),
    Action(
        "ask_deletion",
        "Preparar borrado",
        "Es el primero de dos pasos: después habrá que confirmar escribiendo el nombre. Todavía no se borra nada.",
        lambda tenant: tenant.observed == TenantState.ARCHIVED and tenant.deletion_asked_at is None
        and tenant.desired != TenantState.DELETED,
        _ask_deletion,
        dangerous=True,
    ),
    Action(
        "delete",
        "Borrar para siempre",
        "La base de datos y los archivos se borran del nodo y no se pueden recuperar.",
        lambda tenant: tenant.observed == TenantState.ARCHIVED and tenant.deletion_asked_at is not None
        and tenant.desired != TenantState.DELETED,
        _delete,
        dangerous=True,
        typed=True,
    ),
]  # fmt: skip
BY_NAME = {action.name: action for action in ACTIONS}


def offered(tenant: Tenant) -> list[Action]:
    """What the tenant's state allows now, the dangerous last."""
    return [action for action in ACTIONS if action.offered(tenant)]


def perform(tenant_id: int, name: str, *, by: str, typed: str = "", value: str = "") -> None:
    """Does the action, with the `value` that it asks for, if the state still allows it.

    Raises NotFound, Conflict, Invalid (what was typed differs, or the value is wrong), Taken.
    """
    action = BY_NAME.get(name)
    if action is None:
        raise NotFound("No existe esa acción.")
    try:
        _perform(action, tenant_id, by, typed, value.strip())
    except IntegrityError as error:
        raise staging.taken(value.strip(), error) from error


def _perform(action: Action, tenant_id: int, by: str, typed: str, value: str) -> None:
    with database.transaction() as session:
        tenant = tenants.locked(session, tenant_id)
        if not action.offered(tenant):
            raise Conflict("El estado de la instancia ya no lo permite.")
        if action.typed and typed.strip() != tenant.subdomain:
            raise Invalid([FieldProblem("typed", "differs", f"Escribe {tenant.subdomain} para confirmar.")])
        action.act(session, tenant, by, value)
        details = {"value": value} if value else {}
        audit.record(session, actor=by, action=f"tenant.{action.name}", target=f"tenant:{tenant_id}", **details)


_FAILED_CREATION = text(
    "select id from job where tenant_id = :tenant and kind in ('create_tenant', 'clone_tenant') and status = 'failed' "
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
