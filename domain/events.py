"""Stripe's events as rows: kept once each, and whose they are. What they say is never believed, only looked up."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from domain import database
from domain.errors import AltaError, NotFound
from domain.event_subjects import Event, Subject
from domain.models import Customer, StripeEvent, Subscription, WebhookCounter
from domain.models.base import now
from domain.redaction import redact
from domain.states import EventOutcome, SubscriptionStatus
from domain.stripe_views import identifier, moment

ERROR_LIMIT = 2_000  # characters of an error that are kept


def find(session: Session, about: Subject) -> int | None:
    """The id of our subscription, None where it is not ours.

    Our numbers in metadata count only with our customer: other products may share the Stripe account.
    """
    by_name = select(Subscription.id)
    for column, value in (
        (Subscription.stripe_subscription_id, about.stripe_subscription_id),
        (Subscription.checkout_session_id, about.checkout_id),
    ):
        if value and (found := session.exec(by_name.where(column == value)).first()):
            return found
    ours = by_name.join(Customer, col(Customer.id) == Subscription.customer_id).where(
        Customer.stripe_customer_id == about.stripe_customer_id
    )
    if about.order_id and (found := session.exec(ours.where(Subscription.id == about.order_id)).first()):
        return found
    if about.customer_id is None:
        return None
    pending = ours.where(Customer.id == about.customer_id, Subscription.status == SubscriptionStatus.PENDING)
    return session.exec(pending.order_by(col(Subscription.id).desc())).first()


@dataclass(frozen=True)
class Claim:
    """An event's row, locked. `ours`: this delivery is the first that counts, and its event is to be applied now."""

    row_id: int
    stripe_id: str
    ours: bool
    outcome: str
    note: str | None = None


# One statement whatever their number: building one for each number takes longer than the database does.
_KEEP = text(
    "insert into stripe_event (stripe_id, type, object_id, api_version, livemode, created, payload, outcome, attempts, "
    "received_at) select r.* from jsonb_to_recordset(cast(:rows as jsonb)) as r(stripe_id text, type text, "
    "object_id text, api_version text, livemode boolean, created timestamptz, payload jsonb, outcome text, "
    "attempts integer, received_at timestamptz) order by r.stripe_id on conflict (stripe_id) do nothing "
    "returning id, stripe_id"
)


def claim(session: Session, arrived: Mapping[str, Event]) -> list[Claim]:
    """The rows of events, by Stripe's id, in that order.

    Of deliveries at once, the later ones wait here until the first has ended, and then see what became of it.
    """
    # In one order everywhere: two groups that share some of their events must not wait for each other.
    values = [_values(arrived[name]) | {"outcome": EventOutcome.IGNORED.value} for name in sorted(arrived)]
    made = session.execute(_KEEP, {"rows": _written(values)})
    found = {name: Claim(row_id or 0, name, True, EventOutcome.IGNORED.value) for row_id, name in made}
    known = [name for name in sorted(arrived) if name not in found]
    if known:
        query = select(StripeEvent).where(col(StripeEvent.stripe_id).in_(known)).order_by(col(StripeEvent.stripe_id))
        for row in session.exec(query.with_for_update(key_share=True)).all():
            again = row.outcome == EventOutcome.FAILED
            row.attempts += again
            found[row.stripe_id] = Claim(row.id or 0, row.stripe_id, again, row.outcome, row.note)
    return [found[name] for name in arrived]


def unknown(arrived: list[Event]) -> list[Event]:
    """Those of them that nobody has dealt with yet: never kept, or kept as failed."""
    query = select(StripeEvent.stripe_id).where(
        col(StripeEvent.stripe_id).in_([event["id"] for event in arrived]),
        StripeEvent.outcome != EventOutcome.FAILED,
    )
    with database.reading() as session:
        settled = set(session.exec(query).all())
    return [event for event in arrived if event["id"] not in settled]


def locked(session: Session, row_id: int) -> StripeEvent:
    """An event's row by our number, locked until the transaction ends. Raises NotFound."""
    row = session.exec(
        select(StripeEvent).where(StripeEvent.id == row_id).with_for_update(key_share=True)
    ).one_or_none()
    if row is None:
        raise NotFound("No existe ese evento.")
    return row


def name(session: Session, rows: list[int], subscription_id: int) -> None:
    """Writes whose events these are. The subscription's row must be locked (see `billing`)."""
    session.execute(update(StripeEvent).where(col(StripeEvent.id).in_(rows)).values(subscription_id=subscription_id))


def settle(
    session: Session,
    rows: list[int],
    outcome: EventOutcome,
    note: str | None = None,
    changes: dict[str, list[str | None]] | None = None,
) -> None:
    """Writes what became of events, and what they changed together."""
    applied = now() if outcome == EventOutcome.APPLIED else None
    session.execute(
        update(StripeEvent)
        .where(col(StripeEvent.id).in_(rows))
        .values(outcome=outcome.value, note=note, error=None, applied_at=applied, changes=changes or {})
    )
    database.notify(session, *(f"event:{row}" for row in rows))


def record_failure(event: Event, error: Exception) -> None:
    """Keeps, in a transaction of its own, that an event could not be applied; what was applied meanwhile stays."""
    said = error.message if isinstance(error, AltaError) else f"{type(error).__name__}: {error}"
    failed = {"outcome": EventOutcome.FAILED.value, "error": _clean(redact(said))[:ERROR_LIMIT]}
    statement = insert(StripeEvent).values(_clean(_values(event)) | failed)
    statement = statement.on_conflict_do_update(
        index_elements=["stripe_id"],
        set_=failed | {"attempts": col(StripeEvent.attempts) + 1},
        where=col(StripeEvent.outcome) == EventOutcome.FAILED,
    )
    with database.transaction() as session:
        row_id = session.execute(statement.returning(col(StripeEvent.id))).scalar()
        if row_id is not None:
            database.notify(session, f"event:{row_id}")


def count_refusal(reason: str) -> None:
    """Counts a delivery that was refused before it could be an event."""
    statement = insert(WebhookCounter).values(day=f"{now():%Y-%m-%d}", reason=reason, count=1)
    statement = statement.on_conflict_do_update(
        index_elements=["day", "reason"], set_={"count": col(WebhookCounter.count) + 1, "last_at": now()}
    )
    with database.transaction() as session:
        session.execute(statement)


def _values(event: Event) -> dict[str, Any]:
    document = (event.get("data") or {}).get("object") or {}
    return {
        "attempts": 1,
        "stripe_id": event["id"],
        "type": event["type"],
        "object_id": identifier(document),
        "api_version": event.get("api_version"),
        "livemode": bool(event.get("livemode")),
        "created": moment(event.get("created")) or datetime.now(UTC),
        "payload": event,
        "received_at": now(),
    }


def _written(values: list[dict[str, Any]]) -> str:
    """Rows as JSON that PostgreSQL can hold. Cleaning takes longer than the rest: only where something is escaped."""
    text_ = json.dumps(values, default=datetime.isoformat)
    if "\\u0000" in text_ or "\\ud" in text_:
        return json.dumps(_clean(values), default=datetime.isoformat)
    return text_


def _clean(value: Any) -> Any:
    """Without what PostgreSQL's text cannot hold: NUL and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\0", "")
    if isinstance(value, dict):
        return {_clean(key): _clean(inner) for key, inner in value.items()}
    return [_clean(inner) for inner in value] if isinstance(value, list) else value
