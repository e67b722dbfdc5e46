"""What staff do about a customer's money: give back, note a transfer, ask by hand. Every act is on record."""

import uuid
from dataclasses import dataclass

from domain import audit, currencies, database, mirror, stripe_accounts, stripe_changes, stripe_gateway
from domain.errors import Conflict, FieldProblem, Invalid, NotFound
from domain.models import Customer, Subscription
from domain.stripe_accounts import DisputeView
from domain.stripe_views import InvoiceView

# Stripe's words for why money is given back, in ours.
REFUND_REASONS = {
    "requested_by_customer": "Lo pide el cliente",
    "duplicate": "Se cobró dos veces",
    "fraudulent": "Fue un fraude",
}
# Stripe's words for how a contested payment stands.
DISPUTE_WORDS = {
    "warning_needs_response": "Aviso por responder",
    "warning_under_review": "Aviso en revisión",
    "warning_closed": "Aviso cerrado",
    "needs_response": "Por responder",
    "under_review": "En revisión",
    "won": "Ganada",
    "lost": "Perdida",
}
SHORTEST_EVIDENCE, LONGEST = 4, 300


@dataclass(frozen=True)
class Account:
    """A customer's invoices, newest first, and the payments of theirs that are contested."""

    customer: Customer
    tenant_id: int | None
    invoices: list[InvoiceView]
    disputes: list[DisputeView]
    by_transfer: bool


def account(customer_id: int) -> Account:
    """What Stripe has of a customer. Raises NotFound, Unavailable."""
    with database.reading() as session:
        customer = session.get(Customer, customer_id)
        if customer is None:
            raise NotFound("No existe ese cliente.")
        try:
            subscription: Subscription | None = mirror.current(session, customer_id)
        except NotFound:
            subscription = None
    if customer.stripe_customer_id is None:
        return Account(customer, subscription.tenant_id if subscription else None, [], [], by_transfer=False)
    invoices = stripe_gateway.list_invoices(customer.stripe_customer_id)
    contested = [one for one in stripe_accounts.disputes() if one.customer_id == customer.stripe_customer_id]
    view = None
    if subscription is not None and subscription.stripe_subscription_id:
        view = stripe_gateway.retrieve_subscription(subscription.stripe_subscription_id)
    return Account(
        customer, subscription.tenant_id if subscription else None, invoices, contested,
        by_transfer=view is not None and view.by_transfer,
    )  # fmt: skip


def _own(customer_id: int, invoice_id: str) -> InvoiceView:
    with database.reading() as session:
        customer = session.get(Customer, customer_id)
    try:
        invoice = stripe_changes.retrieve_invoice(invoice_id)
    except Conflict as error:
        raise NotFound("No existe esa factura.") from error
    if customer is None or invoice.customer_id != customer.stripe_customer_id:
        raise NotFound("No existe esa factura.")
    return invoice


def refundable(customer_id: int, invoice_id: str) -> int:
    """How much of an invoice can be given back, in cents. Raises NotFound, Unavailable."""
    invoice = _own(customer_id, invoice_id)
    paid = stripe_accounts.settled(invoice_id)
    return 0 if paid.payment_intent is None else invoice.amount_cents - paid.refunded_cents


def refund(customer_id: int, invoice_id: str, amount: str, reason: str, note: str, *, by: str) -> None:
    """Gives back `amount`, as typed, of a paid invoice. Raises Invalid, NotFound, Conflict, Unavailable."""
    invoice = _own(customer_id, invoice_id)
    cents = currencies.parse(amount, invoice.currency)
    paid = stripe_accounts.settled(invoice_id)
    if paid.payment_intent is None:
        raise Conflict("Esta factura no se pagó con tarjeta: devuelve el dinero por donde llegó.", code="not_by_card")
    left = invoice.amount_cents - paid.refunded_cents
    if cents is None or not 0 < cents <= left:
        most = currencies.written(left, invoice.currency)
        raise Invalid([FieldProblem("amount", "amount", f"Escribe un importe de hasta {most}.")])
    if reason not in REFUND_REASONS:
        raise Invalid([FieldProblem("reason", "reason", "Elige por qué.")])
    stripe_accounts.refund(paid.payment_intent, cents, reason, paid.refunded_cents, note)
    _record(customer_id, by, "invoice.refund", invoice=invoice_id, cents=cents, reason=reason, note=note[:LONGEST])


def mark_paid(customer_id: int, invoice_id: str, evidence: str, *, by: str) -> None:
    """An open invoice was paid by transfer; `evidence` says how that is known. What follows from paying follows now.

    Raises Invalid, NotFound, Conflict, Unavailable.
    """
    text = evidence.strip()
    if not SHORTEST_EVIDENCE <= len(text) <= LONGEST:
        raise Invalid([FieldProblem("evidence", "required", "Escribe la referencia de la transferencia.")])
    invoice = _own(customer_id, invoice_id)
    if invoice.status != "open":
        raise Conflict("Esta factura ya no está por pagar.", code="not_open")
    stripe_accounts.mark_paid(invoice_id, text)
    with database.transaction() as session:
        try:
            subscription = mirror.locked(session, mirror.current(session, customer_id).id or 0)
        except NotFound:
            subscription = None
        if subscription is not None:
            mirror.refresh(session, subscription)
    _record(customer_id, by, "invoice.mark_paid", invoice=invoice_id, evidence=text)


def make_invoice(customer_id: int, words: str, amount: str, currency: str, days: int, *, by: str) -> InvoiceView:
    """Asks a customer for something beside the subscription. Raises Invalid, NotFound, Unavailable."""
    with database.reading() as session:
        customer = session.get(Customer, customer_id)
    if customer is None or customer.stripe_customer_id is None:
        raise NotFound("Este cliente no está en Stripe.")
    cents = currencies.parse(amount, currency)
    wrong = []
    if not words.strip() or len(words) > LONGEST:
        wrong.append(FieldProblem("words", "required", "Escribe por qué se cobra."))
    if not cents:
        wrong.append(FieldProblem("amount", "amount", f"Escribe un importe en {currency}."))
    if currency not in currencies.SOLD_IN:
        wrong.append(FieldProblem("currency", "currency", "Elige la moneda."))
    if not 1 <= days <= 90:
        wrong.append(FieldProblem("days", "days", "De 1 a 90 días."))
    if wrong or not cents:
        raise Invalid(wrong)
    key = f"alta-invoice-{customer_id}-{uuid.uuid4().hex}"
    made = stripe_accounts.make_invoice(customer.stripe_customer_id, words.strip(), cents, currency, days, key)
    _record(customer_id, by, "invoice.make", invoice=made.id, cents=cents, currency=currency)
    return made


def by_transfer(customer_id: int, days: int | None, *, by: str) -> None:
    """Sends invoices that are paid by transfer within so many days, or (None) charges the card again. Raises NotFound,
    Conflict, Unavailable."""
    with database.transaction() as session:
        subscription = mirror.locked(session, mirror.current(session, customer_id).id or 0)
        stripe_accounts.bill_by_transfer(subscription.stripe_subscription_id or "", days)
        mirror.refresh(session, subscription)
    _record(customer_id, by, "subscription.by_transfer" if days else "subscription.by_card", days=days)


def _record(customer_id: int, by: str, action: str, **more: object) -> None:
    with database.transaction() as session:
        audit.record(session, actor=by, action=action, target=f"customer:{customer_id}", **more)
