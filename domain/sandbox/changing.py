"""A subscription's items changed: prices, quantities, the interval; what that costs now or with the next invoice."""

from dataclasses import dataclass
from fractions import Fraction

from domain.sandbox import discounting, invoicing, proration, scheduling, subscribing
from domain.sandbox.cards import DECLINED
from domain.sandbox.errors import Refused, no_such
from domain.sandbox.ledger import Ledger
from domain.sandbox.objects import catalogue, subscriptions
from domain.sandbox.proration import Shift
from domain.sandbox.store import Document

PENDING_FOR = 23 * 3600


@dataclass(frozen=True)
class Terms:
    """How a change is to be charged, in Stripe's words. `moment`: from when the time is counted."""

    behavior: str = "create_prorations"
    payment: str = "allow_incomplete"
    moment: int | None = None
    anchor_now: bool = False


def items(ledger: Ledger, subscription: Document, entries: list[Document], terms: Terms) -> Document:
    """Make the change that the `items[]` entries ask for. Raises Refused (402) under `error_if_incomplete`.

    Under `pending_if_incomplete` an unpaid change waits in `pending_update`; under `allow_incomplete` it is made, and
    the subscription is `past_due`.
    """
    shifts = _shifts(ledger, subscription, entries)
    new_period = terms.anchor_now or _other_interval(shifts)
    trialing = subscription["status"] == "trialing" and not terms.anchor_now
    moment = terms.moment or ledger.now()
    candidate = _candidate(subscription, shifts, moment if new_period and not trialing else None)
    if trialing:
        return subscribing.change(ledger, subscription, items=candidate["items"])
    if terms.behavior != "none":
        proration.items(ledger, subscription, _moved(shifts), moment, credits_only=new_period,
                        percent_off=_taken_off(ledger, subscription))  # fmt: skip
    if terms.behavior != "always_invoice" and not new_period:
        return subscribing.change(ledger, subscription, items=candidate["items"])
    return _charge_now(ledger, subscription, candidate, terms.payment, whole_period=new_period)


def _shifts(ledger: Ledger, subscription: Document, entries: list[Document]) -> list[Shift]:
    present = {item["id"]: item for item in subscription["items"]["data"]}
    asked: dict[str, Document] = {}
    added: list[Shift] = []
    end = subscribing.ends_at(subscription)
    for place, entry in enumerate(entries):
        if entry.get("id") and entry["id"] not in present:
            raise no_such("subscription item", entry["id"], f"items[{place}][id]")
        price = _price(ledger, subscription, entry["price"], place) if entry.get("price") else None
        if entry.get("id"):
            asked[entry["id"]] = {**entry, "price": price}
        elif price is None:
            raise Refused("Missing required param: items[price].", code="parameter_missing", param=f"items[{place}]")
        else:
            made = subscriptions.item(subscription["id"], ledger.now(), price, entry.get("quantity", 1), end)
            added.append(Shift(None, made))
    shifts = [Shift(item, _changed(item, asked.get(item["id"], {}))) for item in present.values()]
    found = [*shifts, *added]
    if not any(shift.after for shift in found):
        raise Refused("A subscription must have at least one active item.", param="items")
    return found


def _price(ledger: Ledger, subscription: Document, name: str, place: int) -> Document:
    price = ledger.find("price", name, f"items[{place}][price]")
    if not price["active"]:
        raise Refused("The price specified is inactive.", code="price_inactive", param=f"items[{place}][price]")
    if price["currency"] != subscription["currency"]:
        raise Refused(
            f"The price specified only supports `{price['currency']}`. This doesn't match the expected currency: "
            f"`{subscription['currency']}`.",
            param=f"items[{place}][price]",
        )
    return price


def _changed(item: Document, entry: Document) -> Document | None:
    if entry.get("deleted"):
        return None
    price = entry.get("price") or item["price"]
    return {**item, "price": price, "plan": catalogue.plan(price), "quantity": entry.get("quantity", item["quantity"])}


def _moved(shifts: list[Shift]) -> list[Shift]:
    return [
        s for s in shifts
        if not (s.before and s.after)
        or (s.before["price"]["id"], s.before["quantity"]) != (s.after["price"]["id"], s.after["quantity"])
    ]  # fmt: skip


def _other_interval(shifts: list[Shift]) -> bool:
    def recurring(item: Document) -> tuple[str, int]:
        return item["price"]["recurring"]["interval"], item["price"]["recurring"]["interval_count"]

    before = {recurring(s.before) for s in shifts if s.before}
    after = {recurring(s.after) for s in shifts if s.after}
    if len(after) > 1:
        raise Refused("The stand-in for Stripe does not mix intervals in one subscription.", param="items")
    return before != after


def _candidate(subscription: Document, shifts: list[Shift], new_period_at: int | None) -> Document:
    """The subscription as it will be."""
    data = [shift.after for shift in shifts if shift.after]
    changes: Document = {}
    if new_period_at is not None:
        data = [_begun(item, new_period_at) for item in data]
        changes["billing_cycle_anchor"] = new_period_at
    return {**subscription, **changes, "items": {**subscription["items"], "data": data}}


def _begun(item: Document, moment: int) -> Document:
    recurring = item["price"]["recurring"]
    end = subscriptions.period_end(moment, recurring["interval"], recurring["interval_count"])
    return {**item, "current_period_start": moment, "current_period_end": end}


def _taken_off(ledger: Ledger, subscription: Document) -> Fraction:
    """What part of each amount the discounts take."""
    whole = sum(item["price"]["unit_amount"] * item["quantity"] for item in subscription["items"]["data"])
    stays = Fraction(1)
    for _, coupon in discounting.at_work(ledger, subscription):
        if coupon["duration"] == "once":
            continue
        if coupon["percent_off"] is not None:
            stays *= 1 - Fraction(str(coupon["percent_off"])) / 100
        elif whole:
            stays *= 1 - Fraction(min(coupon["amount_off"], whole), whole)
    return 1 - stays


def _charge_now(
    ledger: Ledger, subscription: Document, candidate: Document, payment: str, *, whole_period: bool
) -> Document:
    trial_ends = {"status": "active", "trial_end": ledger.now()} if subscription["status"] == "trialing" else {}
    billed = {**candidate, **trial_ends}
    invoice = invoicing.issue(ledger, billed, "subscription_update", whole_period=whole_period)
    if candidate["collection_method"] == "send_invoice" and invoice["amount_remaining"]:
        ledger.emit("invoice.sent", invoice)
        return _made(ledger, subscription, billed, invoice, trial_ends)
    result = invoicing.settle(ledger, invoice, subscribing.payment_method(ledger, subscription))
    if result:
        return _made(ledger, subscription, billed, invoice, trial_ends)
    decline = result.decline or ""
    if payment == "error_if_incomplete":
        code = "subscription_payment_intent_requires_action" if result.challenge else "card_declined"
        raise Refused(DECLINED[decline], status=402, kind="card_error", code=code, decline_code=decline)
    if payment == "pending_if_incomplete":
        ledger.save("invoice", {**invoice, "next_payment_attempt": None, "auto_advance": False})
        subscribing.change(ledger, subscription, latest_invoice=invoice["id"])
        scheduling.hold(ledger, subscription, candidate, invoice, ledger.now() + PENDING_FOR)
        return subscription
    return _made(ledger, subscription, billed, invoice, {**trial_ends, "status": "past_due"})


def _made(ledger: Ledger, subscription: Document, candidate: Document, invoice: Document, more: Document) -> Document:
    return subscribing.change(
        ledger,
        subscription,
        items=candidate["items"],
        billing_cycle_anchor=candidate["billing_cycle_anchor"],
        latest_invoice=invoice["id"],
        **more,
    )
