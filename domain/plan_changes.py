"""Another plan or interval: what it would cost, then the change itself. Dearer ones begin now, cheaper ones when the
period that is paid ends; until then that can be undone. Every amount is Stripe's.
"""

import time
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from domain import audit, database, mirror, stripe_changes, stripe_gateway
from domain.errors import Conflict, NotFound
from domain.income import monthly_cents
from domain.models import Plan, Price, Subscription
from domain.states import SubscriptionStatus
from domain.stripe_views import SubscriptionView

GOOD_FOR = 30 * 60  # seconds for which a preview can be confirmed
CHANGED = "Tu plan cambió mientras decidías, quizás en otra pestaña. Mira el precio otra vez."


@dataclass(frozen=True)
class Choice:
    """A price on sale in the subscription's currency; amounts in cents. `current`: what the customer has."""

    price_id: int
    plan: str
    interval: str
    amount_cents: int
    currency: str
    current: bool


@dataclass(frozen=True)
class Quote:
    """What a change costs. `now` False: it begins at `starts_at`, and nothing is charged today.

    `lines` are today's, credits negative; `token` is handed back to confirm exactly this. Times in UTC.
    """

    choice: Choice
    now: bool
    starts_at: datetime | None
    today_cents: int
    lines: tuple[tuple[str, int], ...]
    next_cents: int
    next_at: datetime | None
    currency: str
    token: "Token"


@dataclass(frozen=True)
class Token:
    """`moment`: from when the rest of the period was counted (seconds since 1970); `from_price` is Stripe's id."""

    price_id: int
    from_price: str
    moment: int
    today_cents: int


@dataclass(frozen=True)
class Changed:
    """`pay_at`: the change waits for a payment that the customer has to make or confirm there."""

    pay_at: str | None = None


def choices(customer_id: int) -> list[Choice]:
    """What the customer may change to, in the catalogue's order. Raises NotFound."""
    with database.reading() as session:
        subscription = mirror.current(session, customer_id)
        present = session.get_one(Price, subscription.price_id)
        rows = session.exec(
            select(Price, Plan)
            .join(Plan, col(Plan.id) == Price.plan_id)
            .where(col(Plan.visible).is_(True), col(Price.active).is_(True), Price.currency == present.currency)
            .where(col(Price.stripe_price_id).is_not(None))
            .order_by(col(Plan.position), col(Plan.id), col(Price.id))
        ).all()
    return [
        Choice(row.id or 0, plan.name, row.interval, row.amount_cents, row.currency, current=row.id == present.id)
        for row, plan in rows
    ]


def quote(customer_id: int, price_id: int) -> Quote:
    """What changing to a price costs, today and next time. Raises NotFound, Conflict, Unavailable."""
    with database.reading() as session:
        subscription = mirror.current(session, customer_id)
        wanted = session.get(Price, price_id)
    choice = next((one for one in choices(customer_id) if one.price_id == price_id), None)
    if wanted is None or choice is None or wanted.stripe_price_id is None:
        raise NotFound("Ese plan ya no se ofrece.")
    view = _changeable(subscription)
    return _quote(view, choice, wanted, int(time.time()))


def _changeable(subscription: Subscription) -> SubscriptionView:
    """The subscription at Stripe, where its plan can be changed now. Raises Conflict."""
    if subscription.status == SubscriptionStatus.PAST_DUE:
        raise Conflict("Tienes un pago pendiente. Págalo y después cambia de plan.", code="past_due")
    view = stripe_gateway.retrieve_subscription(subscription.stripe_subscription_id or "", with_card=True)
    if view.status not in ("active", "trialing"):
        raise Conflict("La suscripción no está activa: no se puede cambiar de plan.", code="subscription_ended")
    if view.cancel_at_period_end:
        raise Conflict("El plan está por terminar. Elige primero «Seguir con el plan».", code="ending")
    if view.held_invoice_id:
        raise Conflict("Hay un cambio de plan que espera su pago.", code="change_held")
    return view


def _quote(view: SubscriptionView, choice: Choice, wanted: Price, moment: int) -> Quote:
    if view.price_id == wanted.stripe_price_id:
        raise Conflict("Ya tienes ese plan.", code="same_plan")
    price = wanted.stripe_price_id or ""
    whole = stripe_changes.preview_change(view, price, behavior="none")
    trial = view.status == "trialing"
    now, today, next_at = trial or _dearer(view, wanted), 0, view.current_period_end
    lines: tuple[tuple[str, int], ...] = ()
    if now and not trial:
        bill = stripe_changes.preview_change(view, price, behavior="always_invoice", moment=moment)
        today, lines = bill.due_cents, bill.lines
        next_at = bill.covers_until if view.interval != wanted.interval else next_at
    token = Token(choice.price_id, view.price_id or "", moment, today)
    starts = None if now else view.current_period_end
    return Quote(choice, now, starts, today, lines, whole.total_cents, next_at, whole.currency.upper(), token)


def _dearer(view: SubscriptionView, wanted: Price) -> bool:
    """A year in place of a month is more to pay now, whatever a month of it costs."""
    if view.interval != wanted.interval:
        return wanted.interval == "year"
    return monthly_cents(wanted.amount_cents, wanted.interval) > monthly_cents(view.amount_cents, view.interval or "")


def confirm(customer_id: int, token: Token, by: str) -> Changed:
    """Makes the change that was quoted, for the amount that was quoted. Made twice, it is done once.

    Raises Conflict where anything has changed since, NotFound, Unavailable.
    """
    age = int(time.time()) - token.moment
    if not 0 <= age <= GOOD_FOR:
        raise Conflict("Pasó demasiado tiempo. Mira el precio otra vez.", code="quote_old")
    choice = next((one for one in choices(customer_id) if one.price_id == token.price_id), None)
    if choice is None:
        raise NotFound("Ese plan ya no se ofrece.")
    with database.transaction() as session:
        subscription = mirror.locked(session, mirror.current(session, customer_id).id or 0)
        wanted = session.get_one(Price, token.price_id)
        view = _changeable(subscription)
        if view.price_id != token.from_price:
            raise Conflict(CHANGED, code="plan_changed")
        again = _quote(view, choice, wanted, token.moment)
        if again.today_cents != token.today_cents:
            raise Conflict("El importe ya no es el que viste. Mira el precio otra vez.", code="amount_changed")
        if view.schedule_id:
            stripe_changes.release_schedule(view.schedule_id)
        after = _make(view, wanted, again)
        mirror.write(session, subscription, after)
        audit.record(
            session,
            actor=by,
            action="subscription.change" if again.now else "subscription.change_later",
            target=f"subscription:{subscription.id}",
            price=wanted.lookup_key,
            today_cents=again.today_cents,
        )
    return Changed(_pay_at(after))


def _make(view: SubscriptionView, wanted: Price, asked: Quote) -> SubscriptionView:
    price = wanted.stripe_price_id or ""
    if asked.now:
        return stripe_changes.change_now(view, price, asked.token.moment)
    stripe_changes.change_later(view, price, wanted.interval)
    return stripe_gateway.retrieve_subscription(view.id)


def _pay_at(view: SubscriptionView) -> str | None:
    return stripe_changes.retrieve_invoice(view.held_invoice_id).hosted_url if view.held_invoice_id else None


def undo(customer_id: int, by: str) -> None:
    """Keeps the present plan in place of one that was to begin later. Raises NotFound, Unavailable."""
    with database.transaction() as session:
        subscription = mirror.locked(session, mirror.current(session, customer_id).id or 0)
        view = stripe_gateway.retrieve_subscription(subscription.stripe_subscription_id or "")
        if view.schedule_id is None:
            return
        stripe_changes.release_schedule(view.schedule_id)
        audit.record(session, actor=by, action="subscription.change_undone", target=f"subscription:{subscription.id}")


def name_of(session: Session, stripe_price_id: str) -> str | None:
    """`Pyme`, by Stripe's id of one of its prices."""
    query = select(Plan.name).join(Price, col(Price.plan_id) == Plan.id).where(Price.stripe_price_id == stripe_price_id)
    return session.exec(query).first()
