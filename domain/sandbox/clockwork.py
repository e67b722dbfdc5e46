"""What happens by itself as time passes: sessions expire, periods end."""

import asyncio

from domain.sandbox import purchase, subscribing
from domain.sandbox.ledger import Ledger

_EVERY = 1.0
# Years put forward at once would otherwise renew in one breath without end.
_MOST_RENEWALS = 60


def tick(ledger: Ledger) -> None:
    """Bring everything up to the clock."""
    now = ledger.now()
    for session in list(ledger.store.newest_first("checkout.session")):
        if session["status"] == "open" and session["expires_at"] <= now:
            purchase.expire(ledger, session)
    for subscription in list(ledger.store.newest_first("subscription")):
        for _ in range(_MOST_RENEWALS):
            if subscription["status"] not in {"active", "trialing"} or subscribing.ends_at(subscription) > now:
                break
            with ledger.store.transaction():
                subscribing.renew(ledger, subscription)


async def run(ledger: Ledger) -> None:
    """Tick until cancelled."""
    while True:
        tick(ledger)
        await asyncio.sleep(_EVERY)
