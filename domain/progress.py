"""What a buyer sees while they wait: read from the rows, in their words. Stripe is never asked on this path."""

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import structlog
from sqlalchemy import func
from sqlmodel import Session, col, select

from domain import database
from domain.drafts import is_closed
from domain.job_kinds import KINDS
from domain.models import Account, Customer, Job, JobStep, Membership, StripeEvent, Subscription, Tenant
from domain.models.base import now
from domain.settings import settings
from domain.states import JobStatus, StepStatus, SubscriptionStatus

log = structlog.get_logger()

State = Literal["unknown", "unpaid", "paying", "working", "waiting", "ready", "failed", "expired"]
StepWord = Literal["todo", "running", "done", "failed"]

PAID = "Pago confirmado"
FAILED = (
    "Tu pago está a salvo. Algo falló al preparar tu Odoo y ya nos llegó el aviso: lo resolvemos y te escribimos "
    "a {email} en cuanto esté listo."
)
WAITING = "Hay otros pedidos antes que el tuyo. Empieza en un momento; no tienes que hacer nada."
MOVED = "El servidor que te tocaba no responde, así que preparamos tu Odoo en otro. No tienes que hacer nada."
HEARD_WITHIN = timedelta(seconds=10)  # a webhook usually takes one; later than this we ask Stripe ourselves
LOOKED_WITHIN = timedelta(seconds=20)  # how long what Stripe said of an unpaid page holds
QUEUED_LONG = timedelta(seconds=5)


@dataclass(frozen=True)
class ProgressStep:
    """One line of the list; `seconds` is what it took, None until it is done (or where nobody measured)."""

    phrase: str
    status: StepWord
    seconds: float | None = None


@dataclass(frozen=True)
class Progress:
    """Where an order is. `unknown`: no such page; `unpaid`: Stripe says that nobody paid; `paying`: not heard yet.

    `checkout_url` is where to pay while it is `unpaid`; `message` is for the buyer; `tenant_id` and `job_id` are what
    to follow (`tenant:7`, `job:12`).
    """

    state: State
    subdomain: str = ""
    url: str = ""
    company: str = ""
    email: str = ""
    steps: list[ProgressStep] = field(default_factory=list)
    message: str | None = None
    tenant_id: int | None = None
    job_id: int | None = None
    customer_id: int | None = None
    password_needed: bool = False
    checkout_url: str | None = None
    paid_at: datetime | None = None


def progress(checkout_session_id: str) -> Progress:
    """What has become of the order that was paid on this page. One short look at the rows; works early, late, twice."""
    if not checkout_session_id or len(checkout_session_id) > 200 or "\x00" in checkout_session_id:
        return Progress("unknown")
    with database.reading() as session:
        order = session.exec(
            select(Subscription).where(Subscription.checkout_session_id == checkout_session_id)
        ).one_or_none()
        if order is None:
            return Progress("unknown")
        found = _read(session, order)
    if found.state in ("paying", "unpaid", "expired") and _is_late(order):
        _ask_behind(checkout_session_id)
    return found


def _read(session: Session, order: Subscription) -> Progress:
    customer = session.get_one(Customer, order.customer_id)
    tenant = session.get_one(Tenant, order.tenant_id)
    job = session.exec(
        select(Job).where(Job.tenant_id == tenant.id, Job.kind == "create_tenant").order_by(col(Job.id).desc())
    ).first()
    state, message = _state(order, tenant, job, customer)
    return Progress(
        state=state,
        subdomain=tenant.subdomain,
        url=settings().tenant_url(tenant.subdomain),
        company=customer.company,
        email=customer.email,
        steps=_steps(session, order, tenant, job),
        message=message,
        tenant_id=tenant.id,
        job_id=job.id if job else None,
        customer_id=customer.id,
        password_needed=_needs_password(session, customer),
        checkout_url=order.checkout_url if state == "unpaid" else None,
        paid_at=order.paid_at,
    )


def _state(order: Subscription, tenant: Tenant, job: Job | None, customer: Customer) -> tuple[State, str | None]:
    if order.activated_at is None:
        # Paid, and yet nothing was made: never say to these that they were not charged.
        if tenant.released_at is not None and order.status in (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE):
            return "failed", FAILED.format(email=customer.email)
        return _unpaid_state(order, tenant), None
    if tenant.ready_at is not None:
        return "ready", None
    if job is None:
        return "working", None
    if job.status in (JobStatus.FAILED, JobStatus.CANCELLED):
        return "failed", FAILED.format(email=customer.email)
    if job.waiting_reason:
        return "waiting", job.waiting_reason
    if job.status == JobStatus.QUEUED and now() - job.created_at > QUEUED_LONG:
        return "waiting", WAITING
    return "working", MOVED if job.result.get("moved_from") else None


def _unpaid_state(order: Subscription, tenant: Tenant) -> State:
    if order.status == SubscriptionStatus.CANCELLED or tenant.released_at is not None:
        return "expired"
    if order.stripe_subscription_id is not None or order.synced_at is None:
        return "paying"
    return "unpaid" if now() - order.synced_at < LOOKED_WITHIN else "paying"


def _steps(session: Session, order: Subscription, tenant: Tenant, job: Job | None) -> list[ProgressStep]:
    paid = order.activated_at is not None
    steps = [ProgressStep(PAID, "done" if paid else "running", _confirmed_in(session, order))]
    rows = {}
    if job is not None:
        rows = {row.name: row for row in session.exec(select(JobStep).where(JobStep.job_id == job.id)).all()}
    ready = tenant.ready_at is not None
    shown = [(kind.phrase, rows.get(kind.name)) for kind in KINDS["create_tenant"].steps if kind.phrase is not None]
    return [*steps, *(_step(phrase, row, ready=ready) for phrase, row in shown)]


def _step(phrase: str, row: JobStep | None, *, ready: bool) -> ProgressStep:
    if row is None:
        return ProgressStep(phrase, "done" if ready else "todo")
    if row.status == StepStatus.DONE and row.finished_at is not None:
        return ProgressStep(phrase, "done", _between(row.started_at, row.finished_at))
    return ProgressStep(phrase, "failed" if row.status == StepStatus.FAILED else "running")


def _confirmed_in(session: Session, order: Subscription) -> float | None:
    """Seconds from the arrival of the event that told of the payment to its commit; None where none did."""
    if order.paid_at is None:
        return None
    event = session.exec(
        select(StripeEvent)
        .where(StripeEvent.subscription_id == order.id)
        .where(StripeEvent.received_at <= order.paid_at, col(StripeEvent.applied_at) >= order.paid_at)
        .order_by(col(StripeEvent.applied_at))
    ).first()
    return _between(event.received_at, event.applied_at) if event and event.applied_at else None


def _between(begin: datetime, end: datetime) -> float:
    return max((end - begin).total_seconds(), 0.0)


def _needs_password(session: Session, customer: Customer) -> bool:
    """True until the owner can log in by themselves."""
    return (
        session.exec(
            select(Account.id)
            .join(Membership, col(Membership.account_id) == Account.id)
            .where(Membership.customer_id == customer.id, col(Account.password_hash).is_not(None))
            .where(func.lower(Account.login) == customer.email.lower())
        ).first()
        is None
    )


def _is_late(order: Subscription) -> bool:
    """A page that was opened and not heard of, and that nobody has just asked about."""
    if is_closed(order) and order.activated_at is not None:
        return False
    asked = order.synced_at or order.created_at
    return now() - asked > HEARD_WITHIN


_asking: dict[str, float] = {}
_guard = threading.Lock()
_ASKED_AT_ONCE = 200


def _ask_behind(checkout_session_id: str) -> None:
    """Looks at Stripe in a thread of its own, at most once in ten seconds a page; what it finds comes as a notice."""
    with _guard:
        moment = time.monotonic()
        recently = {page: at for page, at in _asking.items() if moment - at < HEARD_WITHIN.total_seconds()}
        _asking.clear()
        _asking.update(recently)
        if checkout_session_id in _asking or len(_asking) >= _ASKED_AT_ONCE:
            return
        _asking[checkout_session_id] = moment
    threading.Thread(target=_look, args=(checkout_session_id,), name="progress-look", daemon=True).start()


def _look(checkout_session_id: str) -> None:
    from domain import billing

    try:
        billing.look_again(checkout_session_id)
    except Exception as error:  # noqa: BLE001 - the next look, or the webhook, will do
        log.warning("progress.look", session=checkout_session_id, error=str(error))
