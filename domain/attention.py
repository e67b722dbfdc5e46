"""What needs somebody's attention, each with its reason and the page where it is dealt with."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text
from sqlmodel import Session

from domain import backup_figures, health
from domain.formats import number


@dataclass(frozen=True)
class Concern:
    """`reason` is a sentence for staff; `link` a page of the admin; `count` how many things it speaks of."""

    code: str
    count: int
    reason: str
    link: str


_NODES = text(
    "select name, state, reachable, unreachable_since, key_alarm, health ->> 'kit_ok' as kit_ok, "
    "(select count(*) from job where node_id = node.id and status = 'queued') as waiting "
    "from node where state <> 'removed' and (reachable is false or key_alarm is not null "
    "or health ->> 'kit_ok' = 'false') order by name"
)
LITTLE = 5 * 1024**3  # bytes of disk
_FULL = text(
    "select n.id, n.name, (n.health ->> 'disk_free')::float as free, array(select t.subdomain || ' (' || "
    "round((u.database_bytes + u.files_bytes) / 1e9, 1) || ' GB)' from tenant_usage as u "
    "join tenant as t on t.id = u.tenant_id where t.node_id = n.id and t.observed in ('running', 'suspended') "
    "order by u.database_bytes + u.files_bytes desc limit 3) as largest "
    "from node as n where n.state <> 'removed' and (n.health ->> 'disk_free')::float < :little order by free"
)
# A failed job is settled by a later success of the same kind on the same tenant, or by the tenant's end.
_FAILED_JOBS = text(
    "select j.id from job as j where j.status = 'failed' and not exists (select from job as later where "
    "(later.tenant_id = j.tenant_id or j.tenant_id is null and later.node_id = j.node_id) "
    "and later.kind = j.kind and later.status = 'succeeded' and later.id > j.id) "
    "and not exists (select from tenant where id = j.tenant_id and observed in ('archived', 'deleted')) "
    "order by j.id desc"
)
_BROKEN = text("select id, subdomain, broken_reason from tenant where observed = 'broken' order by id desc")
# As when the name was somebody else's by the time the payment was known.
_PAID_FOR_NOTHING = text(
    "select tenant_id from subscription where activated_at is null and status in ('active', 'past_due') order by id"
)
# A customer's wish waits for the end of the period that is paid.
_TO_DELETE = text(
    "select id, subdomain from tenant where deletion_asked_at is not null and desired <> 'deleted' "
    "and (observed = 'archived' or not exists (select from subscription where tenant_id = tenant.id "
    "and status in ('active', 'past_due'))) order by deletion_asked_at"
)
_FAILED_EVENTS = text("select id from stripe_event where outcome = 'failed' order by id desc")
_DISPUTES = text(
    "select count(distinct object_id) from stripe_event as e where type = 'charge.dispute.created' and not exists ("
    "select from stripe_event as later where later.type = 'charge.dispute.closed' and later.object_id = e.object_id)"
)
_DRIFT = text("select count(*) from drift where gone_at is null and repaired_at is null")


def concerns(session: Session) -> list[Concern]:
    """Everything that is wrong now; an empty list is a quiet day."""
    found = _worker() + _nodes(session) + _full_disks(session) + _paid_for_nothing(session) + _disputes(session)
    if jobs := list(session.execute(_FAILED_JOBS).scalars()):
        only = jobs[0] if len(jobs) == 1 else None
        reason = f"El trabajo {only} falló." if only else f"{len(jobs)} trabajos fallaron."
        link = f"/admin/jobs/{only}" if only else "/admin/jobs?status=failed"
        found.append(Concern("jobs_failed", len(jobs), reason, link))
    if events := list(session.execute(_FAILED_EVENTS).scalars()):
        only = events[0] if len(events) == 1 else None
        reason = "1 evento de Stripe sin aplicar." if only else f"{len(events)} eventos de Stripe sin aplicar."
        found.append(
            Concern(
                "events_failed",
                len(events),
                reason,
                f"/admin/events/{only}" if only else "/admin/events?outcome=failed",
            )
        )
    if disproven := backup_figures.disproven(session):
        many = len(disproven)
        reason = "1 copia no superó su prueba." if many == 1 else f"Copias de {many} instancias no superaron su prueba."
        found.append(Concern("backups_disproven", many, reason, f"/admin/tenants/{disproven[0]}"))
    if broken := session.execute(_BROKEN).all():
        only = broken[0] if len(broken) == 1 else None
        why = f": {only.broken_reason}" if only and only.broken_reason else "."
        reason = f"{only.subdomain} tiene un fallo{why}" if only else f"{len(broken)} instancias con fallo."
        link = f"/admin/tenants/{only.id}" if only else "/admin/tenants?state=broken"
        found.append(Concern("tenants_broken", len(broken), reason, link))
    return found + _to_delete(session) + _drift(session)


def _to_delete(session: Session) -> list[Concern]:
    wished = session.execute(_TO_DELETE).all()
    if not wished:
        return []
    first = wished[0]
    many = "" if len(wished) == 1 else f" Son {len(wished)} en total."
    reason = f"Hay que confirmar el borrado de {first.subdomain}.{many}"
    return [Concern("to_delete", len(wished), reason, f"/admin/tenants/{first.id}")]


def _drift(session: Session) -> list[Concern]:
    count = int(session.scalar(_DRIFT) or 0)
    if not count:
        return []
    words = "1 diferencia" if count == 1 else f"{count} diferencias"
    return [Concern("drift", count, f"{words} entre Stripe, las filas y los nodos.", "/admin/drift")]


def _disputes(session: Session) -> list[Concern]:
    count = int(session.scalar(_DISPUTES) or 0)
    if not count:
        return []
    words = "1 pago disputado" if count == 1 else f"{count} pagos disputados"
    return [
        Concern("disputes", count, f"{words} por responder en Stripe.", "/admin/events?type=charge.dispute.created")
    ]


def _worker() -> list[Concern]:
    if health.worker_alive():
        return []
    reason = "Ningún proceso atiende los trabajos: lo que se pida espera hasta que arranque uno."
    return [Concern("worker_away", 1, reason, "/admin/jobs")]


def _paid_for_nothing(session: Session) -> list[Concern]:
    tenants = list(session.execute(_PAID_FOR_NOTHING).scalars())
    if not tenants:
        return []
    many = "1 pedido se pagó y no tiene" if len(tenants) == 1 else f"{len(tenants)} pedidos se pagaron y no tienen"
    return [Concern("paid_for_nothing", len(tenants), f"{many} instancia.", f"/admin/tenants/{tenants[0]}")]


def _nodes(session: Session) -> list[Concern]:
    found = []
    for node in session.execute(_NODES):
        if node.key_alarm is not None:
            reason = (
                f"{node.name} se presenta con otra clave SSH ({node.key_alarm}): puede ser una suplantación. "
                "No se le envía nada hasta que lo decidas."
            )
            found.append(Concern("node_key_changed", 1, reason, "/admin/nodes"))
        elif node.reachable is False:
            since = f" desde hace {ago(node.unreachable_since)}" if node.unreachable_since else ""
            orders = {0: "nada espera", 1: "1 trabajo espera"}.get(node.waiting, f"{node.waiting} trabajos esperan")
            reason = f"{node.name} no responde{since} ({orders})."
            found.append(Concern("node_unreachable", max(node.waiting, 1), reason, "/admin/nodes"))
        else:
            reason = f"{node.name} tiene otros scripts que este panel, y no se pudieron poner al día."
            found.append(Concern("node_wrong_kit", 1, reason, "/admin/nodes"))
    return found


def _full_disks(session: Session) -> list[Concern]:
    found = []
    for node in session.execute(_FULL, {"little": LITTLE}):
        most = f" Lo que más ocupa: {', '.join(node.largest).replace('.', ',')}." if node.largest else ""
        left = number(node.free / 1024**3, decimals=1)
        reason = f"Al disco de {node.name} le quedan {left} GB: sin sitio, ninguna instancia puede escribir.{most}"
        found.append(Concern("node_disk_full", 1, reason, "/admin/nodes"))
    return found


def ago(moment: datetime) -> str:
    """40 s; 3 min; 5 h; 2 días"""
    passed = max(int((datetime.now(UTC) - moment).total_seconds()), 0)
    if passed < 60:
        return f"{passed} s"
    if passed < 3600:
        return f"{passed // 60} min"
    if passed < 48 * 3600:
        return f"{passed // 3600} h"
    return f"{passed // 86400} días"
