"""What waits to become of a subscription: the next phase of its schedule, a change that waits for its payment."""

from domain.sandbox.ledger import Ledger
from domain.sandbox.objects import catalogue, subscriptions
from domain.sandbox.store import Document

_UPDATED = "customer.subscription.updated"


def _schedule(ledger: Ledger, subscription: Document) -> Document | None:
    name = subscription["schedule"]
    return ledger.find("subscription_schedule", name) if name else None


def _following(schedule: Document, moment: int) -> Document | None:
    return next((phase for phase in schedule["phases"] if phase["start_date"] == moment), None)


def next_items(ledger: Ledger, subscription: Document) -> list[Document] | None:
    """The items of the phase that begins as the present period ends; None where no schedule says otherwise."""
    schedule = _schedule(ledger, subscription)
    present = subscription["items"]["data"]
    end = max(int(item["current_period_end"]) for item in present)
    phase = _following(schedule, end) if schedule else None
    if phase is None:
        return None
    found = []
    for place, entry in enumerate(phase["items"]):
        price = ledger.find("price", entry["price"])
        if place < len(present):
            kept = {**present[place], "price": price, "plan": catalogue.plan(price)}
            found.append({**kept, "quantity": entry["quantity"] or 1, "current_period_end": end})
        else:
            found.append(subscriptions.item(subscription["id"], end, price, entry["quantity"] or 1, end))
    return found


def step(ledger: Ledger, subscription: Document) -> None:
    """A period ends: the schedule is in its next phase, or has done its work and lets go."""
    schedule = _schedule(ledger, subscription)
    if schedule is None:
        return
    end = max(int(item["current_period_end"]) for item in subscription["items"]["data"])
    phase = _following(schedule, end)
    if phase:
        present = {"start_date": phase["start_date"], "end_date": phase["end_date"]}
        ledger.change("subscription_schedule", schedule, "subscription_schedule.updated", current_phase=present)
    elif schedule["phases"][-1]["end_date"] <= end:
        release(ledger, subscription)


def release(ledger: Ledger, subscription: Document) -> None:
    """The subscription goes on without its schedule, if it has one. The caller saves the subscription."""
    schedule = _schedule(ledger, subscription)
    if schedule is None:
        return
    schedule.update(
        status="released",
        current_phase=None,
        released_at=ledger.now(),
        released_subscription=subscription["id"],
        subscription=None,
    )
    ledger.save("subscription_schedule", schedule)
    ledger.emit("subscription_schedule.released", schedule)
    subscription["schedule"] = None
    ledger.save("subscription", subscription)


def hold(ledger: Ledger, subscription: Document, candidate: Document, invoice: Document, until: int) -> None:
    """Keep a change back until its invoice is paid, or `until` comes."""
    pending = {
        "billing_cycle_anchor": None,
        "cancel_at_period_end": None,
        "discount": None,
        "discounts": None,
        "expires_at": until,
        "metadata": None,
        "subscription_items": candidate["items"]["data"],
        "trial_end": None,
        "trial_from_plan": None,
    }
    anchor = candidate["billing_cycle_anchor"]
    ledger.store.put("_pending", {"id": subscription["id"], "invoice": invoice["id"], "anchor": anchor})
    ledger.change("subscription", subscription, _UPDATED, pending_update=pending)


def apply_pending(ledger: Ledger, subscription: Document, invoice: Document) -> None:
    """The invoice that a change waited for is paid: the change is made."""
    waiting = ledger.find("_pending", subscription["id"])
    if waiting["invoice"] != invoice["id"]:
        return
    items = {**subscription["items"], "data": subscription["pending_update"]["subscription_items"]}
    ledger.change(
        "subscription",
        subscription,
        "customer.subscription.pending_update_applied",
        items=items,
        billing_cycle_anchor=waiting["anchor"],
        pending_update=None,
    )
    ledger.emit(_UPDATED, subscription, {"pending_update": None})


def drop_pending(ledger: Ledger, subscription: Document) -> str:
    """The payment never came: the subscription stays as it was. The id of the invoice, which is to be void."""
    ledger.change("subscription", subscription, "customer.subscription.pending_update_expired", pending_update=None)
    return str(ledger.find("_pending", subscription["id"])["invoice"])
