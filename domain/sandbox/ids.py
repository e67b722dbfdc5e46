"""Identifiers with Stripe's prefixes, and which kind of document a prefix stands for."""

import secrets
import string

_LETTERS = string.ascii_letters + string.digits
KINDS = {
    "cus": "customer",
    "txi": "tax_id",
    "prod": "product",
    "price": "price",
    "cs": "checkout.session",
    "sub": "subscription",
    "si": "subscription_item",
    "in": "invoice",
    "inpay": "invoice_payment",
    "pm": "payment_method",
    "pi": "payment_intent",
    "ch": "charge",
    "bps": "billing_portal.session",
    "bpc": "billing_portal.configuration",
    "evt": "event",
    "clock": "test_helpers.test_clock",
    "promo": "promotion_code",
    "di": "discount",
    "txr": "tax_rate",
    "seti": "setup_intent",
    "re": "refund",
    "dp": "dispute",
    "ii": "invoiceitem",
    "sub_sched": "subscription_schedule",
}


def new(prefix: str, length: int = 24) -> str:
    """A fresh identifier, as `cus_Ab3…`; `cs` gets Stripe's longer form `cs_test_a1…`."""
    random = "".join(secrets.choice(_LETTERS) for _ in range(length))
    return f"cs_test_a1{random}{random[::-1]}" if prefix == "cs" else f"{prefix}_{random}"


def kind(identifier: str) -> str | None:
    """The kind of document an identifier names by its prefix; None for a prefix that the stand-in does not know."""
    return KINDS["sub_sched"] if identifier.startswith("sub_sched_") else KINDS.get(identifier.split("_", 1)[0])
