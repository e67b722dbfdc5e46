"""Writing what Stripe has into our subscription, and what follows from it. The caller holds the row's lock:
lock first, then fetch, then write; a fetch before the lock could be older than what another has written meanwhile."""

from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from domain import accounts, audit, database, holds, hooks, jobs, letters, movements, states, stripe_gateway, tenants
from domain.errors import Conflict, NotFound
from domain.event_subjects import Subject
from domain.models import Customer, Job, Price, Subscription, Tenant
from domain.models.base import now
from domain.states import JobStatus, SubscriptionStatus, TenantState
from domain.stripe_views import CheckoutView, SubscriptionView

log = structlog.get_logger()
ACTOR = "stripe"
NOTHING = "Todavía no hay ninguna suscripción."


@dataclass
class Written:
    """`accepted` False: what Stripe says was refused and nothing changed. `notes` are sentences for staff."""

    accepted: bool = True
    notes: list[str] = field(default_factory=list)


def locked(session: Session, subscription_id: int) -> Subscription:
    """The subscription's row as it is now, locked until the transaction ends. Raises NotFound."""
    query = select(Subscription).where(col(Subscription.id) == subscription_id).with_for_update(key_share=True)
    row = session.exec(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound("No existe esa suscripción.")
    return row


def current(session: Session, customer_id: int) -> Subscription:
    """The customer's newest subscription that lives, else the newest that was bought. Raises NotFound."""
    query = (
        select(Subscription)
        .where(Subscription.customer_id == customer_id, col(Subscription.stripe_subscription_id).is_not(None))
        .order_by((col(Subscription.status) == SubscriptionStatus.CANCELLED).asc(), col(Subscription.id).desc())
    )
    found = session.exec(query).first()
    if found is None:
        raise NotFound(NOTHING)
    return found


def refresh(session: Session, subscription: Subscription) -> Written:
    """Fetches what Stripe has for a locked subscription that was paid, and writes it. Raises Unavailable."""
    return write(session, subscription, stripe_gateway.retrieve_subscription(subscription.stripe_subscription_id or ""))


def look(session: Session, subscription: Subscription, about: Subject) -> Written:
    """Fetches what Stripe has for a locked subscription and writes it. `about` is only where to look.

    Raises Unavailable when Stripe does not answer.
    """
    if subscription.activated_at is None:
        return _look_at_order(session, subscription, about)
    if about.stripe_subscription_id not in (None, subscription.stripe_subscription_id):
        return _second_purchase(subscription, about.stripe_subscription_id or "")
    return refresh(session, subscription)


def _look_at_order(session: Session, order: Subscription, about: Subject) -> Written:
    """Not paid for yet, as far as we know: the Checkout session tells."""
    checkout = _checkout(order, about)
    bought = checkout.subscription if checkout else None
    if bought is None and about.stripe_subscription_id:
        bought = stripe_gateway.retrieve_subscription(about.stripe_subscription_id)
    if bought is None:
        order.synced_at = now()
        session.add(order)
        return _expire(session, order, checkout) if checkout and checkout.status == "expired" else Written()
    written = write(session, order, bought)
    # Heard of late, it may owe its second period already: the first one was paid, and what it buys is made.
    if written.accepted and checkout and checkout.paid and bought.status in ("active", "trialing", "past_due"):
        order.checkout_session_id = checkout.id
        written.notes += _activate(session, order)
        movements.note(session, order, bought)
    return written


def _checkout(order: Subscription, about: Subject) -> CheckoutView | None:
    """The session that the event is about, else the order's last one; for a subscription, the one it came from."""
    name = about.checkout_id or order.checkout_session_id
    found = stripe_gateway.retrieve_checkout(name) if name else None
    wanted = about.stripe_subscription_id
    if wanted and (found is None or found.subscription is None or found.subscription.id != wanted):
        return stripe_gateway.find_checkout(wanted) or found
    return found


def _expire(session: Session, order: Subscription, checkout: CheckoutView) -> Written:
    if order.status != SubscriptionStatus.PENDING:
        return Written()
    if checkout.id != order.checkout_session_id:
        return Written(notes=["La sesión vencida no es la última de este pedido."])
    holds.release(session, order)
    return Written(notes=["La sesión de pago venció: el nombre queda libre."])


def _second_purchase(subscription: Subscription, other: str) -> Written:
    log.error("billing.second_purchase", subscription=subscription.id, stripe_subscription=other)
    paid = subscription.stripe_subscription_id
    return Written(False, [f"El pedido ya se pagó con {paid}; {other} es otra compra: revisa si se devuelve."])


def write(session: Session, subscription: Subscription, stripe_subscription: SubscriptionView) -> Written:
    """Makes a locked subscription say what Stripe's does; its tenant is suspended, resumed or archived with it."""
    view = stripe_subscription
    if subscription.stripe_subscription_id not in (None, view.id):
        return _second_purchase(subscription, view.id)
    written = Written()
    known = states.FROM_STRIPE.get(view.status)
    if known is None:
        log.error("billing.unknown_status", subscription=subscription.id, word=view.status)
        written.notes.append(f"Estado desconocido en Stripe: «{view.status}». Se conserva «{subscription.status}».")
    else:
        try:
            moved = states.check(states.SUBSCRIPTION_MOVES, subscription.status, known[0])
        except Conflict:
            log.error("billing.refused", subscription=subscription.id, ours=subscription.status, word=view.status)
            note = f"Stripe dice «{view.status}», pero la suscripción está «{subscription.status}»: no se cambia."
            return Written(accepted=False, notes=[note])
        subscription.status = known[0].value
        owed = subscription.past_due_since is not None
        _count_debt(subscription)
        if moved and subscription.status == SubscriptionStatus.CANCELLED:
            _tell_the_end(session, subscription, owed=owed)
        _follow(session, subscription, view, unpaid=known[1], moved=moved)
    _copy(session, subscription, view, written)
    movements.note(session, subscription, view)
    database.notify(session, f"tenant:{subscription.tenant_id}")
    return written


def _tell_the_end(session: Session, subscription: Subscription, *, owed: bool) -> None:
    """The same letter whoever ended it: our ladder, Stripe's last try, the customer or staff."""
    if subscription.activated_at is None:
        return
    customer = session.get_one(Customer, subscription.customer_id)
    args = {"tenant_id": subscription.tenant_id}
    letters.write(session, "ended" if owed else "cancelled", customer.email, args, once=f"end:{subscription.id}")


def _count_debt(subscription: Subscription) -> None:
    """Since when it owes; who has paid begins anew, without the time that was given before."""
    if subscription.status == SubscriptionStatus.PAST_DUE:
        subscription.past_due_since = subscription.past_due_since or now()
    else:
        subscription.past_due_since, subscription.grace_days, subscription.dunning_paused = None, 0, False


def _follow(session: Session, subscription: Subscription, view: SubscriptionView, *, unpaid: bool, moved: bool) -> None:
    """What the status means for the tenant."""
    tenant = tenants.locked(session, subscription.tenant_id)
    if subscription.status == SubscriptionStatus.CANCELLED:
        subscription.cancelled_at = subscription.cancelled_at or view.ended_at or now()
        tenants.archive(session, tenant, requested_by=ACTOR)
    elif unpaid and "unpaid" not in tenant.suspend_reasons:
        tenants.suspend(session, tenant, "unpaid", requested_by=ACTOR)
    elif subscription.status == SubscriptionStatus.ACTIVE:
        was_closed = "unpaid" in tenant.suspend_reasons
        tenants.lift(session, tenant, "unpaid", requested_by=ACTOR)
        if was_closed and tenant.desired == TenantState.RUNNING:
            customer = session.get_one(Customer, subscription.customer_id)
            letters.write(session, "resumed", customer.email, {"tenant_id": tenant.id})
    if moved:
        target = f"subscription:{subscription.id}"
        audit.record(
            session, actor=ACTOR, action=f"subscription.{subscription.status}", target=target, word=view.status
        )
        if (kind := f"subscription.{subscription.status}") in hooks.KINDS:
            hooks.emit(
                session, kind, subscription.customer_id, subscription_id=subscription.id, tenant=tenant.subdomain
            )


def _copy(session: Session, subscription: Subscription, view: SubscriptionView, written: Written) -> None:
    subscription.stripe_subscription_id = view.id
    subscription.stripe_status = view.status
    subscription.current_period_end = view.current_period_end or subscription.current_period_end
    subscription.cancel_at_period_end = view.cancel_at_period_end
    subscription.synced_at = now()
    subscription.people, subscription.extras = view.people, view.pieces
    subscription.amount_cents = view.amount_cents
    price = session.exec(select(Price.id).where(Price.stripe_price_id == view.price_id)).first()
    if price is not None:
        subscription.price_id = price
    elif view.price_id is not None:
        log.warning("billing.unknown_price", subscription=subscription.id, price=view.price_id)
        written.notes.append(f"El precio {view.price_id} no está en el catálogo; se conserva el anterior.")
    session.add(subscription)


def _activate(session: Session, order: Subscription) -> list[str]:
    """The first payment: the tenant is asked for, once, and its owner may log in, all in this transaction."""
    tenant = tenants.locked(session, order.tenant_id)
    if tenant.released_at is not None and not _hold_again(session, tenant):
        log.error("billing.name_lost", subscription=order.id, subdomain=tenant.subdomain)
        return [f"Se pagó, pero «{tenant.subdomain}» ya es de otro cliente: acuerda otro nombre o devuelve el pago."]
    order.paid_at = order.activated_at = now()
    tenant.requested_at = tenant.requested_at or order.paid_at
    session.add_all([order, tenant])
    made = select(Job.id).where(
        Job.tenant_id == tenant.id, Job.kind == "create_tenant", Job.status != JobStatus.CANCELLED
    )
    if session.exec(made).first() is None:
        jobs.defer(session, "create_tenant", tenant=tenant)
    accounts.ensure_owner(session, session.get_one(Customer, order.customer_id))
    return []


def _hold_again(session: Session, tenant: Tenant) -> bool:
    """Takes back a name that was freed before its payment was known; False where somebody else has it by now."""
    try:
        with session.begin_nested():
            tenant.released_at = None
            session.add(tenant)
    except IntegrityError:
        session.refresh(tenant)
        return False
    return True
