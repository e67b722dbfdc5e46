"""What staff do with a customer's money at Stripe: give it back, take note of a transfer, ask for it by hand. Errors as
the gateway's; amounts in cents."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain import stripe_views as views
from domain.stripe_gateway import api, asking, pages
from domain.stripe_views import InvoiceView


@dataclass(frozen=True)
class Settled:
    """How an invoice was paid. `payment_intent` None: not by card; `refunded_cents` of its charge."""

    payment_intent: str | None
    refunded_cents: int


@dataclass(frozen=True)
class DisputeView:
    """A payment that its holder contests. `status` is Stripe's word; `due_by`: until when it can be answered."""

    id: str
    amount_cents: int
    currency: str
    reason: str
    status: str
    due_by: datetime | None
    customer_id: str | None


def settled(invoice_id: str) -> Settled:
    """How an invoice was paid, and what of it was given back."""
    with asking("settled"):
        params = {"invoice": invoice_id, "status": "paid", "limit": 1}
        found = [one.to_dict() for one in api().invoice_payments.list(params).data]
        intent = views.identifier((found[0].get("payment") or {}).get("payment_intent")) if found else None
        if intent is None:
            return Settled(None, 0)
        charges = api().charges.list({"payment_intent": intent, "limit": 10}).data
        return Settled(intent, sum(int(charge.amount_refunded or 0) for charge in charges))


def refund(payment_intent: str, amount_cents: int, reason: str, before_cents: int, note: str) -> str:
    """Gives back a part of a payment, of which `before_cents` were given back already. Asked again, it is done once.

    `reason` is Stripe's word. Returns re_….
    """
    params: dict[str, Any] = {"payment_intent": payment_intent, "amount": amount_cents, "reason": reason}
    if note:
        params["metadata"] = {"note": note[:500]}
    key = f"alta-refund-{payment_intent}-{before_cents}-{amount_cents}"
    with asking("refund"):
        return str(api().refunds.create(params, {"idempotency_key": key}).id)


def mark_paid(invoice_id: str, evidence: str) -> InvoiceView:
    """An open invoice was paid outside of Stripe, as by a transfer; `evidence` stays with it."""
    with asking("mark_paid"):
        api().invoices.update(invoice_id, {"metadata": {"paid_by": evidence[:500]}})
        return views.invoice(api().invoices.pay(invoice_id, {"paid_out_of_band": True}).to_dict())


def make_invoice(
    stripe_customer_id: str, words: str, amount_cents: int, currency: str, days_until_due: int, key: str
) -> InvoiceView:
    """An invoice by hand, paid on its page or by transfer. `key` tells two tries from two invoices."""
    with asking("make_invoice"):
        item = {"customer": stripe_customer_id, "amount": amount_cents, "currency": currency.lower(),
                "description": words}  # fmt: skip
        api().invoice_items.create(item, {"idempotency_key": f"{key}-item"})
        params = {
            "customer": stripe_customer_id, "collection_method": "send_invoice", "days_until_due": days_until_due,
            "currency": currency.lower(), "pending_invoice_items_behavior": "include",
        }  # fmt: skip
        made = api().invoices.create(params, {"idempotency_key": f"{key}-invoice"})
        return views.invoice(api().invoices.finalize_invoice(made.id).to_dict())


def bill_by_transfer(subscription_id: str, days_until_due: int | None) -> None:
    """From the next period on invoices are sent and paid by transfer; None: the card is charged again."""
    params: dict[str, Any] = {"collection_method": "charge_automatically"}
    if days_until_due is not None:
        params = {"collection_method": "send_invoice", "days_until_due": days_until_due}
    with asking("bill_by_transfer"):
        api().subscriptions.update(subscription_id, params)


def every_open_invoice() -> Iterator[InvoiceView]:
    """All invoices of the account that are issued and not paid."""
    for page in pages("every_open_invoice", "/v1/invoices", {"status": "open"}):
        yield from (views.invoice(document) for document in page)


def disputes(limit: int = 50) -> list[DisputeView]:
    """The account's newest contested payments."""
    with asking("disputes"):
        found = [one.to_dict() for one in api().disputes.list({"limit": limit, "expand": ["data.charge"]}).data]
    return [
        DisputeView(
            one["id"],
            int(one["amount"]),
            one["currency"],
            one["reason"],
            one["status"],
            views.moment((one.get("evidence_details") or {}).get("due_by")),
            views.identifier(one["charge"].get("customer")) if isinstance(one["charge"], dict) else None,
        )
        for one in found
    ]


@dataclass(frozen=True)
class Address:
    """As invoices print it, without the country."""

    street: str = ""
    city: str = ""
    postal_code: str = ""


def address(stripe_customer_id: str) -> Address:
    """The customer's address at Stripe."""
    with asking("address"):
        found = api().customers.retrieve(stripe_customer_id).to_dict().get("address") or {}
    return Address(found.get("line1") or "", found.get("city") or "", found.get("postal_code") or "")


def write_fiscal(stripe_customer_id: str, company: str, country: str, lines: Address, *, reverse_charge: bool) -> None:
    """Name, address and who pays the VAT, for the invoices to come."""
    place = {"country": country, "line1": lines.street, "city": lines.city, "postal_code": lines.postal_code}
    exempt = "reverse" if reverse_charge else "none"
    with asking("write_fiscal"):
        api().customers.update(stripe_customer_id, {"name": company, "address": place, "tax_exempt": exempt})


def replace_tax_id(stripe_customer_id: str, kind: str | None, value: str) -> None:
    """The customer's one tax id, of Stripe's type `kind`; None: none. Raises Invalid where Stripe refuses its form."""
    with asking("replace_tax_id"):
        if kind:
            api().customers.tax_ids.create(stripe_customer_id, {"type": kind, "value": value})
        for old in api().customers.tax_ids.list(stripe_customer_id, {"limit": 20}).data:
            if not kind or old.value != value:
                api().customers.tax_ids.delete(stripe_customer_id, old.id)
