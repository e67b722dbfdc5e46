"""Customers and their tax ids."""

from domain.sandbox.store import Document


def address(given: Document | None) -> Document | None:
    """An address with every part, null where it was not given."""
    if not given:
        return None
    return {part: given.get(part) or None for part in ("city", "country", "line1", "line2", "postal_code", "state")}


def customer(identifier: str, created: int, given: Document) -> Document:
    """A new customer from the parameters of its creation."""
    text = {name: given.get(name) or None for name in ("name", "email", "phone", "description", "business_name")}
    return {
        "id": identifier,
        "object": "customer",
        **text,
        "address": address(given.get("address")),
        "balance": given.get("balance") or 0,
        "cash_balance": None,
        "created": created,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "discount": None,
        "individual_name": given.get("individual_name") or None,
        "invoice_credit_balance": {},
        "invoice_prefix": identifier[-8:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": given.get("metadata") or {},
        "next_invoice_sequence": 1,
        "preferred_locales": given.get("preferred_locales") or [],
        "shipping": None,
        "tax_exempt": given.get("tax_exempt") or "none",
        "test_clock": given.get("test_clock"),
    }


def tax_id(identifier: str, created: int, customer_id: str, kind: str, value: str) -> Document:
    """A tax id of a customer; its country is the first half of its type (`es_cif` -> ES, `eu_vat` by its value)."""
    country = value[:2] if kind == "eu_vat" else kind[:2]
    return {
        "id": identifier,
        "object": "tax_id",
        "country": country.upper(),
        "created": created,
        "customer": customer_id,
        "customer_account": None,
        "livemode": False,
        "owner": {
            "account": None,
            "application": None,
            "customer": customer_id,
            "customer_account": None,
            "type": "customer",
        },
        "type": kind,
        "value": value,
        "verification": {"status": "unavailable", "verified_address": None, "verified_name": None},
    }
