"""Cards saved and charged."""

from dataclasses import asdict
from datetime import UTC, datetime

from domain.sandbox import ids, refunding
from domain.sandbox.ledger import Ledger
from domain.sandbox.objects import payments
from domain.sandbox.objects.payments import Card
from domain.sandbox.store import Document


def save_card(ledger: Ledger, card: Card, customer: Document) -> Document:
    """A payment method attached to the customer."""
    method = payments.payment_method(ids.new("pm"), ledger.now(), card, customer)
    ledger.save("payment_method", method)
    ledger.store.put("_card", {"id": method["id"], **asdict(card)})
    ledger.emit("payment_method.attached", method)
    return method


def detach(ledger: Ledger, method: Document) -> Document:
    """A card taken away from its customer; it pays nothing any more."""
    owner = ledger.store.get("customer", method["customer"] or "")
    method["customer"] = None
    ledger.save("payment_method", method)
    ledger.emit("payment_method.detached", method, {"customer": owner["id"] if owner else None})
    if owner and owner["invoice_settings"]["default_payment_method"] == method["id"]:
        settings = {**owner["invoice_settings"], "default_payment_method": None}
        ledger.change("customer", owner, "customer.updated", invoice_settings=settings)
    for found in list(ledger.store.newest_first("subscription", method["id"])):
        if found["default_payment_method"] == method["id"]:
            ledger.change("subscription", found, "customer.subscription.updated", default_payment_method=None)
    return method


def new_intent(ledger: Ledger, amount: int, currency: str, customer: str) -> Document:
    """A payment intent that waits for its first try."""
    intent = payments.payment_intent(ids.new("pi"), ledger.now(), amount, currency, customer)
    ledger.save("payment_intent", intent)
    ledger.emit("payment_intent.created", intent)
    return intent


def charge(ledger: Ledger, intent: Document, method: Document, *, present: bool = False) -> str | None:
    """Charge the intent's amount. None when it went well, else the decline code, kept in the intent as well.

    `authentication_required` where the bank wants to see the customer, who is not there (`present` says they are and
    have proved who they are).
    """
    card = ledger.store.get("_card", method["id"]) or {}
    decline = _decline(ledger, card, method)
    if not decline and not present and (card.get("asks") == "always" or (card.get("asks") and not card.get("proved"))):
        return _ask(ledger, intent, method)
    document = payments.charge(ids.new("ch"), ledger.now(), intent, method, decline)
    ledger.save("charge", document)
    if decline:
        intent.update(
            status="requires_payment_method",
            latest_charge=document["id"],
            last_payment_error=payments.card_error(document, method, decline),
            next_action=None,
        )
    else:
        intent.update(
            status="succeeded",
            amount_received=intent["amount"],
            latest_charge=document["id"],
            payment_method=method["id"],
            last_payment_error=None,
            next_action=None,
        )
    ledger.save("payment_intent", intent)
    ledger.emit("charge.failed" if decline else "charge.succeeded", document)
    ledger.emit("payment_intent.payment_failed" if decline else "payment_intent.succeeded", intent)
    if not decline and card.get("disputed"):
        refunding.dispute(ledger, document, "fraudulent")
    return decline


def _decline(ledger: Ledger, card: Document, method: Document) -> str | None:
    if card.get("decline") or card.get("declines_later"):
        return str(card.get("decline") or "generic_decline")
    today = datetime.fromtimestamp(ledger.now(), UTC)
    expired = (method["card"]["exp_year"], method["card"]["exp_month"]) < (today.year, today.month)
    return "expired_card" if expired else None


def _ask(ledger: Ledger, intent: Document, method: Document) -> str:
    address = {"return_url": None, "url": ledger.url(f"/3ds/{intent['id']}")}
    intent.update(
        status="requires_action",
        payment_method=method["id"],
        next_action={"type": "redirect_to_url", "redirect_to_url": address},
    )
    ledger.save("payment_intent", intent)
    ledger.emit("payment_intent.requires_action", intent)
    return "authentication_required"


def proved(ledger: Ledger, method: Document) -> None:
    """The customer has shown the bank that the card is theirs; cards that ask once do not ask again."""
    card = ledger.store.get("_card", method["id"])
    if card:
        ledger.store.put("_card", {**card, "proved": True})


def try_unsaved(ledger: Ledger, card: Card, customer: Document, intent: Document) -> None:
    """A try with a card that is refused at once, in Checkout: it is charged but not attached to the customer."""
    method = payments.payment_method(ids.new("pm"), ledger.now(), card, customer)
    method["customer"] = None
    ledger.save("payment_method", method)
    ledger.store.put("_card", {"id": method["id"], **asdict(card), "decline": card.decline or "generic_decline"})
    charge(ledger, intent, method, present=True)
