"""Invoices, their lines and their payments."""

from domain.sandbox import ids
from domain.sandbox.objects.blank import nulls
from domain.sandbox.store import Document

_NULLS = nulls("""
account_tax_ids amount_paid_off_stripe application automatically_finalizes_at custom_fields
customer_account default_payment_method default_source description due_date effective_at ending_balance footer
from_invoice hosted_invoice_url invoice_pdf last_finalization_error latest_revision next_payment_attempt number
on_behalf_of receipt_number rendering shipping_cost shipping_details statement_descriptor status_details test_clock
threshold_reason webhooks_delivered_at""")


def invoice(
    identifier: str,
    created: int,
    customer: Document,
    lines: list[Document],
    *,
    currency: str,
    reason: str,
    tax_ids: list[Document],
    business_name: str,
    subscription: Document | None,
) -> Document:
    """A draft invoice. Its sums are written by `totals.write` once its lines have their discounts and taxes."""
    return {
        "id": identifier,
        "object": "invoice",
        **_NULLS,
        **_draft(),
        "account_country": "ES",
        "account_name": business_name,
        "billing_reason": reason,
        "created": created,
        "currency": currency,
        **_billed(customer, tax_ids),
        "collection_method": subscription["collection_method"] if subscription else "charge_automatically",
        "default_tax_rates": subscription["default_tax_rates"] if subscription else [],
        "discounts": list(subscription["discounts"]) if subscription else [],
        "lines": {
            "object": "list",
            "data": lines,
            "has_more": False,
            "url": f"/v1/invoices/{identifier}/lines",
        },
        "parent": _parent(subscription) if subscription else None,
        "period_end": created,
        "period_start": created,
        "test_clock": customer["test_clock"],
    }


def _draft() -> Document:
    """What is the same in every new invoice."""
    return {
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "issuer": {"account": None, "type": "self"},
        "livemode": False,
        "metadata": {},
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "status": "draft",
        "status_transitions": nulls("finalized_at marked_uncollectible_at paid_at voided_at"),
        "total_pretax_credit_amounts": [],
    }


def _billed(customer: Document, tax_ids: list[Document]) -> Document:
    return {
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"],
        "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": [{"type": t["type"], "value": t["value"]} for t in tax_ids],
    }


def _parent(subscription: Document) -> Document:
    return {
        "quote_details": None,
        "subscription_details": {
            "metadata": subscription["metadata"],
            "subscription": subscription["id"],
            "subscription_proration_date": None,
        },
        "type": "subscription_details",
    }


def line(
    invoice_id: str, item: Document, name: str, start: int, end: int, *, trial: bool, metadata: Document
) -> Document:
    """The invoice line of a subscription item for one period; free while the trial lasts."""
    price, quantity = item["price"], item["quantity"]
    amount = 0 if trial else price["unit_amount"] * quantity
    words = f"Periodo de prueba: {name}" if trial else f"{quantity} × {name}"
    return {
        **_line(invoice_id, amount, price["currency"], words),
        "metadata": metadata,
        "parent": _item_parent(item["subscription"], item["id"], None),
        "period": {"end": end, "start": start},
        "pricing": _pricing(price, "0" if trial else price["unit_amount_decimal"]),
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "subscription": item["subscription"],
    }


def line_of(invoice_id: str, waiting: Document) -> Document:
    """The line of an invoice item that waited: a proration, or a charge that was added by hand."""
    details = (waiting["parent"] or {}).get("subscription_details")
    parent: Document = {
        "invoice_item_details": {
            "invoice_item": waiting["id"],
            "proration": False,
            "proration_details": None,
            "subscription": None,
        },
        "subscription_item_details": None,
        "type": "invoice_item_details",
    }
    if details:
        parent = _item_parent(details["subscription"], details["subscription_item"], waiting["id"])
    same = ("discountable", "metadata", "period", "pricing", "quantity", "quantity_decimal")
    return {
        **_line(invoice_id, waiting["amount"], waiting["currency"], waiting["description"]),
        **{name: waiting[name] for name in same},
        "parent": parent,
        "subscription": details["subscription"] if details else None,
    }


def _line(invoice_id: str, amount: int, currency: str, description: str) -> Document:
    return {
        "id": ids.new("il"),
        "object": "line_item",
        "amount": amount,
        "currency": currency,
        "description": description,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice_id,
        "livemode": False,
        "pretax_credit_amounts": [],
        "subtotal": amount,
        "taxes": [],
    }


def _item_parent(subscription: str, item: str, proration: str | None) -> Document:
    return {
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": proration,
            "proration": proration is not None,
            "proration_details": {"credited_items": None},
            "subscription": subscription,
            "subscription_item": item,
        },
        "type": "subscription_item_details",
    }


def _pricing(price: Document, unit_amount: str) -> Document:
    return {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": unit_amount,
    }


def payment(identifier: str, created: int, invoice_document: Document, intent: str) -> Document:
    """The link between an invoice and the payment intent that is to pay it; still open."""
    return {
        "id": identifier,
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": invoice_document["amount_due"],
        "created": created,
        "currency": invoice_document["currency"],
        "invoice": invoice_document["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"charge": None, "payment_intent": intent, "payment_record": None, "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }
