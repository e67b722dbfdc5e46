"""Money: what Stripe tells us is looked up and written, and what the customer does with their subscription.

A webhook, a visit to /success and a timer all say the same: look again.
"""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session, col, select

from domain import audit, billing_letters, database, event_subjects, events, mirror, payment_cards
from domain.billing_portal import REASONS, BillingView, cancel, invoices, overview, portal_url, resume
from domain.errors import Unavailable
from domain.event_subjects import Event, Subject
from domain.models import Subscription, Tenant
from domain.models.base import now
from domain.settings import settings
from domain.states import EventOutcome, SubscriptionStatus
from domain.stripe_views import InvoiceView

__all__ = [
    "REASONS", "BillingView", "InvoiceView", "Receipt", "apply_again", "cancel", "invoices", "look_again", "overview",
    "portal_url", "resume", "sweep", "take", "take_together",
]  # fmt: skip

log = structlog.get_logger()
Changes = dict[str, list[str | None]]
ASK_AGAIN_AFTER = timedelta(seconds=2)  # a page that polls does not make us poll Stripe
SWEEP_AFTER, SWEEP_EVERY, SWEEP_AT_ONCE = timedelta(minutes=5), timedelta(minutes=30), 50


@dataclass(frozen=True)
class Receipt:
    """`duplicate`: it had been dealt with before, and nothing was done now. `event_id` is Stripe's."""

    outcome: str
    duplicate: bool
    event_id: str
    type: str
    note: str | None = None


def take(event: Event) -> Receipt:
    """Takes one event that is known to be Stripe's: event, mirror, tenant and job in one commit, or none of them.

    Raises Unavailable with code `database_away`, or whatever kept the event from being applied; that is then on record
    in the event's row, and the same delivery may come again.
    """
    return take_together([event])[0]


def take_together(arrived: list[Event]) -> list[Receipt]:
    """Takes events about one and the same subject in one commit, with one look at Stripe for all of them: a look that
    begins now sees what each of them tells of. Errors as in `take`, for all of them."""
    fresh = {event["id"]: event for event in arrived}
    try:
        with database.transaction() as session:
            claims = {claim.stripe_id: claim for claim in events.claim(session, fresh)}
            ours = {claim.row_id: fresh[claim.stripe_id] for claim in claims.values() if claim.ours}
            outcome, notes = _apply(session, ours) if ours else ("", {})
    except Exception as error:
        for event in fresh.values():
            _keep_failure(event, error)
        raise
    receipts = []
    for event in arrived:
        claim = claims[event["id"]]
        first = claim.ours and fresh.pop(event["id"], None) is not None
        said = (outcome, notes.get(event["type"])) if claim.ours else (claim.outcome, claim.note)
        receipts.append(Receipt(said[0], not first, event["id"], event["type"], said[1]))
    return receipts


def _keep_failure(event: Event, error: Exception) -> None:
    try:
        events.record_failure(event, error)
    except (OperationalError, InterfaceError) as away:
        log.error("billing.database_away", stripe_event=event["id"], error=str(away.orig).strip())
        raise Unavailable("La base de datos no responde.", code="database_away") from error


def _apply(session: Session, arrived: dict[int, Event]) -> tuple[str, dict[str, str | None]]:
    """Does what events with one subject ask for, by their rows; what became of them, and a note for each type."""
    about = event_subjects.subject(next(iter(arrived.values())))
    by_type: dict[str, list[int]] = {}
    for row_id, event in arrived.items():
        by_type.setdefault(event["type"], []).append(row_id)
    if wrong := _other_mode(next(iter(arrived.values()))):
        events.settle(session, list(arrived), EventOutcome.IGNORED, wrong)
        return EventOutcome.IGNORED.value, dict.fromkeys(by_type, wrong)
    if about is not None:
        outcome, note, changes = _look(session, list(arrived), about)
        events.settle(session, list(arrived), outcome, note, changes)
        return outcome.value, dict.fromkeys(by_type, note)
    notes: dict[str, str | None] = {kind: event_subjects.why_kept(kind) for kind in by_type}
    for kind, rows in by_type.items():
        events.settle(session, rows, EventOutcome.IGNORED, notes[kind])
    return EventOutcome.IGNORED.value, notes


def _other_mode(event: Event) -> str | None:
    """Why an event of another account or the other mode is not looked up: with our key there is nothing by its name."""
    if event.get("account"):
        return "Es de una cuenta conectada a la nuestra, no de la nuestra."
    live = bool(event.get("livemode"))
    if live == settings().live_mode:
        return None
    log.error("billing.other_mode", stripe_event=event["id"], live=live)
    return f"Es del modo {'real' if live else 'de prueba'} de Stripe, y la clave de Alta es del otro."


def _look(session: Session, rows: list[int], about: Subject) -> tuple[EventOutcome, str | None, Changes]:
    found = events.find(session, about)
    if found is None:
        return EventOutcome.IGNORED, "No es de ninguna suscripción de Alta.", {}
    # The lock comes first: naming the subscription in the event's row already takes a share of it (foreign key), and
    # two events that each hold a share and wait for the whole would deadlock.
    subscription = mirror.locked(session, found)
    events.name(session, rows, found)
    before = _picture(session, subscription)
    if about.saved_card:
        payment_cards.adopt(session, subscription, about.checkout_id or "")
    written = mirror.look(session, subscription, about)
    if about.occasion and written.accepted:
        billing_letters.tell(session, subscription, about.occasion, about.invoice_id)
    after = _picture(session, subscription)
    changes = {name: [before[name], said] for name, said in after.items() if said != before[name]}
    outcome = EventOutcome.APPLIED if written.accepted else EventOutcome.IGNORED
    return outcome, " ".join(written.notes) or None, changes


def _picture(session: Session, subscription: Subscription) -> dict[str, str | None]:
    """What an event may change, as text, for staff to compare."""
    tenant = session.get_one(Tenant, subscription.tenant_id)
    ends = subscription.current_period_end
    return {
        "status": subscription.status,
        "stripe_status": subscription.stripe_status,
        "price": str(subscription.price_id),
        "people": str(subscription.people),
        "extras": ", ".join(f"{code} × {number}" for code, number in sorted(subscription.extras.items())) or None,
        "current_period_end": ends.isoformat(timespec="seconds") if ends else None,
        "cancel_at_period_end": "sí" if subscription.cancel_at_period_end else "no",
        "mrr_cents": str(subscription.mrr_cents),
        "tenant": tenant.desired,
        "suspend_reasons": ", ".join(tenant.suspend_reasons) or None,
    }


def apply_again(event_row_id: int, by: str) -> Receipt:
    """Looks again for an event that is kept, whatever became of it. Raises NotFound, and errors as `take`."""
    payload: Event = {}
    try:
        with database.transaction() as session:
            row = events.locked(session, event_row_id)
            payload = dict(row.payload)
            row.attempts += 1
            session.flush()
            outcome, notes = _apply(session, {event_row_id: payload})
            audit.record(session, actor=by, action="event.apply_again", target=f"event:{event_row_id}", outcome=outcome)
            return Receipt(outcome, False, row.stripe_id, row.type, notes.get(row.type))
    except Exception as error:
        if payload:
            _keep_failure(payload, error)
        raise


def look_again(checkout_session_id: str) -> bool:
    """Asks Stripe about an order that waits for its payment, as when a webhook was lost. True: it is paid.

    Cheap for unknown, settled and just asked sessions: Stripe is not called. Raises Unavailable.
    """
    with database.reading() as session:
        query = select(Subscription).where(Subscription.checkout_session_id == checkout_session_id)
        order = session.exec(query).one_or_none()
    if order is None or not _waits(order):
        return order is not None and order.activated_at is not None
    with database.transaction() as session:
        order = mirror.locked(session, order.id or 0)
        if _waits(order):
            mirror.look(session, order, Subject(checkout_id=checkout_session_id))
        return order.activated_at is not None


def _waits(order: Subscription) -> bool:
    if order.activated_at is not None or order.status == SubscriptionStatus.CANCELLED:
        return False
    return order.synced_at is None or now() - order.synced_at > ASK_AGAIN_AFTER


def sweep() -> int:
    """Looks again at orders that have waited for their payment a while; returns how many turned out to be paid.

    Each is asked about every half hour until its name is freed (its session has then expired). To be run every minute.
    """
    query = (
        select(Subscription.checkout_session_id)
        .where(col(Subscription.activated_at).is_(None), Subscription.status != SubscriptionStatus.CANCELLED)
        .where(col(Subscription.checkout_session_id).is_not(None), Subscription.created_at < now() - SWEEP_AFTER)
        .where(col(Subscription.synced_at).is_(None) | (col(Subscription.synced_at) < now() - SWEEP_EVERY))
        .join(Tenant, (col(Tenant.id) == Subscription.tenant_id) & col(Tenant.released_at).is_(None))
        .order_by(col(Subscription.synced_at).nulls_first())
        .limit(SWEEP_AT_ONCE)
    )
    with database.reading() as session:
        waiting = session.exec(query).all()
    paid = 0
    for checkout in waiting:
        try:
            paid += look_again(checkout or "")
        except Unavailable:
            return paid
        except Exception:
            log.exception("billing.sweep", checkout=checkout)
    return paid
