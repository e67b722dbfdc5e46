"""The page where an order is paid: opened once an attempt, looked at, closed. All that an order asks of Stripe."""

from dataclasses import dataclass

import structlog
from sqlalchemy import func, or_
from sqlmodel import col, select

from domain import database, publishing, stripe_gateway, tax_ids
from domain.drafts import is_closed
from domain.errors import Conflict, Invalid, Unavailable
from domain.models import Customer, Plan, Price, Subscription, Tenant
from domain.models.base import now
from domain.settings import settings
from domain.stripe_views import CheckoutView

log = structlog.get_logger()


@dataclass(frozen=True)
class Order:
    """Rows as they were committed, detached: what one attempt is made of."""

    subscription: Subscription
    customer: Customer
    tenant: Tenant


class Overtaken(Exception):
    """The order has moved on since this attempt began; what it made at Stripe is closed again."""


class AlreadyPaid(Conflict):
    """There is nothing left to pay; `success_url` is where the buyer sees what becomes of it."""

    code = "already_paid"

    def __init__(self, session_id: str | None) -> None:
        super().__init__("Este pedido ya está pagado: no hace falta pagar otra vez.")
        self.success_url = success_url(session_id or "")


def success_url(session_id: str) -> str:
    """Where a buyer waits for their Odoo."""
    return f"{settings().app_url.rstrip('/')}/success?session_id={session_id}"


def closed(row: Subscription) -> Conflict:
    """Why an order that is no longer open cannot be placed again."""
    if row.paid_at is not None or row.status != "cancelled":
        return AlreadyPaid(row.checkout_session_id)
    return Conflict("Este pedido se cerró sin pagarse. Empieza uno nuevo.", code="order_closed")


def open_page(order: Order) -> Subscription:
    """Makes Stripe's customer and session for this attempt, and writes them down; the row with its page.

    Every call has a key made of our rows, so that a try after a crash or a timeout finds what the first one made.
    Raises Overtaken, Unavailable, Invalid; IntegrityError where the name was released and is somebody else's now.
    """
    try:
        customer, price = _known_customer(order), _known_price(order)
        view = stripe_gateway.create_checkout(
            order.subscription, customer, price, order.tenant, order.subscription.checkout_attempt, _trial_days(order)
        )
    except Conflict as error:
        if error.code != "stripe_idempotency":
            raise
        _give_up_attempt(order.subscription)
        raise Overtaken from error
    try:
        kept = _keep(order.subscription, view)
    except Exception:
        _close_quietly(view.id)
        raise
    if kept is None:
        _close_quietly(view.id)
        raise Overtaken
    return kept


def _known_customer(order: Order) -> Customer:
    """Stripe's customer with the tax id; written down only when both are there."""
    customer, attempt = order.customer, order.subscription.checkout_attempt
    if customer.stripe_customer_id is not None:
        if attempt > 1:
            stripe_gateway.update_customer(customer)
        return customer
    # Numbered by attempt: another attempt may have other words, which Stripe would refuse under the same key.
    made = stripe_gateway.create_customer(customer, attempt)
    kind = tax_ids.kind(customer.country)
    if kind is not None and customer.tax_id:
        _add_tax_id(made, kind.stripe_type, customer.tax_id)
    with database.transaction() as session:
        row = session.exec(
            select(Subscription).where(Subscription.id == order.subscription.id).with_for_update(key_share=True)
        ).one()
        if row.checkout_attempt != attempt:
            raise Overtaken
        known = session.get_one(Customer, customer.id)
        known.stripe_customer_id = made
        session.add(known)
    customer.stripe_customer_id = made
    return customer


def _trial_days(order: Order) -> int:
    """How long nothing is charged: what the plan gives, once for each e-mail and each tax id."""
    with database.reading() as session:
        plan = session.get_one(Plan, session.get_one(Price, order.subscription.price_id).plan_id)
        if not plan.trial_days:
            return 0
        same = func.lower(Customer.email) == order.customer.email.lower()
        if order.customer.tax_id:
            same = or_(same, col(Customer.tax_id) == order.customer.tax_id)
        before = (
            select(Subscription.id)
            .join(Customer, col(Customer.id) == Subscription.customer_id)
            .where(same, col(Subscription.activated_at).is_not(None), Subscription.id != order.subscription.id)
        )
        return 0 if session.exec(before.limit(1)).first() else plan.trial_days


def _add_tax_id(stripe_customer_id: str, kind: str, value: str) -> None:
    try:
        stripe_gateway.add_tax_id(stripe_customer_id, kind, value)
    except Invalid:
        # It passed the country's own check; that Stripe takes fewer forms (a person's, say) must not end a sale.
        log.warning("checkout.tax_id_refused", customer=stripe_customer_id, kind=kind)


def _known_price(order: Order) -> Price:
    for attempt in range(2):
        with database.reading() as session:
            price = session.get_one(Price, order.subscription.price_id)
        if price.stripe_price_id is not None:
            return price
        if attempt == 0:
            publishing.publish()
    raise Unavailable("Este plan todavía no se puede pagar. Inténtalo de nuevo en unos minutos.", code="price_unknown")


def _keep(seen: Subscription, view: CheckoutView) -> Subscription | None:
    """Writes the session of an attempt; None when the order has moved on."""
    with database.transaction() as session:
        row = session.exec(select(Subscription).where(Subscription.id == seen.id).with_for_update(key_share=True)).one()
        if row.checkout_attempt != seen.checkout_attempt or is_closed(row):
            return None
        if row.checkout_session_id not in (None, view.id):
            return None
        tenant = session.get_one(Tenant, row.tenant_id)
        tenant.released_at = None
        row.checkout_session_id, row.checkout_expires_at = view.id, view.expires_at
        row.checkout_url = view.url or row.checkout_url
        session.add_all([row, tenant])
        return row


def _give_up_attempt(seen: Subscription) -> None:
    """Stripe knows this attempt by other parameters (a price published anew, another address of ours): the next one."""
    with database.transaction() as session:
        query = select(Subscription).where(Subscription.id == seen.id, col(Subscription.checkout_session_id).is_(None))
        row = session.exec(query.with_for_update(key_share=True)).one_or_none()
        if row is not None and row.checkout_attempt == seen.checkout_attempt:
            row.checkout_attempt += 1
            session.add(row)


def is_open(row: Subscription) -> bool:
    """Can the order's page still be paid? Stripe is asked; where it does not answer, our row has to do.

    Raises AlreadyPaid.
    """
    try:
        view = look(row)
    except Unavailable:
        return row.checkout_expires_at is not None and row.checkout_expires_at > now()
    return view is not None and view.status == "open"


def look(row: Subscription) -> CheckoutView | None:
    """The order's session as Stripe has it; None where Stripe does not know it. Raises AlreadyPaid, Unavailable."""
    try:
        view = stripe_gateway.retrieve_checkout(row.checkout_session_id or "")
    except Conflict as error:
        if error.code != "stripe_missing":
            raise
        return None
    if view.status == "complete":
        _hear(view.id)
        raise AlreadyPaid(view.id)
    return view


def close_page(row: Subscription) -> None:
    """Closes the order's page, so that nobody pays for what the order no longer says. Raises AlreadyPaid, Unavailable.

    Asked for a page that is closed or unknown, it does nothing.
    """
    try:
        stripe_gateway.expire_checkout(row.checkout_session_id or "")
    except Conflict:
        look(row)


def _close_quietly(session_id: str) -> None:
    try:
        stripe_gateway.expire_checkout(session_id)
    except (Conflict, Unavailable) as error:
        # Nobody was given its address, so nobody can pay there; it ends by itself within a day.
        log.warning("checkout.left_open", session=session_id, error=error.message)


def _hear(session_id: str) -> None:
    """Stripe says more than our rows: look again now, since the webhook may be late."""
    from domain import billing

    try:
        billing.look_again(session_id)
    except Unavailable as error:
        log.warning("checkout.look_again", session=session_id, error=error.message)
