"""One tenant with everything staff ask about it: states, owner, subscription, jobs and what happened."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain import database, staging, tenant_actions
from domain.errors import NotFound
from domain.job_kinds import KINDS
from domain.models import Tenant
from domain.reports import jobs, tenants
from domain.reports.jobs import JobRow
from domain.reports.tenants import TenantRow


@dataclass(frozen=True)
class Money:
    """The newest subscription. Ids are Stripe's; `by_hand`: made by staff, Stripe knows nothing of it."""

    status: str
    stripe_status: str | None
    plan: str
    amount_cents: int
    currency: str
    interval: str
    current_period_end: datetime | None
    cancel_at_period_end: bool
    stripe_subscription_id: str | None
    stripe_customer_id: str | None
    by_hand: bool


@dataclass(frozen=True)
class Owner:
    """Who bought it, and the login of its owner where there is one already."""

    full_name: str
    email: str
    tax_id: str | None
    login: str | None
    last_login_at: datetime | None


@dataclass(frozen=True)
class Moment:
    """One thing that happened. `kind`: job, event, act; `link` a page of the admin or None."""

    at: datetime
    kind: str
    words: str
    state: str | None
    who: str | None
    link: str | None


@dataclass(frozen=True)
class OfferedAction:
    """An entry of the menu that the server drives (see `tenant_actions.Action`)."""

    name: str
    title: str
    warning: str
    dangerous: bool
    typed: bool
    asks: str = ""
    proposed: str = ""


@dataclass(frozen=True)
class Kin:
    """Whose staging copy it is (id, subdomain), its own copies (id, subdomain, observed), and its end: since when it is
    archived, whether its name is free, and who asked when for it to be deleted."""

    staging_of: tuple[int, str] | None
    copies: tuple[tuple[int, str, str], ...]
    archived_at: datetime | None
    released_at: datetime | None
    deletion_asked_at: datetime | None
    deletion_asked_by: str | None


@dataclass(frozen=True)
class TenantDetail:
    """The whole. `failed_creation` is a job that may be retried."""

    row: TenantRow
    broken_reason: str | None
    suspend_reasons: list[str]
    language: str
    currency: str
    requested_at: datetime | None
    ready_at: datetime | None
    owner: Owner
    money: Money | None
    actions: list[OfferedAction]
    jobs: list[JobRow]
    timeline: list[Moment]
    failed_creation: int | None
    kin: Kin


_OWNER = text("""
select c.full_name, c.email, c.tax_id, a.login, a.last_login_at
from customer as c
left join membership as m on m.customer_id = c.id and m.role = 'owner'
left join account as a on a.id = m.account_id
where c.id = :customer order by a.id limit 1
""")
_MONEY = text("""
select s.status, s.stripe_status, plan.name as plan, s.amount_cents, price.currency, price.interval,
       s.current_period_end, s.cancel_at_period_end, s.stripe_subscription_id, c.stripe_customer_id,
       s.stripe_subscription_id is null and s.status <> 'pending' as by_hand
from subscription as s
join price on price.id = s.price_id join plan on plan.id = price.plan_id join customer as c on c.id = s.customer_id
where s.tenant_id = :tenant order by s.id desc limit 1
""")
_TIMELINE = text("""
(select at, 'act' as kind, action as words, null as state, actor as who, null::bigint as id, details
 from audit_entry where target = 'tenant:' || :tenant order by at desc limit 40)
union all
(select coalesce(finished_at, started_at, created_at), 'job', kind, status, requested_by, id, '{}'::jsonb
 from job where tenant_id = :tenant order by id desc limit 40)
union all
(select e.received_at, 'event', e.type, e.outcome, null, e.id, '{}'::jsonb
 from stripe_event as e join subscription as s on s.id = e.subscription_id
 where s.tenant_id = :tenant order by e.id desc limit 40)
order by 1 desc limit 60
""")
CREATIONS = ("create_tenant", "clone_tenant")
ACTS = {
    "tenant.copy": "Copia de pruebas pedida",
    "tenant.update_modules": "Actualización de módulos pedida",
    "tenant.domain_ask": "Dominio propio pedido",
    "tenant.domain_verified": "Dominio propio comprobado",
    "tenant.domain_remove": "Dominio propio retirado",
    "tenant.deletion_wish": "El cliente pidió borrarlo",
    "tenant.ask_deletion": "Borrado preparado",
    "tenant.keep": "Ya no se borra",
    "tenant.delete": "Borrado confirmado",
    "tenant.suspend": "Suspensión pedida",
    "tenant.resume": "Reanudación pedida",
    "tenant.archive": "Archivo pedido",
    "tenant.create_by_hand": "Creada a mano",
    "backup.make": "Copia pedida",
    "backup.restore": "Restauración pedida",
    "backup.prove": "Prueba de una copia pedida",
    "backup.download": "Copia descargada",
    "access.enter": "Entró a su Odoo desde el portal",
    "access.enter_staff": "Entró a su Odoo como soporte",
    "access.consent": "Permiso para que soporte entre",
    "access.consent_withdrawn": "Permiso de soporte retirado",
}


def read(tenant_id: int) -> TenantDetail:
    """Everything about one tenant. Raises NotFound."""
    with database.reading() as session:
        tenant = session.get(Tenant, tenant_id)
        if tenant is None:
            raise NotFound("No existe esa instancia.")
        row = tenants.rows(session, [tenant_id])[0]
        money = session.execute(_MONEY, {"tenant": tenant_id}).one_or_none()
        owner = session.execute(_OWNER, {"customer": tenant.customer_id}).one()
        happened = session.execute(_TIMELINE, {"tenant": tenant_id}).all()
        ids = [one.id for one in happened if one.kind == "job"]
        done = jobs.rows(session, sorted(ids, reverse=True)[:20])
        return TenantDetail(
            row, tenant.broken_reason, list(tenant.suspend_reasons), tenant.language, tenant.currency,
            tenant.requested_at, tenant.ready_at, Owner(*owner), Money(*money) if money else None,
            [_offered(action, tenant) for action in tenant_actions.offered(tenant)],
            done, [_moment(one) for one in happened],
            next((job.id for job in done if job.kind in CREATIONS and job.status == "failed"), None),
            _kin(session, tenant),
        )  # fmt: skip


def _offered(action: tenant_actions.Action, tenant: Tenant) -> OfferedAction:
    return OfferedAction(
        action.name, action.title, action.warning, action.dangerous, action.typed, action.asks, action.proposed(tenant)
    )


def _kin(session: Session, tenant: Tenant) -> Kin:
    original = session.get(Tenant, tenant.staging_of) if tenant.staging_of else None
    copies = staging.of(session, tenant.id or 0)
    return Kin(
        (original.id or 0, original.subdomain) if original else None,
        tuple((copy.id or 0, copy.subdomain, copy.observed) for copy in copies),
        tenant.archived_at, tenant.released_at, tenant.deletion_asked_at, tenant.deletion_asked_by,
    )  # fmt: skip


def _moment(row: Any) -> Moment:
    if row.kind == "job":
        title = KINDS[row.words].title if row.words in KINDS else row.words
        return Moment(row.at, "job", f"{title} (trabajo {row.id})", row.state, row.who, f"/admin/jobs/{row.id}")
    if row.kind == "event":
        return Moment(row.at, "event", row.words, row.state, None, f"/admin/events/{row.id}")
    return Moment(row.at, "act", ACTS.get(row.words, row.words), None, row.who, None)
