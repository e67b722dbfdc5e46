"""Cards saved and charged."""

from dataclasses import asdict

from domain.sandbox import ids
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


def new_intent(ledger: Ledger, amount: int, currency: str, customer: str) -> Document:
    """A payment intent that waits for its first try."""
    intent = payments.payment_intent(ids.new("pi"), ledger.now(), amount, currency, customer)
    ledger.save("payment_intent", intent)
    ledger.emit("payment_intent.created", intent)
    return intent


def charge(ledger: Ledger, intent: Document, method: Document) -> str | None:
    """Charge the intent's amount. None when it went well, else the decline code, kept in the intent as well."""
    card = ledger.store.get("_card", method["id"]) or {}
    decline = card.get("decline") or ("generic_decline" if card.get("declines_later") else None)
    document = payments.charge(ids.new("ch"), ledger.now(), intent, method, decline)
    ledger.save("charge", document)
    if decline:
        intent.update(
            status="requires_payment_method",
            latest_charge=document["id"],
            last_payment_error=payments.card_error(document, method, decline),
        )
    else:
        intent.update(
            status="succeeded",
            amount_received=intent["amount"],
            latest_charge=document["id"],
            payment_method=method["id"],
            last_payment_error=None,
        )
    ledger.save("payment_intent", intent)
    ledger.emit("charge.failed" if decline else "charge.succeeded", document)
    ledger.emit("payment_intent.payment_failed" if decline else "payment_intent.succeeded", intent)
    return decline


def try_unsaved(ledger: Ledger, card: Card, customer: Document, intent: Document) -> None:
    """A try with a card that is refused at once, in Checkout: it is charged but not attached to the customer."""
    method = payments.payment_method(ids.new("pm"), ledger.now(), card, customer)
    method["customer"] = None
    ledger.save("payment_method", method)
    ledger.store.put("_card", {"id": method["id"], **asdict(card), "decline": card.decline or "generic_decline"})
    charge(ledger, intent, method)
