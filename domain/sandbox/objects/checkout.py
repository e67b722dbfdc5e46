"""Checkout sessions and their line items."""

from domain.sandbox import ids
from domain.sandbox.objects.blank import nulls
from domain.sandbox.store import Document

_NULLS = nulls("""
after_expiration billing_address_collection branding_settings client_secret collected_information consent
consent_collection currency_conversion customer_account customer_creation customer_details excluded_payment_method_types
integration_identifier invoice invoice_creation managed_payments name_collection optional_items origin_context
payment_intent payment_link payment_method_configuration_details permissions presentment_details recovered_from
redirect_on_completion return_url setup_intent shipping_address_collection shipping_cost submit_type subscription
wallet_options""")


def session(
    identifier: str, created: int, given: Document, lines: list[Document], *, url: str, customer: Document | None
) -> Document:
    """An open session. What it comes to is written by `purchase.price`; of mode `setup`, it comes to nothing."""
    buys = given["mode"] == "subscription"
    return {
        "id": identifier,
        "object": "checkout.session",
        **_NULLS,
        **_plain(),
        "allow_promotion_codes": given.get("allow_promotion_codes"),
        "amount_subtotal": 0 if buys else None,
        "amount_total": 0 if buys else None,
        "billing_address_collection": given.get("billing_address_collection"),
        "cancel_url": given.get("cancel_url") or None,
        "client_reference_id": given.get("client_reference_id") or None,
        "created": created,
        "currency": lines[0]["currency"] if buys else given.get("currency"),
        "customer": customer["id"] if customer else None,
        "customer_creation": None if customer else "always",
        "customer_details": details(customer, []) if customer else None,
        "customer_email": given.get("customer_email") or None,
        "expires_at": given["expires_at"],
        "locale": given.get("locale"),
        "metadata": given.get("metadata") or {},
        "mode": given["mode"],
        "payment_method_collection": given.get("payment_method_collection") or "always",
        "payment_status": "unpaid" if buys else "no_payment_required",
        "success_url": given["success_url"],
        "url": url,
    }


def _plain() -> Document:
    """What is the same in every new session."""
    return {
        "adaptive_pricing": {"enabled": False},
        "allowed_payment_method_types": ["card"],
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "custom_fields": [],
        "custom_text": nulls("after_submit shipping_address submit terms_of_service_acceptance"),
        "discounts": [],
        "livemode": False,
        "payment_method_options": {"card": None},
        "payment_method_types": ["card"],
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "tax_id_collection": {"enabled": False, "required": "never"},
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "saved_payment_method_options": {
            "allow_redisplay_filters": ["always"],
            "payment_method_remove": "disabled",
            "payment_method_save": None,
        },
    }


def details(customer: Document, tax_ids: list[Document]) -> Document:
    """What the session shows of its buyer."""
    return {
        "address": customer["address"],
        "business_name": customer["business_name"],
        "email": customer["email"],
        "individual_name": customer["individual_name"],
        "name": customer["name"],
        "phone": customer["phone"],
        "tax_exempt": customer["tax_exempt"],
        "tax_ids": [{"type": t["type"], "value": t["value"]} for t in tax_ids],
    }


def line_item(price: Document, product: Document, quantity: int) -> Document:
    """What is bought: one price, so many times."""
    amount = price["unit_amount"] * quantity
    return {
        "id": ids.new("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": product["name"],
        "discounts": [],
        "metadata": {},
        "price": price,
        "quantity": quantity,
        "taxes": [],
    }
