"""Another plan, interval, number of people or of extras: what it would cost, then the change itself.

Dearer ones begin now, cheaper ones when the period that is paid ends; until then that can be undone. Every amount is
Stripe's.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from domain import audit, database, mirror, plan_offers, stripe_changes, stripe_gateway
from domain.errors import Conflict, NotFound
from domain.models import Price, Subscription
from domain.plan_offers import Choice, Wish
from domain.states import SubscriptionStatus
from domain.stripe_views import ItemView, SubscriptionView

GOOD_FOR = 30 * 60  # seconds for which a preview can be confirmed
CHANGED = "Tu plan cambió mientras decidías, quizás en otra pestaña. Mira el precio otra vez."


@dataclass(frozen=True)
class Quote:
    """What a change costs. `now` False: it begins at `starts_at`, and nothing is charged today.

    `after`: the items that there would be, the plan's first. `lines` are today's bill, credits negative; `token` is
    handed back to confirm exactly this. Times in UTC.
    """

    choice: Choice
    after: tuple[ItemView, ...]
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
    """`moment`: from when the rest of the period was counted (seconds since 1970); `before`: the items of then."""

    wish: Wish
    before: str
    moment: int
    today_cents: int


@dataclass(frozen=True)
class Changed:
    """`pay_at`: the change waits for a payment that the customer has to make or confirm there."""

    pay_at: str | None = None


def quote(customer_id: int, price_id: int, people: int | None = None, extras: Mapping[str, int] | None = None) -> Quote:
    """What changing to a price costs, today and next time. What is not said stays: the people, the extras.

    Raises NotFound, Conflict, Invalid, Unavailable.
    """
    with database.reading() as session:
        subscription = mirror.current(session, customer_id)
        wish = plan_offers.as_is(subscription, price_id)
    wish = replace(wish, people=wish.people if people is None else people, extras={**wish.extras, **(extras or {})})
    choice = _choice(customer_id, wish)
    view = _changeable(subscription)
    with database.reading() as session:
        return _quote(session, view, choice, wish, int(time.time()))


def _choice(customer_id: int, wish: Wish) -> Choice:
    """The price that is wished for. Raises NotFound where it is not to be had."""
    found = plan_offers.offer(customer_id).choice(wish.price_id)
    if found is None:
        raise NotFound("Ese plan ya no se ofrece.")
    return found


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


def _quote(session: Session, view: SubscriptionView, choice: Choice, wish: Wish, moment: int) -> Quote:
    wanted = session.get_one(Price, wish.price_id)
    after = plan_offers.lines(session, view, wanted, wish)
    before = plan_offers.fingerprint(plan_offers.present(view))
    if plan_offers.fingerprint(after) == before:
        raise Conflict("Ya lo tienes así.", code="same_plan")
    whole = stripe_changes.preview_change(view, after, behavior="none")
    trial = view.status == "trialing"
    now, today, next_at = trial or _dearer(view, wanted.interval, after), 0, view.current_period_end
    lines: tuple[tuple[str, int], ...] = ()
    if now and not trial:
        bill = stripe_changes.preview_change(view, after, behavior="always_invoice", moment=moment)
        today, lines = bill.due_cents, bill.lines
        next_at = bill.covers_until if view.interval != wanted.interval else next_at
    token = Token(wish, before, moment, today)
    starts = None if now else view.current_period_end
    return Quote(
        choice, tuple(after), now, starts, today, lines, whole.total_cents, next_at, whole.currency.upper(), token
    )


def _dearer(view: SubscriptionView, interval: str, after: Sequence[ItemView]) -> bool:
    """A year in place of a month is more to pay now, whatever a month of it costs."""
    if view.interval != interval:
        return interval == "year"
    before = plan_offers.present(view)
    return _sum(after) > _sum(before)


def _sum(lines: Sequence[ItemView]) -> int:
    return sum(line.amount_cents * line.quantity for line in lines)


def confirm(customer_id: int, token: Token, by: str) -> Changed:
    """Makes the change that was quoted, for the amount that was quoted. Made twice, it is done once.

    Raises Conflict where anything has changed since, NotFound, Unavailable.
    """
    age = int(time.time()) - token.moment
    if not 0 <= age <= GOOD_FOR:
        raise Conflict("Pasó demasiado tiempo. Mira el precio otra vez.", code="quote_old")
    choice = _choice(customer_id, token.wish)
    with database.transaction() as session:
        subscription = mirror.locked(session, mirror.current(session, customer_id).id or 0)
        wanted = session.get_one(Price, token.wish.price_id)
        view = _changeable(subscription)
        if plan_offers.fingerprint(plan_offers.present(view)) != token.before:
            raise Conflict(CHANGED, code="plan_changed")
        again = _quote(session, view, choice, token.wish, token.moment)
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
            people=again.after[0].quantity,
            extras={line.extra: line.quantity for line in again.after if line.extra},
            today_cents=again.today_cents,
        )
    return Changed(_pay_at(after))


def _make(view: SubscriptionView, wanted: Price, asked: Quote) -> SubscriptionView:
    if asked.now:
        return stripe_changes.change_now(view, asked.after, asked.token.moment)
    stripe_changes.change_later(view, asked.after, wanted.interval)
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
