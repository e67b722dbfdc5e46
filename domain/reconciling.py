"""Looking again at Stripe without being told: events that never came, and now and then every subscription there is.

Stripe gives up on a delivery after three days, and an endpoint that was set up wrongly gets none: nothing here may
depend on being told.
"""

import time
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text
from sqlmodel import Session, col, select

from domain import billing, billing_letters, database, event_subjects, events, mirror, stripe_gateway
from domain.errors import AltaError, Unavailable
from domain.event_subjects import Event, Subject
from domain.models import StripeEvent, StripeWalk, Subscription
from domain.models.base import now
from domain.stripe_views import SubscriptionView

log = structlog.get_logger()
UNDELIVERED_FOR = timedelta(days=3)  # Stripe sends an event again for so long
OVERLAP = timedelta(minutes=30)  # events are asked for from so long before the last one that came
WALK_EVERY, AGAIN_AFTER = timedelta(hours=24), timedelta(hours=1)
LOOKS_A_SECOND = 15  # Stripe allows 100 reads a second in live mode and 25 in test mode
TOPIC = "walk"

_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('alta.walk'))")


def take_missed(since: datetime, *, undelivered: bool) -> int:
    """Takes the events since a moment that never reached us; returns how many. Events about one thing cost one look.

    `undelivered`: only those that Stripe itself knows it could not deliver. One that cannot be applied is on record as
    failed, and does not hold up the others. Raises Unavailable.
    """
    taken = 0
    for page in stripe_gateway.events_since(since, undelivered=undelivered):
        groups: dict[Subject | None, list[Event]] = {}
        for event in events.unknown(page):
            groups.setdefault(event_subjects.subject(event), []).append(event)
        taken += sum(_take(group) for group in groups.values())
    return taken


def last_heard() -> datetime:
    """From when on events may have been missed: a while before the newest that came, at most a month ago."""
    with database.reading() as session:
        newest = session.exec(select(StripeEvent.received_at).order_by(col(StripeEvent.id).desc())).first()
    return max((newest or now() - OVERLAP) - OVERLAP, now() - timedelta(days=30))


def _take(group: list[Event]) -> int:
    try:
        return sum(not receipt.duplicate for receipt in billing.take_together(group))
    except Unavailable:
        raise
    except Exception:
        if len(group) > 1:  # one may have spoilt it for the others
            return sum(_take([event]) for event in group)
        log.exception("reconciling.event", stripe_event=group[0]["id"])
        return 0


def walk_if_due() -> bool:
    """Walks over all subscriptions when that was not done for a day; False: it is not time yet. Raises Unavailable."""
    with database.transaction() as session:
        session.execute(_ONE_AT_A_TIME)
        last = session.exec(select(StripeWalk).order_by(col(StripeWalk.id).desc())).first()
        if last is not None and not _is_due(last):
            return False
        row = StripeWalk(beat_at=now())
        session.add(row)
        session.flush()
        name = row.id or 0
    walk(name)
    return True


def _is_due(last: StripeWalk) -> bool:
    """A day after a walk that ended well, an hour after one that broke off, at once where its worker died."""
    if last.ended_at is None:
        return last.beat_at is None or now() - last.beat_at > timedelta(minutes=5)
    return now() - last.begun_at > (AGAIN_AFTER if last.error else WALK_EVERY)


def walk_now(*, by: str) -> None:
    """The walk, for staff who do not want to wait for the night. Raises Unavailable."""
    walk(begin(by=by))


def begin(*, by: str) -> int:
    """A walk that staff want now: its number, for `walk`."""
    with database.transaction() as session:
        row = StripeWalk(asked_by=by, beat_at=now())
        session.add(row)
        session.flush()
        return row.id or 0


def walk(walk_id: int) -> StripeWalk:
    """Compares every subscription of the account with our rows and looks again at those that differ; its report.

    The list is a hundred at a time; a subscription that differs is fetched anew under its row's lock, at most
    LOOKS_A_SECOND of them. What cannot be healed stays in the report. Raises Unavailable, with the report saying so.
    """
    pace = _Pace(LOOKS_A_SECOND)
    seen: set[str] = set()
    began = now()
    try:
        for piece in stripe_gateway.every_subscription():
            _compare(walk_id, piece, pace)
            seen |= {view.id for view in piece}
        _note(walk_id, gone=_gone(seen, began), ended=True)
    except AltaError as error:
        _note(walk_id, error=error.message, ended=True)
        raise
    with database.reading() as session:
        return session.get_one(StripeWalk, walk_id)


def _compare(walk_id: int, views: list[SubscriptionView], pace: "_Pace") -> None:
    listed = {view.id: view for view in views}
    with database.reading() as session:
        query = select(Subscription).where(col(Subscription.stripe_subscription_id).in_(list(listed)))
        ours = {row.stripe_subscription_id: row for row in session.exec(query).all()}
        orders = [view.order_id for view in listed.values() if view.id not in ours and view.order_id]
        waiting = {row.id: row for row in session.exec(select(Subscription).where(col(Subscription.id).in_(orders)))}
        prices = _prices(session)
    different, healed, unknown = 0, 0, 0
    for name, view in listed.items():
        row = ours.get(name) or waiting.get(view.order_id)
        if row is None or (row.stripe_subscription_id not in (None, name)):
            unknown += view.status not in ("canceled", "incomplete_expired")
            continue
        _warn_of_card(row, view)
        if differs(row, view, prices):
            different += 1
            pace.wait()
            healed += _heal(row.id or 0, name)
    _note(walk_id, looked=len(listed), different=different, healed=healed, unknown=unknown)


def _prices(session: Session) -> dict[int, str | None]:
    return {int(row[0]): row[1] for row in session.execute(text("select id, stripe_price_id from price"))}


def differs(row: Subscription, view: SubscriptionView, prices: dict[int, str | None]) -> bool:
    """Whether our row says something else than Stripe's list; `prices`: Stripe's ids by ours."""
    ended = view.status in ("canceled", "incomplete_expired")
    return (
        row.stripe_subscription_id != view.id
        or row.stripe_status != view.status
        or (view.status in ("active", "trialing", "past_due") and row.activated_at is None)
        or (not ended and row.cancel_at_period_end != view.cancel_at_period_end)
        or (not ended and view.current_period_end not in (None, row.current_period_end))
        or (not ended and (row.people, row.extras) != (view.people, view.pieces))
        or (view.price_id in prices.values() and prices.get(row.price_id) != view.price_id)
    )


def _warn_of_card(row: Subscription, view: SubscriptionView) -> None:
    """Tells, once, whose card works this month for the last time."""
    today = now()
    if view.card is None or view.status not in ("active", "trialing") or row.activated_at is None:
        return
    if (view.card.exp_year, view.card.exp_month) == (today.year, today.month) and not view.cancel_at_period_end:
        with database.transaction() as session:
            billing_letters.tell_of_card(session, row, view.card)


def _heal(subscription_id: int, stripe_subscription_id: str) -> bool:
    try:
        with database.transaction() as session:
            row = mirror.locked(session, subscription_id)
            return mirror.look(session, row, Subject(stripe_subscription_id=stripe_subscription_id)).accepted
    except Unavailable:
        raise
    except Exception:
        log.exception("reconciling.heal", subscription=subscription_id)
        return False


def _gone(seen: set[str], began: datetime) -> int:
    """Subscriptions that live with us and that Stripe did not list; those bought since it was asked are too new."""
    query = select(Subscription.stripe_subscription_id).where(
        col(Subscription.stripe_subscription_id).is_not(None),
        col(Subscription.status).in_(["active", "past_due"]),
        col(Subscription.activated_at) < began,
    )
    with database.reading() as session:
        return sum(name not in seen for name in session.exec(query).all())


def _note(walk_id: int, *, ended: bool = False, error: str | None = None, gone: int | None = None, **more: int) -> None:
    with database.transaction() as session:
        row = session.get_one(StripeWalk, walk_id)
        for name, count in more.items():
            setattr(row, name, getattr(row, name) + count)
        row.beat_at, row.error = now(), error
        row.gone = row.gone if gone is None else gone
        row.ended_at = now() if ended else None
        session.add(row)
        database.notify(session, TOPIC)


class _Pace:
    """Lets so many through a second, evenly."""

    def __init__(self, a_second: float) -> None:
        self._gap, self._next = 1 / a_second, 0.0

    def wait(self) -> None:
        """Returns when the next may go."""
        at = max(self._next, time.monotonic())
        self._next = at + self._gap
        time.sleep(max(0.0, at - time.monotonic()))
