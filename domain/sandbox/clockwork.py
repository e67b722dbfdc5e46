"""What happens by itself as time passes: sessions expire, periods end."""

import asyncio
import itertools

from domain.sandbox import purchase, subscribing
from domain.sandbox.ledger import Ledger
from domain.sandbox.store import Document

_EVERY = 1.0
# No period is shorter than a day, so a minute late is in time.
_BEATS_BETWEEN_RENEWALS = 60
# Years put forward at once would otherwise renew in one breath without end.
_MOST_RENEWALS = 60


def expire_sessions(ledger: Ledger) -> None:
    """Close the sessions whose time has come."""
    now = ledger.now()
    for session in list(ledger.store.newest_first("checkout.session", mentioning='"status":"open"')):
        if session["status"] == "open" and session["expires_at"] <= now:
            purchase.expire(ledger, session)


def renew_subscriptions(ledger: Ledger) -> None:
    """Begin the periods whose time has come."""
    now = ledger.now()
    for subscription in list(ledger.store.newest_first("subscription")):
        for _ in range(_MOST_RENEWALS):
            if not _goes_on(subscription) or subscribing.due_at(subscription) > now:
                break
            with ledger.store.transaction():
                subscribing.renew(ledger, subscription)


def _goes_on(subscription: Document) -> bool:
    """Whether time does something to it: one that is `past_due` is not charged further, but still cancelled."""
    status = subscription["status"]
    return status in {"active", "trialing"} or (status == "past_due" and subscription["cancel_at"] is not None)


async def run(ledger: Ledger) -> None:
    """Look at the clock until cancelled."""
    for beat in itertools.count():
        expire_sessions(ledger)
        if beat % _BEATS_BETWEEN_RENEWALS == 0:
            renew_subscriptions(ledger)
        await asyncio.sleep(_EVERY)
