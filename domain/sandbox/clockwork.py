"""What happens by itself as time passes: sessions expire, periods end, cards are tried again.

Each thing happens at its own moment, however far the clock was put: documents and events bear the date on which they
would have come.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from functools import partial

from domain.sandbox import invoicing, previewing, purchase, scheduling, subscribing
from domain.sandbox.invoicing import DAY
from domain.sandbox.ledger import Ledger
from domain.sandbox.store import Document

Due = tuple[int, int, Callable[[], object]]
"""When, which of several things of one moment is first, and what."""

_EVERY = 1.0
# No period is shorter than a day, so a minute late is in time.
_BEATS_BETWEEN_RENEWALS = 60
# Years put forward at once would otherwise renew in one breath without end.
_MOST_AT_ONCE = 2_000
_TOLD_BEFORE = 7 * DAY  # invoice.upcoming
_TRIAL_TOLD_BEFORE = 3 * DAY


def expire_sessions(ledger: Ledger) -> None:
    """Close the sessions whose time has come."""
    now = ledger.now()
    for session in list(ledger.store.newest_first("checkout.session", mentioning='"status":"open"')):
        if session["status"] == "open" and session["expires_at"] <= now:
            purchase.expire(ledger, session)


def run_due(ledger: Ledger, until: int, clock: str | None = None) -> None:
    """Everything that falls due up to a moment, in the world of a test clock or (None) in the real one."""
    worlds = {c["id"]: c["test_clock"] for c in ledger.store.newest_first("customer", clock or "")}
    for found in list(ledger.store.newest_first("subscription")):
        if found["customer"] in worlds and worlds[found["customer"]] == clock and _lives(found):
            _run(ledger, found["id"], until)


def _lives(subscription: Document) -> bool:
    return subscription["status"] not in {"canceled", "incomplete_expired"}


def _run(ledger: Ledger, name: str, until: int) -> None:
    for _ in range(_MOST_AT_ONCE):
        subscription = ledger.find("subscription", name)
        due = min(_due(ledger, subscription), key=lambda one: one[:2], default=None)
        if due is None or due[0] > until:
            return
        with ledger.at(due[0]), ledger.store.transaction():
            due[2]()


def _due(ledger: Ledger, subscription: Document) -> Iterator[Due]:
    """All that waits for its time with one subscription."""
    if not _lives(subscription):
        return
    if subscription["status"] == "incomplete":
        over = subscription["created"] + subscribing.INCOMPLETE_FOR
        yield over, 0, partial(subscribing.expire_incomplete, ledger, subscription)
        return
    for invoice in subscribing.collecting(ledger, subscription["id"]):
        yield from _due_of_invoice(ledger, subscription, invoice)
    if subscription["pending_update"]:
        yield subscription["pending_update"]["expires_at"], 0, partial(_drop, ledger, subscription)
    if subscription["status"] == "paused":
        return
    yield from _told(ledger, subscription)
    yield subscribing.due_at(subscription), 2, partial(subscribing.renew, ledger, subscription)


def _due_of_invoice(ledger: Ledger, subscription: Document, invoice: Document) -> Iterator[Due]:
    if invoice["status"] == "draft" and invoice["automatically_finalizes_at"] and subscription["status"] != "unpaid":
        yield invoice["automatically_finalizes_at"], 0, partial(subscribing.collect, ledger, invoice)
    elif invoice["status"] == "open" and invoice["next_payment_attempt"]:
        yield invoice["next_payment_attempt"], 1, partial(subscribing.attempt, ledger, invoice)
    elif invoice["status"] == "open" and invoice["due_date"] and subscription["status"] == "active":
        late = invoicing.Result("overdue")
        yield invoice["due_date"], 1, partial(subscribing.follow, ledger, invoice, late)


def _drop(ledger: Ledger, subscription: Document) -> None:
    invoicing.close(ledger, ledger.find("invoice", scheduling.drop_pending(ledger, subscription)), "void")


def _told(ledger: Ledger, subscription: Document) -> Iterator[Due]:
    """The warnings: a trial that ends, an invoice that comes. Each once, which `_told` keeps."""
    end = subscribing.ends_at(subscription)
    told = ledger.store.get("_told", subscription["id"]) or {"trial": 0, "upcoming": 0}
    if subscription["status"] == "trialing" and told["trial"] != end:
        yield max(end - _TRIAL_TOLD_BEFORE, subscription["created"]), 1, partial(_tell, ledger, subscription, "trial")
    leaving = subscription["cancel_at"] is not None and subscription["cancel_at"] <= end
    if told["upcoming"] != end and not leaving and end - _TOLD_BEFORE > subscription["created"]:
        yield end - _TOLD_BEFORE, 1, partial(_tell, ledger, subscription, "upcoming")


def _tell(ledger: Ledger, subscription: Document, what: str) -> None:
    end = subscribing.ends_at(subscription)
    told = ledger.store.get("_told", subscription["id"]) or {"trial": 0, "upcoming": 0}
    ledger.store.put("_told", {**told, "id": subscription["id"], what: end})
    if what == "trial":
        ledger.emit("customer.subscription.trial_will_end", subscription)
    else:
        ledger.emit("invoice.upcoming", previewing.upcoming(ledger, subscription))


async def run(ledger: Ledger) -> None:
    """Look at the clock until cancelled."""
    for beat in itertools.count():
        expire_sessions(ledger)
        if beat % _BEATS_BETWEEN_RENEWALS == 0:
            run_due(ledger, ledger.now())
        await asyncio.sleep(_EVERY)
