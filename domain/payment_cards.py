"""The card that pays: another one in its place, which pays at once what is owed; an open invoice paid now."""

import structlog
from sqlmodel import Session

from domain import audit, database, mirror, stripe_changes
from domain.errors import Conflict, NotFound
from domain.models import Customer, Price, Subscription
from domain.stripe_changes import SavedCard
from domain.stripe_views import InvoiceView

log = structlog.get_logger()


def page_url(customer_id: int) -> str:
    """The address of Stripe's page for a new card. Raises NotFound, Unavailable."""
    with database.reading() as session:
        subscription = mirror.current(session, customer_id)
        customer = session.get_one(Customer, customer_id)
        currency = session.get_one(Price, subscription.price_id).currency
    return stripe_changes.card_session(customer.stripe_customer_id or "", currency, subscription.id or 0)


def returned(customer_id: int, checkout_session_id: str) -> int:
    """The customer is back from Stripe's page, perhaps before the webhook: as `adopt`. Raises NotFound, Unavailable."""
    with database.transaction() as session:
        subscription = mirror.locked(session, mirror.current(session, customer_id).id or 0)
        paid = adopt(session, subscription, checkout_session_id)
        mirror.refresh(session, subscription)
        return paid


def adopt(session: Session, subscription: Subscription, checkout_session_id: str) -> int:
    """Lets the card that a session took pay from now on, and charges what is owed to it; how many invoices that paid.

    The subscription is locked: the customer's return and the webhook come together, and each invoice is to be tried
    once. Done twice, it changes nothing. A card that the bank refuses stays: the invoices stay open, and Stripe tries
    again. Nothing happens where the session is another customer's. Raises Unavailable.
    """
    given = stripe_changes.saved_card(checkout_session_id)
    customer = session.get_one(Customer, subscription.customer_id)
    if given is None or given[0] != customer.stripe_customer_id:
        return 0
    return _let_pay(session, subscription, given[0], given[1], by=mirror.ACTOR)


def _let_pay(session: Session, subscription: Subscription, stripe_customer: str, method: str, *, by: str) -> int:
    """The card pays from now on, and what is owed at once; how many invoices that paid."""
    stripe_changes.use_card(stripe_customer, subscription.stripe_subscription_id or "", method)
    paid = sum(_try(invoice) for invoice in stripe_changes.open_invoices(stripe_customer))
    target = f"customer:{subscription.customer_id}"
    audit.record(session, actor=by, action="card.changed", target=target, invoices_paid=paid)
    return paid


def saved(customer_id: int) -> list[SavedCard]:
    """The cards that Stripe keeps for a customer, the one that pays first. Raises NotFound, Unavailable."""
    with database.reading() as session:
        subscription = mirror.current(session, customer_id)
        customer = session.get_one(Customer, customer_id)
    name = subscription.stripe_subscription_id or ""
    found = stripe_changes.cards(customer.stripe_customer_id or "", name)
    return sorted(found, key=lambda card: not card.pays)


def choose(customer_id: int, card_id: str, by: str) -> int:
    """Lets a kept card pay from now on, and what is owed at once; how many invoices that paid. Raises NotFound."""
    if not any(card.id == card_id for card in saved(customer_id)):
        raise NotFound("No tienes esa tarjeta.")
    with database.transaction() as session:
        subscription = mirror.locked(session, mirror.current(session, customer_id).id or 0)
        customer = session.get_one(Customer, customer_id)
        paid = _let_pay(session, subscription, customer.stripe_customer_id or "", card_id, by=by)
        mirror.refresh(session, subscription)
        return paid


def remove(customer_id: int, card_id: str, by: str) -> None:
    """Forgets a kept card. Raises NotFound, and Conflict for the one that pays."""
    card = next((card for card in saved(customer_id) if card.id == card_id), None)
    if card is None:
        raise NotFound("No tienes esa tarjeta.")
    if card.pays:
        raise Conflict("Con esta tarjeta se paga: elige antes otra.", code="card_in_use")
    stripe_changes.forget_card(card_id)
    with database.transaction() as session:
        audit.record(session, actor=by, action="card.removed", target=f"customer:{customer_id}", last4=card.last4)


def _try(invoice: InvoiceView) -> bool:
    try:
        stripe_changes.pay_invoice(invoice.id)
    except Conflict as error:
        log.info("card.invoice_stays_open", invoice=invoice.id, code=error.code)
        return False
    return True


def pay(customer_id: int, invoice_id: str, by: str) -> str | None:
    """Pays an open invoice with the card on file. None: paid; else where the customer goes to pay it.

    Raises NotFound where the invoice is another's, Unavailable.
    """
    with database.transaction() as session:
        subscription = mirror.locked(session, mirror.current(session, customer_id).id or 0)
        customer = session.get_one(Customer, customer_id)
        invoice = stripe_changes.retrieve_invoice(invoice_id)
        if invoice.customer_id != customer.stripe_customer_id:
            raise NotFound("No existe esa factura.")
        if invoice.status != "open":
            return None
        go_to = None
        try:
            stripe_changes.pay_invoice(invoice_id)
        except Conflict as error:
            if error.code != "invoice_already_paid":
                go_to = invoice.hosted_url
        mirror.refresh(session, subscription)
        audit.record(
            session, actor=by, action="invoice.pay", target=f"subscription:{subscription.id}", paid=go_to is None
        )
    return go_to
