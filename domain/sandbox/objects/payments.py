"""Payment methods, payment intents and charges."""

from dataclasses import dataclass

from domain.sandbox.objects.blank import nulls
from domain.sandbox.objects.customers import address
from domain.sandbox.store import Document

_INTENT_NULLS = nulls("""
amount_details application application_fee_amount automatic_payment_methods canceled_at
cancellation_reason customer_account excluded_payment_method_types hooks last_payment_error latest_charge
managed_payments next_action on_behalf_of payment_details payment_method payment_method_configuration_details
payment_record presentment_details processing receipt_email review shipping source statement_descriptor
statement_descriptor_suffix transfer_data transfer_group""")
_SETUP_NULLS = nulls("""
application attach_to_self automatic_payment_methods cancellation_reason customer_account description
excluded_payment_method_types flow_directions last_setup_error latest_attempt managed_payments mandate next_action
on_behalf_of payment_method_configuration_details payment_method_options single_use_mandate""")
_CHARGE_NULLS = nulls("""
application application_fee application_fee_amount authorization_code balance_transaction
failure_balance_transaction failure_code failure_message level3 on_behalf_of presentment_details
receipt_email receipt_number review shipping source source_transfer statement_descriptor
statement_descriptor_suffix transfer transfer_data transfer_group""")
_CHARGE_CARD_NULLS = nulls("""
authorization_code capture_before description electronic_commerce_indicator iin installments
issuer mandate moto network_transaction_id regulated_status setup_credential_usage stored_credential_usage
three_d_secure transaction_link_id wallet""")


@dataclass(frozen=True)
class Card:
    """What a buyer typed, checked. Only the last four digits are ever kept."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int
    holder: str
    decline: str | None = None
    """Stripe's decline code for test cards that are refused at once."""
    declines_later: bool = False
    """The card can be saved, but every later charge is refused."""
    asks: str | None = None
    """When the bank wants to see the customer: `once` (as the card is saved or first charged), `always`."""
    disputed: bool = False
    """Its holder contests each charge at their bank."""


def _checks() -> Document:
    return {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"}


def payment_method(identifier: str, created: int, card: Card, customer: Document) -> Document:
    """A saved card of a customer."""
    return {
        "id": identifier,
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": {
            "address": address(customer["address"]) or address({"country": None}),
            "email": customer["email"],
            "name": card.holder,
            "phone": None,
            "tax_id": None,
        },
        "card": {
            "brand": card.brand,
            "checks": _checks(),
            "country": "US",
            "description": None,
            "display_brand": card.brand,
            "exp_month": card.exp_month,
            "exp_year": card.exp_year,
            "fingerprint": f"fp{card.brand}{card.last4}",
            "funding": "credit",
            "generated_from": None,
            "iin": None,
            "issuer": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": created,
        "customer": customer["id"],
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "radar_options": {"session": None},
        "type": "card",
    }


def setup_intent(identifier: str, created: int, customer: str, method: str, metadata: Document) -> Document:
    """A card kept for later without a charge; done."""
    return {
        "id": identifier,
        "object": "setup_intent",
        **_SETUP_NULLS,
        "allowed_payment_method_types": ["card"],
        "client_secret": f"{identifier}_secret_standin",
        "created": created,
        "customer": customer,
        "livemode": False,
        "metadata": metadata,
        "payment_method": method,
        "payment_method_types": ["card"],
        "status": "succeeded",
        "usage": "off_session",
    }


def payment_intent(identifier: str, created: int, amount: int, currency: str, customer: str) -> Document:
    """A new payment intent, waiting for a payment method. Amount in the currency's smallest unit."""
    return {
        "id": identifier,
        "object": "payment_intent",
        **_INTENT_NULLS,
        "allowed_payment_method_types": ["card"],
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "capture_method": "automatic",
        "client_secret": f"{identifier}_secret_standin",
        "confirmation_method": "automatic",
        "created": created,
        "currency": currency,
        "customer": customer,
        "description": "Subscription creation",
        "livemode": False,
        "metadata": {},
        "payment_method_options": {"card": _card_options()},
        "payment_method_types": ["card"],
        "setup_future_usage": "off_session",
        "status": "requires_payment_method",
    }


def _card_options() -> Document:
    names = "capture_method installments mandate_options network setup_credential_usage stored_credential_usage"
    return {**nulls(names), "request_three_d_secure": "automatic"}


def charge(identifier: str, created: int, intent: Document, method: Document, failure: str | None) -> Document:
    """The charge of an intent on a card; `failure` is Stripe's decline code."""
    amount, card = intent["amount"], method["card"]
    document: Document = {
        "id": identifier,
        "object": "charge",
        **_CHARGE_NULLS,
        "amount": amount,
        "amount_captured": 0 if failure else amount,
        "amount_refunded": 0,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "ALTA",
        "captured": not failure,
        "created": created,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "fraud_details": {"stripe_report": None, "user_report": None},
        "livemode": False,
        "metadata": {},
        "outcome": _outcome(failure),
        "paid": not failure,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"card": _charged_card(card, amount), "type": "card"},
        "radar_options": {"session": None},
        "receipt_url": None,
        "refunded": False,
        "status": "failed" if failure else "succeeded",
    }
    if failure:
        document.update(failure_code="card_declined", failure_message="Your card was declined.")
    return document


def _charged_card(card: Document, amount: int) -> Document:
    same = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    return {
        **_CHARGE_CARD_NULLS,
        **{name: card[name] for name in same},
        "amount_authorized": amount,
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
    }


def _outcome(failure: str | None) -> Document:
    return {
        "advice_code": "do_not_try_again" if failure else None,
        "network_advice_code": None,
        "network_decline_code": "05" if failure else None,
        "network_status": "declined_by_network" if failure else "approved_by_network",
        "reason": failure,
        "risk_level": "normal",
        "risk_score": 20,
        "rule": None,
        "seller_message": "The bank returned a decline." if failure else "Payment complete.",
        "type": "issuer_declined" if failure else "authorized",
    }


def card_error(charge_document: Document, method: Document, decline_code: str) -> Document:
    """The `last_payment_error` of an intent whose charge was declined."""
    names = "network_advice_code param payment_intent request_log_url setup_intent source"
    return {
        **nulls(names),
        "advice_code": "do_not_try_again",
        "charge": charge_document["id"],
        "code": "card_declined",
        "decline_code": decline_code,
        "doc_url": "https://stripe.com/docs/error-codes/card-declined",
        "message": "Your card was declined.",
        "network_decline_code": "05",
        "payment_method": method,
        "payment_method_type": "card",
        "type": "card_error",
    }
