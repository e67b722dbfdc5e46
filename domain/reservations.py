"""Names that wait for a payment: given back when the page has expired, or when nobody came back for them."""

import structlog
from sqlmodel import col, select

from domain import checkout, database, holds
from domain.checkout import AlreadyPaid
from domain.errors import Unavailable
from domain.models import Subscription, Tenant
from domain.models.base import now
from domain.states import SubscriptionStatus

log = structlog.get_logger()
AT_ONCE = 100


def expire_reservations() -> int:
    """Frees the names whose time ran out without a word from Stripe; returns how many. To be run every minute.

    Stripe is asked before a name is given away: it may have been paid for. Where it does not answer, the rest waits.
    """
    with database.reading() as session:
        late = session.exec(
            select(Subscription)
            .join(Tenant, col(Tenant.id) == Subscription.tenant_id)
            .where(Subscription.status == SubscriptionStatus.PENDING, col(Subscription.paid_at).is_(None))
            .where(col(Subscription.checkout_expires_at) < now(), col(Tenant.released_at).is_(None))
            .order_by(col(Subscription.checkout_expires_at))
            .limit(AT_ONCE)
        ).all()
    freed = 0
    for seen in late:
        try:
            freed += _ran_out(seen) and _free(seen)
        except Unavailable as error:
            log.warning("reservations.waiting", error=error.message)
            break
        except Exception:  # one order that nobody understands must not keep everybody's names
            log.exception("reservations.not_freed", order=seen.id)
    return freed


def _ran_out(seen: Subscription) -> bool:
    if seen.checkout_session_id is None:
        return True
    try:
        view = checkout.look(seen)
    except AlreadyPaid:
        return False
    return view is None or view.status == "expired"


def _free(seen: Subscription) -> bool:
    with database.transaction() as session:
        row = session.exec(select(Subscription).where(Subscription.id == seen.id).with_for_update(key_share=True)).one()
        moved = row.checkout_attempt != seen.checkout_attempt or row.checkout_session_id != seen.checkout_session_id
        return not moved and holds.release(session, row)
