"""Refunds and disputes."""

from domain.sandbox.objects.blank import nulls
from domain.sandbox.store import Document

_REFUND_NULLS = nulls("""
balance_transaction customer_account description failure_balance_transaction failure_reason instructions_email
next_action pending_reason presentment_details receipt_number source_transfer_reversal transfer_reversal""")
_EVIDENCE_NULLS = nulls("""
access_activity_log appeal billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal
customer_communication customer_email_address customer_name customer_purchase_ip customer_signature
duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt
refund_policy refund_policy_disclosure refund_refusal_explanation service_date service_documentation shipping_address
shipping_carrier shipping_date shipping_documentation shipping_tracking_number uncategorized_file uncategorized_text""")
NETWORK_CODES = {"fraudulent": "10.4", "product_not_received": "13.1", "subscription_canceled": "13.2"}


def refund(identifier: str, created: int, charge: Document, amount: int, given: Document) -> Document:
    """Money on its way back for a charge."""
    return {
        "id": identifier,
        "object": "refund",
        **_REFUND_NULLS,
        "amount": amount,
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": given.get("metadata") or {},
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": given.get("reason"),
        "status": "succeeded",
    }


def dispute(identifier: str, created: int, charge: Document, reason: str) -> Document:
    """A charge contested by the holder of the card; the seller has a fortnight to answer."""
    return {
        "id": identifier,
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**_EVIDENCE_NULLS, "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": created + 14 * 86400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "network_reason_code": NETWORK_CODES.get(reason),
        "payment_intent": charge["payment_intent"],
        "payment_method_details": None,
        "reason": reason,
        "status": "needs_response",
    }
