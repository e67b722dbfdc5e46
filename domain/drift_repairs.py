"""What puts a disagreement right. A plan looks at the rows as they are, locked, and gives one sentence and the act that
it speaks of: the sentence is shown first, and the act is done only while a new plan still says the same."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from domain import jobs, mirror, nodes, states, stripe_gateway, tenants
from domain.errors import Conflict
from domain.event_subjects import Subject
from domain.models import Drift, Node, NodeDatabase, Subscription, Tenant
from domain.states import JobStatus, TenantState

CHANGED = "Esto ya no es así: la próxima comparación lo dirá."


@dataclass(frozen=True)
class Plan:
    """`effect` says what `act(by)` will do; it returns the job that goes on with it, None where all is done."""

    effect: str
    act: Callable[[str], int | None]


Planner = Callable[[Session, Drift], Plan]
_CREATION = text(
    "select id from job where tenant_id = :tenant and kind = 'create_tenant' and status <> 'cancelled' "
    "order by id desc limit 1"
)


def _tenant(session: Session, drift: Drift) -> Tenant:
    return tenants.locked(session, drift.tenant_id or 0)


def deferred(kind: str, effect: str) -> Planner:
    """A job of `kind` on the tenant; `effect` may name {name}."""

    def plan(session: Session, drift: Drift) -> Plan:
        tenant = _tenant(session, drift)
        if jobs.pending(session, tenant, kind):
            raise Conflict(CHANGED)

        def act(by: str) -> int | None:
            return jobs.defer(session, kind, tenant=tenant, requested_by=by).id

        return Plan(effect.format(name=tenant.subdomain), act)

    return plan


def look_at_stripe(session: Session, drift: Drift) -> Plan:
    """Writes what Stripe says now, and what follows from it for the tenant."""
    number = int(drift.subject.partition(":")[2])
    row = session.get_one(Subscription, number)
    # The order of locks is everybody's: subscription, then tenant.
    row = mirror.locked(session, row.id or 0)
    tenant = _tenant(session, drift)
    word = str(drift.facts.get("word", ""))

    def act(by: str) -> int | None:
        newest = _newest_job(session, tenant)
        written = mirror.look(session, row, Subject(stripe_subscription_id=drift.facts["stripe"]))
        if not written.accepted or row.stripe_status is None:
            raise Conflict(" ".join(written.notes) or CHANGED)
        if drift.kind == "paid_not_there" and row.activated_at is None:
            raise Conflict(" ".join(written.notes) or CHANGED)
        session.flush()
        job = _newest_job(session, tenant)
        return job if job != newest else None

    return Plan(_after_look(row, tenant, word, activates=row.activated_at is None), act)


def _after_look(row: Subscription, tenant: Tenant, word: str, *, activates: bool) -> str:
    if activates:
        return f"Se anota el pago del pedido {row.id} y se crea «{tenant.subdomain}»."
    status, unpaid = states.FROM_STRIPE.get(word, (None, False))
    if status is None:
        raise Conflict(f"Estado desconocido en Stripe: «{word}».")
    if status == states.SubscriptionStatus.CANCELLED:
        return f"La suscripción queda cancelada, como en Stripe, y «{tenant.subdomain}» se archiva con sus datos."
    if unpaid:
        return f"«{tenant.subdomain}» se suspende por falta de pago hasta que se cobre."
    others = [reason for reason in tenant.suspend_reasons if reason != "unpaid"]
    after = "sigue suspendida por otro motivo" if others else "queda en marcha"
    return f"La suscripción queda al día, como en Stripe, y «{tenant.subdomain}» {after}."


def _newest_job(session: Session, tenant: Tenant) -> int | None:
    found = session.scalar(text("select max(id) from job where tenant_id = :tenant"), {"tenant": tenant.id})
    return int(found) if found is not None else None


def make(session: Session, drift: Drift) -> Plan:
    """Makes a tenant that is paid and was never made: a creation, or the one that was begun again."""
    if drift.facts["case"] == "unknown":
        return look_at_stripe(session, drift)
    tenant = _tenant(session, drift)
    before = session.scalar(_CREATION, {"tenant": tenant.id})
    job = jobs.locked(session, int(before)) if before is not None else None
    if job is not None and job.status != JobStatus.FAILED:
        raise Conflict(CHANGED)

    def act(by: str) -> int | None:
        if job is None:
            return jobs.defer(session, "create_tenant", tenant=tenant, requested_by=by).id
        jobs.queue_again(session, job)
        return job.id

    again = f"Se reintenta el trabajo {job.id}, que" if job else "Un trabajo nuevo"
    return Plan(f"{again} crea «{tenant.subdomain}».", act)


def not_paid(session: Session, drift: Drift) -> Plan:
    """Closes what is not paid, or what shall be closed and is open."""
    if drift.facts["case"] == "unpaid":
        return look_at_stripe(session, drift)
    if drift.facts["case"] == "open":
        return deferred("suspend_tenant", "«{name}» se cierra en su nodo; los datos se conservan.")(session, drift)
    tenant = _tenant(session, drift)

    def act(by: str) -> int | None:
        before = _newest_job(session, tenant)
        tenants.suspend(session, tenant, "unpaid", requested_by=by)
        session.flush()
        job = _newest_job(session, tenant)
        return job if job != before else None

    return Plan(f"«{tenant.subdomain}» se suspende por falta de pago; los datos se conservan.", act)


def end(session: Session, drift: Drift) -> Plan:
    """Ends what is cancelled and goes on."""
    if drift.facts["case"] == "stripe":
        return look_at_stripe(session, drift)
    tenant = _tenant(session, drift)

    def act(by: str) -> int | None:
        tenant.desired = TenantState.ARCHIVED.value
        session.add(tenant)
        return jobs.defer(session, "archive_tenant", tenant=tenant, requested_by=by).id

    return Plan(f"«{tenant.subdomain}» se archiva: deja de abrirse y los datos se conservan.", act)


def open_again(session: Session, drift: Drift) -> Plan:
    """Opens what is paid and closed."""
    if drift.facts["case"] == "stripe":
        return look_at_stripe(session, drift)
    return deferred("resume_tenant", "«{name}» se abre en su nodo y se comprueba su primera página.")(session, drift)


def answer_well(session: Session, drift: Drift) -> Plan:
    """Opens or closes again a tenant whose page does not answer as it should."""
    if drift.facts["case"] == "running":
        effect = "«{name}» se abre otra vez en su nodo y se comprueba su primera página."
        return deferred("resume_tenant", effect)(session, drift)
    return deferred("suspend_tenant", "«{name}» se cierra otra vez en su nodo; los datos se conservan.")(session, drift)


def pay_once(session: Session, drift: Drift) -> Plan:
    """Ends the second of two purchases of one order."""
    extra, kept = str(drift.facts["stripe"]), drift.facts["kept"]

    def act(_by: str) -> int | None:
        stripe_gateway.cancel_at_period_end(extra, True)
        return None

    return Plan(f"{extra} termina en Stripe con su periodo; se sigue cobrando {kept}. Lo pagado no se devuelve.", act)


def make_known(session: Session, drift: Drift) -> Plan:
    """Leaves a database that is not in our rows where it is, for good."""
    row = session.get(NodeDatabase, (drift.node_id, drift.facts["name"]), with_for_update=True)
    if row is None or row.known_by is not None:
        raise Conflict(CHANGED)

    def act(by: str) -> int | None:
        row.known_by = by
        session.add(row)
        return None

    return Plan(f"La base «{row.name}» queda anotada como conocida. No se toca nada en el nodo.", act)


def mark_lost(session: Session, drift: Drift) -> Plan:
    """Says of a tenant whose database is nowhere that it is broken."""
    tenant = _tenant(session, drift)
    away = session.scalar(
        text(
            "select string_agg(n.name, ', ' order by n.name) from node as n where not exists (select from drift_source "
            "as d where d.name = 'node:' || n.id and d.round_id = :round and d.error is null)"
        ),
        {"round": drift.round_id},
    )
    if away:
        raise Conflict(f"Puede estar en un nodo que no contesta ({away}): espera a la próxima comparación.")

    def act(_by: str) -> int | None:
        tenants.observe(session, tenant, TenantState.BROKEN, f"Su base de datos no está en {drift.facts['node']}.")
        return None

    return Plan(
        f"«{tenant.subdomain}» queda con fallo, a la vista de todos: restaura una copia o créala otra vez.", act
    )


def put_aside(session: Session, drift: Drift) -> Plan:
    """Archives the second database of a tenant, on the node where it should not be."""
    tenant, node = _tenant(session, drift), session.get_one(Node, drift.node_id)

    def act(by: str) -> int | None:
        return jobs.defer(session, "archive_stray", tenant=tenant, node_id=node.id, requested_by=by).id

    kept = drift.facts["kept"]
    return Plan(f"La base «{tenant.subdomain}» de {node.name} se archiva allí con sus datos; la de {kept} sigue.", act)


def renew_kit(session: Session, drift: Drift) -> Plan:
    """Copies our scripts to a node that has others; its tenants notice nothing."""
    node = nodes.locked(session, drift.node_id or 0)

    def act(by: str) -> int | None:
        return jobs.defer(session, "join_node", node_id=node.id, requested_by=by).id

    return Plan(f"Se copian a {node.name} los scripts de este panel y se mide otra vez. Sus instancias siguen.", act)


def follow(session: Session, drift: Drift) -> Plan:
    """Writes down the node on which a tenant's database is."""
    tenant, node = _tenant(session, drift), session.get_one(Node, drift.node_id)

    def act(_by: str) -> int | None:
        tenant.node_id = node.id
        session.add(tenant)
        return None

    return Plan(f"La fila de «{tenant.subdomain}» pasa a decir {node.name}. No se toca nada en los nodos.", act)
