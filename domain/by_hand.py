"""A tenant made by staff, without Stripe: for a guest, a partner, or a customer who pays in another way."""

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from domain import accounts, audit, database, formats, jobs, order_form, subdomains
from domain.errors import FieldProblem, Invalid, Taken
from domain.models import Customer, Plan, Price, Subscription, Tenant
from domain.models.base import now
from domain.order_form import OrderForm
from domain.settings import settings
from domain.states import SubscriptionStatus

ABOUT_THE_OWNER = {
    ("company", "required"): "Escribe el nombre de la empresa.",
    ("full_name", "required"): "Escribe el nombre del dueño.",
    ("email", "required"): "Escribe el correo del dueño: ahí le llega el acceso.",
    ("country", "required"): "Elige el país.",
}


@dataclass(frozen=True)
class Made:
    """What was asked for: the tenant and the job that makes it."""

    tenant_id: int
    subdomain: str
    url: str
    job_id: int


def problems(form: OrderForm) -> list[FieldProblem]:
    """Everything wrong with the form; the plan may be left out, and nobody accepts terms for somebody else."""
    whole = form.model_copy(update={"accept_terms": True, "interval": form.interval or "month"})
    unasked = set() if form.plan.strip() else {"plan", "interval"}
    found = [problem for problem in order_form.problems(whole) if problem.field not in unasked]
    return [_to_staff(problem) for problem in found]


def _to_staff(problem: FieldProblem) -> FieldProblem:
    # The form speaks to the buyer; here somebody else fills it in.
    sentence = ABOUT_THE_OWNER.get((problem.field, problem.code), problem.message)
    return FieldProblem(problem.field, problem.code, sentence)


def create(form: OrderForm, *, by: str) -> Made:
    """Customer, owner, tenant and job in one commit. A plan given is recorded, but Stripe charges nothing for it.

    Raises Invalid with every problem, or Taken with proposals.
    """
    if found := problems(form):
        raise Invalid(found)
    given = order_form.clean(form)
    try:
        with database.transaction() as session:
            return _create(session, given, by)
    except IntegrityError as error:
        if "tenant_subdomain_held" not in str(error.orig):
            raise
        with database.reading() as session:
            free = subdomains.proposals(session, given.subdomain, given.country)
        raise Taken(f"«{given.subdomain}» ya está en uso.", free) from error


def _create(session: Session, given: OrderForm, by: str) -> Made:
    customer = Customer(
        company=given.company,
        full_name=given.full_name,
        email=given.email,
        country=given.country,
        tax_id=given.tax_id or None,
    )
    session.add(customer)
    session.flush()
    tenant = Tenant(
        customer_id=customer.id or 0,
        subdomain=given.subdomain,
        language=given.language or formats.odoo_language(given.country),
        currency=given.currency or formats.currency_of(given.country),
        requested_at=now(),
    )
    session.add(tenant)
    session.flush()
    accounts.ensure_owner(session, customer)
    if given.plan:
        _record_plan(session, given, tenant)
    job = jobs.defer(session, "create_tenant", tenant=tenant, requested_by=by)
    database.notify(session, f"tenant:{tenant.id}")
    audit.record(session, actor=by, action="tenant.create_by_hand", target=f"tenant:{tenant.id}", plan=given.plan)
    return Made(tenant.id or 0, tenant.subdomain, settings().tenant_url(tenant.subdomain), job.id or 0)


def _record_plan(session: Session, given: OrderForm, tenant: Tenant) -> None:
    price = session.exec(
        select(Price)
        .join(Plan, col(Plan.id) == Price.plan_id)
        .where(Plan.code == given.plan, Price.interval == given.interval, col(Price.active).is_(True))
    ).first()
    if price is None:
        raise Invalid([FieldProblem("plan", "unknown", "Ese plan ya no se ofrece.")])
    subscription = Subscription(
        customer_id=tenant.customer_id,
        tenant_id=tenant.id or 0,
        price_id=price.id or 0,
        status=SubscriptionStatus.ACTIVE.value,
        activated_at=now(),
    )
    session.add(subscription)
