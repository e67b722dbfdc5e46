"""What the customer's own page shows of their Odoo. Billing is asked from Stripe separately (`billing.overview`)."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from domain import database, plan_limits, usage
from domain.errors import NotFound
from domain.job_kinds import KINDS
from domain.models import Customer, Job, JobStep, Subscription, Tenant, TenantUsage
from domain.models.base import now
from domain.settings import settings


@dataclass(frozen=True)
class PortalStep:
    """A step of the creation in the customer's words; `seconds` it took, or has been running."""

    phrase: str
    status: str
    seconds: float | None


@dataclass(frozen=True)
class PortalHome:
    """`observed` and `suspend_reasons` as in Tenant; `waiting` says why the creation waits, in the customer's words;
    `one_click`: its Odoo takes our token. `most_*`: what the plan gives, 0 for no limit."""

    tenant_id: int
    company: str
    country: str
    subdomain: str
    url: str
    observed: str
    suspend_reasons: tuple[str, ...]
    steps: tuple[PortalStep, ...]
    waiting: str | None
    ready_at: datetime | None
    one_click: bool
    usage: TenantUsage | None
    most_users: int = 0
    most_disk_gb: int = 0


def home(customer_id: int) -> PortalHome:
    """The customer's newest Odoo that was ordered. Raises NotFound where there is none yet."""
    with database.reading() as session:
        found = session.exec(
            select(Tenant, Customer)
            .join(Customer, col(Customer.id) == Tenant.customer_id)
            .where(Tenant.customer_id == customer_id, col(Tenant.requested_at).is_not(None))
            .order_by(col(Tenant.id).desc())
        ).first()
        if found is None:
            raise NotFound("Todavía no tienes un Odoo.")
        tenant, customer = found
        used = usage.of(session, tenant.id or 0)
        limits = plan_limits.of_tenant(session, tenant.id or 0)
        steps, waiting = _creation(session, tenant) if tenant.ready_at is None else ((), None)
        return PortalHome(
            tenant_id=tenant.id or 0,
            company=customer.company,
            country=customer.country,
            subdomain=tenant.subdomain,
            url=settings().tenant_url(tenant.subdomain),
            observed=tenant.observed,
            suspend_reasons=tuple(tenant.suspend_reasons),
            steps=steps,
            waiting=waiting,
            ready_at=tenant.ready_at,
            one_click=used is not None and used.one_click,
            usage=used if used and used.database_bytes else None,
            most_users=plan_limits.of(limits, "users"),
            most_disk_gb=plan_limits.of(limits, "disk_gb"),
        )


def _creation(session: Session, tenant: Tenant) -> tuple[tuple[PortalStep, ...], str | None]:
    job = session.exec(select(Job).where(Job.tenant_id == tenant.id, Job.kind == "create_tenant")).first()
    if job is None:
        return (), None
    done = {step.name: step for step in session.exec(select(JobStep).where(JobStep.job_id == job.id)).all()}
    steps = []
    for kind in KINDS["create_tenant"].steps:
        step = done.get(kind.name)
        spent = ((step.finished_at or now()) - step.started_at).total_seconds() if step else None
        steps.append(PortalStep(kind.phrase or kind.title, step.status if step else "todo", spent))
    return tuple(steps), job.waiting_reason


def has_subscription(customer_id: int) -> bool:
    """False for customers whose Odoo was made by hand: there is nothing to pay at Stripe."""
    with database.reading() as session:
        query = select(Subscription.id).where(
            Subscription.customer_id == customer_id, col(Subscription.stripe_subscription_id).is_not(None)
        )
        return session.exec(query).first() is not None


def names(customer_ids: list[int]) -> dict[int, str]:
    """Company names of these customers, for a person who belongs to several."""
    with database.reading() as session:
        rows = session.exec(select(Customer.id, Customer.company).where(col(Customer.id).in_(customer_ids))).all()
        return {int(key or 0): company for key, company in rows}
