"""The ladder for who owes: what is done on which day, seen in advance, never on somebody who owes nothing.

Stripe tries the card by its own plan; this says what follows from it here. Its letters take their dates from the same
plan as the acts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import structlog
from sqlmodel import Session, col, select

from domain import audit, database, letters, mirror, stripe_changes, tenants
from domain.errors import Conflict, NotFound, Unavailable
from domain.models import Customer, DunningDone, Subscription
from domain.models.base import now
from domain.settings import settings
from domain.states import SubscriptionStatus
from domain.stripe_views import InvoiceView

log = structlog.get_logger()
Act = Literal["tell", "suspend", "end"]
ACTOR = "cobros"
AT_ONCE = 100  # subscriptions looked at in a round
MOST_GRACE = 90  # days


@dataclass(frozen=True)
class Step:
    """`name` is the letter's kind too; `words` is for staff."""

    name: letters.Kind
    act: Act
    words: str


# When each comes is a setting (`DUNNING_DAYS`), in this order.
LADDER = (
    Step("payment_failed", "tell", "Se avisa de que el cobro falló"),
    Step("payment_reminder", "tell", "Se recuerda"),
    Step("suspended", "suspend", "Se suspende el Odoo"),
    Step("last_call", "tell", "Último aviso"),
    Step("ended", "end", "Se cancela la suscripción y se archiva el Odoo"),
)


@dataclass(frozen=True)
class Planned:
    """A step and when it comes, or came (`done_at`); times in UTC."""

    step: Step
    at: datetime
    done_at: datetime | None = None


@dataclass(frozen=True)
class Outlook:
    """What will happen to a customer who owes, and when. `paused`: nothing will, until staff let it go on."""

    subscription_id: int
    since: datetime
    grace_days: int
    paused: bool
    steps: tuple[Planned, ...]


def days() -> list[int]:
    """Days after the first failure at which each step comes."""
    return settings().dunning_ladder


def _plan(subscription: Subscription, done: dict[str, datetime]) -> tuple[Planned, ...]:
    since = subscription.past_due_since or now()
    first, *later = days()
    # Grace moves what follows, not the first word: who is not told cannot pay.
    moments = [since + timedelta(days=first), *(since + timedelta(days=d + subscription.grace_days) for d in later)]
    return tuple(Planned(step, at, done.get(step.name)) for step, at in zip(LADDER, moments, strict=True))


def _done(session: Session, subscription: Subscription) -> dict[str, datetime]:
    query = select(DunningDone).where(
        DunningDone.subscription_id == subscription.id, DunningDone.since == subscription.past_due_since
    )
    return {row.step: row.done_at for row in session.exec(query).all()}


def outlook(tenant_id: int) -> Outlook | None:
    """What will happen to the tenant's customer; None for one who owes nothing."""
    with database.reading() as session:
        query = select(Subscription).where(
            Subscription.tenant_id == tenant_id, col(Subscription.past_due_since).is_not(None)
        )
        row = session.exec(query.order_by(col(Subscription.id).desc())).first()
        if row is None or row.past_due_since is None:
            return None
        steps = _plan(row, _done(session, row))
        return Outlook(row.id or 0, row.past_due_since, row.grace_days, row.dunning_paused, steps)


def climb() -> int:
    """Takes the steps whose time has come; how many subscriptions moved. Safe from several workers at once."""
    query = (
        select(Subscription.id)
        .where(col(Subscription.past_due_since).is_not(None), col(Subscription.dunning_paused).is_(False))
        .order_by(col(Subscription.past_due_since))
    )
    with database.reading() as session:
        behind = session.exec(query).all()
    moved = 0
    for name in behind:
        if moved >= AT_ONCE:
            break
        try:
            moved += _climb(int(name or 0))
        except Unavailable:
            return moved
        except Exception:
            log.exception("dunning.step", subscription=name)
    return moved


def _due(session: Session, subscription: Subscription) -> list[Planned]:
    if subscription.past_due_since is None or subscription.dunning_paused:
        return []
    moment = now()
    plan = _plan(subscription, _done(session, subscription))
    return [one for one in plan if one.done_at is None and one.at <= moment]


def _climb(subscription_id: int) -> bool:
    with database.reading() as session:
        if not _due(session, session.get_one(Subscription, subscription_id)):
            return False
    with database.transaction() as session:
        subscription = mirror.locked(session, subscription_id)
        due = _due(session, subscription)
        if not due:
            return False
        # Paid a second ago is paid: Stripe is asked before anything is done to anybody.
        mirror.refresh(session, subscription)
        if subscription.status != SubscriptionStatus.PAST_DUE or subscription.past_due_since is None:
            return False
        customer = session.get_one(Customer, subscription.customer_id)
        owed = stripe_changes.open_invoices(customer.stripe_customer_id or "")
        if not owed:
            return False
        _take(session, subscription, customer, due, owed)
        return True


def _take(
    session: Session, subscription: Subscription, customer: Customer, due: Sequence[Planned], owed: list[InvoiceView]
) -> None:
    """All that is due, in order; after an outage only the last letter is written."""
    since = subscription.past_due_since
    plan = _plan(subscription, {})
    for one in due:
        session.add(DunningDone(subscription_id=subscription.id or 0, since=since or now(), step=one.step.name))
        _act(session, subscription, one.step)
        target = f"subscription:{subscription.id}"
        audit.record(session, actor=ACTOR, action=f"dunning.{one.step.name}", target=target)
    dates = {one.step.act: one.at.isoformat() for one in plan if one.step.act != "tell"}
    args = {
        "tenant_id": subscription.tenant_id,
        "amount_cents": sum(invoice.due_cents for invoice in owed),
        "currency": owed[0].currency,
        "pay_url": owed[0].hosted_url if len(owed) == 1 else None,
        "suspend_on": dates.get("suspend"),
        "end_on": dates.get("end"),
    }
    last = due[-1].step.name
    if due[-1].step.act == "end":
        return  # told by the mirror, as every end is
    letters.write(session, last, customer.email, args, once=f"{last}:{subscription.id}:{since:%Y%m%d%H%M%S}")


def _act(session: Session, subscription: Subscription, step: Step) -> None:
    if step.act == "suspend":
        tenant = tenants.locked(session, subscription.tenant_id)
        tenants.suspend(session, tenant, "unpaid", requested_by=ACTOR)
    elif step.act == "end":
        view = stripe_changes.end_now(subscription.stripe_subscription_id or "")
        mirror.write(session, subscription, view)


def give_time(subscription_id: int, more: int, *, by: str) -> None:
    """Moves all steps that have not come yet by so many days. Raises NotFound, Conflict beyond MOST_GRACE."""
    with database.transaction() as session:
        row = _behind(session, subscription_id)
        if row.grace_days + more > MOST_GRACE:
            raise Conflict(f"Ya tiene {row.grace_days} días de margen; caben {MOST_GRACE}.", code="grace_used_up")
        row.grace_days += more
        _record(session, row, by, "dunning.give_time", days=more)


def pause(subscription_id: int, wanted: bool, *, by: str) -> None:
    """Nothing more is done about the debt, or it goes on. Asked twice, it is done once. Raises NotFound."""
    with database.transaction() as session:
        row = _behind(session, subscription_id)
        if row.dunning_paused != wanted:
            row.dunning_paused = wanted
            _record(session, row, by, "dunning.pause" if wanted else "dunning.go_on")


def _behind(session: Session, subscription_id: int) -> Subscription:
    row = mirror.locked(session, subscription_id)
    if row.past_due_since is None:
        raise NotFound("Este cliente no debe nada.")
    return row


def _record(session: Session, row: Subscription, by: str, action: str, **more: object) -> None:
    session.add(row)
    audit.record(session, actor=by, action=action, target=f"subscription:{row.id}", **more)
    database.notify(session, f"tenant:{row.tenant_id}")
