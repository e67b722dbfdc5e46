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
    subscription: Document,
    lines: list[Document],
    *,
    reason: str,
    tax_ids: list[Document],
    business_name: str,
) -> Document:
    """A draft invoice of a subscription's lines. Amounts in the currency's smallest unit; no taxes are added."""
    total = sum(line["amount"] for line in lines)
    return {
        "id": identifier,
        "object": "invoice",
        **_NULLS,
        **_draft(),
        "account_country": "ES",
        "account_name": business_name,
        "amount_due": total,
        "amount_remaining": total,
        "billing_reason": reason,
        "created": created,
        "currency": subscription["currency"],
        **_billed(customer, tax_ids),
        "lines": {
            "object": "list",
            "data": lines,
            "has_more": False,
            "url": f"/v1/invoices/{identifier}/lines",
        },
        "parent": _parent(subscription),
        "period_end": created,
        "period_start": created,
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "total": total,
        "total_excluding_tax": total,
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
        "collection_method": "charge_automatically",
        "default_tax_rates": [],
        "discounts": [],
        "issuer": {"account": None, "type": "self"},
        "livemode": False,
        "metadata": {},
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status": "draft",
        "status_transitions": nulls("finalized_at marked_uncollectible_at paid_at voided_at"),
        "total_discount_amounts": [],
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
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
    return {
        "id": ids.new("il"),
        "object": "line_item",
        "amount": amount,
        "currency": price["currency"],
        "description": f"Periodo de prueba: {name}" if trial else f"{quantity} × {name}",
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice_id,
        "livemode": False,
        "metadata": metadata,
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": False,
                "proration_details": {"credited_items": None},
                "subscription": item["subscription"],
                "subscription_item": item["id"],
            },
            "type": "subscription_item_details",
        },
        "period": {"end": end, "start": start},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": "0" if trial else price["unit_amount_decimal"],
        },
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "subscription": item["subscription"],
        "subtotal": amount,
        "taxes": [],
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
