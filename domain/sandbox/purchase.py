"""A checkout session completed: what Stripe makes and tells when it is paid, or when its card is saved."""

from dataclasses import dataclass
from typing import Any

from domain.sandbox import charging, discounting, ids, subscribing
from domain.sandbox.errors import Refused
from domain.sandbox.ledger import Ledger
from domain.sandbox.objects import checkout, customers, payments
from domain.sandbox.objects.payments import Card
from domain.sandbox.store import Document


@dataclass(frozen=True)
class Outcome:
    """`event` is that of `checkout.session.completed`; `decline` Stripe's code when the card was refused, or
    `authentication_required` when its bank wants to see the buyer first (nothing was done then)."""

    event: str | None = None
    decline: str | None = None


def pay(ledger: Ledger, session: Document, card: Card | None, email: str, *, present: bool = False) -> Outcome:
    """Complete an open session, in one transaction. `card` None: nothing is due and no card is asked for.

    A refused card leaves the session open, with the failed try on record. `present`: the buyer's bank has seen them.
    """
    if card and card.asks and not present:
        return Outcome(decline="authentication_required")
    with ledger.at(ledger.moment_of(session["customer"])), ledger.store.transaction():
        customer = _customer(ledger, session, email, card)
        if session["mode"] == "setup":
            return _save(ledger, session, customer, card)
        private = ledger.find("_checkout", session["id"])
        due = session["amount_total"]
        intent = _intent(ledger, private, due, session["currency"], customer["id"])
        decline = _refusal(card, due)
        if decline:
            if card and intent:
                charging.try_unsaved(ledger, card, customer, intent)
            return Outcome(decline=decline)
        method = charging.save_card(ledger, card, customer) if card else None
        if method and present:
            charging.proved(ledger, method)
        subscription, invoice, _ = subscribing.begin(
            ledger,
            customer,
            [(line["price"], line["quantity"]) for line in private["line_items"]],
            private["subscription_data"],
            method=method,
            intent=intent,
            coupons=_coupons(ledger, private),
            present=present,
        )
        made = {"subscription": subscription["id"], "invoice": invoice["id"]}
        paid = "paid" if session["amount_total"] else "no_payment_required"
        return Outcome(event=_complete(ledger, session, customer["id"], payment_status=paid, **made))


def use_code(ledger: Ledger, session: Document, word: str) -> Document:
    """Put a promotion code to work on an open session; an empty word takes it off. The session with its new amounts.

    Raises Refused with Stripe's code where it may not be used.
    """
    with ledger.store.transaction():
        private = ledger.find("_checkout", session["id"])
        entries: list[Document] = []
        if word:
            codes = ledger.store.newest_first("promotion_code")
            found = next((c for c in codes if c["active"] and c["code"].lower() == word.lower()), None)
            if found is None:
                raise Refused("No such promotion code.", code="promotion_code_invalid", param="promotion_code")
            entries = [{"promotion_code": found["id"]}]
        ledger.store.put("_checkout", {**private, "discounts": entries})
        return price(ledger, session)


def price(ledger: Ledger, session: Document) -> Document:
    """The session with the amounts of the invoice that its payment would make. Raises Refused for a bad coupon."""
    private = ledger.find("_checkout", session["id"])
    lines = [(line["price"], line["quantity"]) for line in private["line_items"]]
    coupons = _coupons(ledger, private)
    with ledger.store.transaction(), ledger.store.rehearsal():
        buyer = session["customer"] and ledger.find("customer", session["customer"])
        buyer = buyer or ledger.save("customer", customers.customer(ids.new("cus", 14), ledger.now(), {}))
        given = private["subscription_data"]
        _, invoice, _ = subscribing.begin(ledger, buyer, lines, given, method=None, coupons=coupons)
    off = sum(entry["amount"] for entry in invoice["total_discount_amounts"])
    tax = sum(entry["amount"] for entry in invoice["total_taxes"])
    session.update(
        amount_subtotal=invoice["subtotal"],
        amount_total=invoice["amount_due"],
        total_details={"amount_discount": off, "amount_shipping": 0, "amount_tax": tax},
        discounts=[{"coupon": coupon["id"], "promotion_code": code} for coupon, code in coupons],
    )
    return ledger.save("checkout.session", session)


def _coupons(ledger: Ledger, private: Document) -> list[tuple[Document, str | None]]:
    lines = private["line_items"]
    whole = sum(line["amount_subtotal"] for line in lines)
    customer = private["customer"] or ""
    return [discounting.coupon_of(ledger, e, customer, whole, lines[0]["currency"]) for e in private["discounts"]]


def expire(ledger: Ledger, session: Document) -> Document:
    """Close an open session without payment."""
    with ledger.store.transaction():
        session.update(status="expired", url=None)
        ledger.save("checkout.session", session)
        ledger.emit("checkout.session.expired", session)
    return session


def _refusal(card: Card | None, due: int) -> str | None:
    if card is None:
        return None
    return card.decline or ("generic_decline" if due and card.declines_later else None)


def _customer(ledger: Ledger, session: Document, email: str, card: Card | None) -> Document:
    """The session's customer; one is made, and kept with the session, when it was created without."""
    if session["customer"]:
        customer = ledger.find("customer", session["customer"])
        return customer if customer["email"] else ledger.change("customer", customer, "customer.updated", email=email)
    given = {"email": email, "name": card.holder if card else None}
    customer = ledger.save("customer", customers.customer(ids.new("cus", 14), ledger.now(), given))
    ledger.emit("customer.created", customer)
    session["customer"] = customer["id"]
    ledger.save("checkout.session", session)
    return customer


def _intent(ledger: Ledger, private: Document, due: int, currency: str, customer: str) -> Document | None:
    """The session's payment intent, made at the first try; None when nothing is due."""
    if not due:
        return None
    if private["payment_intent"]:
        return ledger.save(
            "payment_intent", {**ledger.find("payment_intent", private["payment_intent"]), "amount": due}
        )
    intent = charging.new_intent(ledger, due, currency, customer)
    ledger.store.put("_checkout", {**private, "payment_intent": intent["id"]})
    return intent


def _save(ledger: Ledger, session: Document, customer: Document, card: Card | None) -> Outcome:
    """A session of mode `setup`: the card is kept for later, nothing is charged."""
    if card is None or card.decline:
        return Outcome(decline=card.decline if card else "payment_method_missing")
    method = charging.save_card(ledger, card, customer)
    charging.proved(ledger, method)
    metadata = ledger.find("_checkout", session["id"])["setup_intent_data"].get("metadata") or {}
    intent = payments.setup_intent(ids.new("seti"), ledger.now(), customer["id"], method["id"], metadata)
    ledger.save("setup_intent", intent)
    ledger.emit("setup_intent.succeeded", intent)
    made = {"setup_intent": intent["id"], "payment_status": "no_payment_required"}
    return Outcome(event=_complete(ledger, session, customer["id"], **made))


def _complete(ledger: Ledger, session: Document, customer_id: str, **made: Any) -> str:
    customer = ledger.find("customer", customer_id)
    tax_ids = ledger.tax_ids(customer_id)
    session.update(
        status="complete",
        customer_details=checkout.details(customer, tax_ids),
        collected_information={"business_name": None, "individual_name": None, "shipping_details": None},
        url=None,
        **made,
    )
    ledger.save("checkout.session", session)
    event = ledger.emit("checkout.session.completed", session)
    ledger.store.put("_checkout", {**ledger.find("_checkout", session["id"]), "event": event})
    return event
