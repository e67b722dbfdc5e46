"""A checkout session paid: everything that Stripe makes and tells then."""

from dataclasses import dataclass

from domain.sandbox import charging, ids, invoicing
from domain.sandbox.ledger import Ledger
from domain.sandbox.objects import checkout, customers, subscriptions
from domain.sandbox.objects.payments import Card
from domain.sandbox.store import Document


@dataclass(frozen=True)
class Outcome:
    """`event` is that of `checkout.session.completed`; `decline` Stripe's code when the card was refused."""

    event: str | None = None
    decline: str | None = None


def pay(ledger: Ledger, session: Document, card: Card | None, email: str) -> Outcome:
    """Pay an open session, in one transaction. `card` None: nothing is due and no card is asked for.

    A refused card leaves the session open, with the failed try on record.
    """
    with ledger.store.transaction():
        customer = _customer(ledger, session, email, card)
        private = ledger.find("_checkout", session["id"])
        due = session["amount_total"]
        intent = _intent(ledger, private, due, session["currency"], customer["id"])
        decline = _refusal(card, due)
        if decline:
            if card and intent:
                charging.try_unsaved(ledger, card, customer, intent)
            return Outcome(decline=decline)
        method = charging.save_card(ledger, card, customer) if card else None
        subscription, invoice = _subscribe(ledger, private, customer, method, intent)
        return Outcome(event=_complete(ledger, session, customer["id"], subscription["id"], invoice["id"]))


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
        return ledger.find("payment_intent", private["payment_intent"])
    intent = charging.new_intent(ledger, due, currency, customer)
    ledger.store.put("_checkout", {**private, "payment_intent": intent["id"]})
    return intent


def _subscribe(
    ledger: Ledger, private: Document, customer: Document, method: Document | None, intent: Document | None
) -> tuple[Document, Document]:
    """Subscription and its paid first invoice."""
    lines = [(line["price"], line["quantity"]) for line in private["line_items"]]
    subscription = subscriptions.subscription(
        ids.new("sub"), ledger.now(), customer["id"], lines, private["subscription_data"]
    )
    subscription["default_payment_method"] = method["id"] if method else None
    subscription["latest_invoice"] = ids.new("in")
    ledger.save("subscription", subscription)
    ledger.emit("customer.subscription.created", subscription)
    invoice = invoicing.issue(ledger, subscription, "subscription_create", subscription["latest_invoice"])
    invoicing.settle(ledger, invoice, method, intent)
    if subscription["status"] == "incomplete":
        ledger.change("subscription", subscription, "customer.subscription.updated", status="active")
    customer = ledger.find("customer", customer["id"])
    ledger.change("customer", customer, "customer.updated", currency=subscription["currency"])
    return subscription, invoice


def _complete(ledger: Ledger, session: Document, customer_id: str, subscription: str, invoice: str) -> str:
    customer = ledger.find("customer", customer_id)
    tax_ids = ledger.tax_ids(customer_id)
    session.update(
        status="complete",
        payment_status="paid" if session["amount_total"] else "no_payment_required",
        subscription=subscription,
        invoice=invoice,
        customer_details=checkout.details(customer, tax_ids),
        collected_information={"business_name": None, "individual_name": None, "shipping_details": None},
        url=None,
    )
    ledger.save("checkout.session", session)
    event = ledger.emit("checkout.session.completed", session)
    ledger.store.put("_checkout", {**ledger.find("_checkout", session["id"]), "event": event})
    return event
