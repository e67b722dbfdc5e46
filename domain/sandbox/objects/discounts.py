"""Coupons, the codes that stand for them, and the discounts that they become; tax rates."""

from domain.sandbox.store import Document


def coupon(identifier: str, created: int, given: Document) -> Document:
    """A new coupon: `percent_off`, or `amount_off` in its currency's smallest unit."""
    return {
        "id": identifier,
        "object": "coupon",
        "amount_off": given.get("amount_off"),
        "created": created,
        "currency": given.get("currency"),
        "duration": given.get("duration", "once"),
        "duration_in_months": given.get("duration_in_months"),
        "livemode": False,
        "max_redemptions": given.get("max_redemptions"),
        "metadata": given.get("metadata") or {},
        "name": given.get("name"),
        "percent_off": given.get("percent_off"),
        "redeem_by": given.get("redeem_by"),
        "times_redeemed": 0,
        "valid": True,
    }


def promotion_code(identifier: str, created: int, code: str, given: Document) -> Document:
    """A code that a customer types; `promotion.coupon` is the coupon's id."""
    restrictions = given.get("restrictions") or {}
    return {
        "id": identifier,
        "object": "promotion_code",
        "active": given.get("active", True),
        "code": code,
        "created": created,
        "customer": given.get("customer"),
        "customer_account": None,
        "expires_at": given.get("expires_at"),
        "livemode": False,
        "max_redemptions": given.get("max_redemptions"),
        "metadata": given.get("metadata") or {},
        "promotion": {"coupon": given["promotion"]["coupon"], "type": "coupon"},
        "restrictions": {
            "first_time_transaction": restrictions.get("first_time_transaction", False),
            "minimum_amount": restrictions.get("minimum_amount"),
            "minimum_amount_currency": restrictions.get("minimum_amount_currency"),
        },
        "times_redeemed": 0,
    }


def discount(
    identifier: str, start: int, end: int | None, coupon_id: str, *, subscription: Document, code: str | None
) -> Document:
    """A coupon at work on a subscription, until `end` (seconds since 1970; None: for ever, or for one invoice)."""
    return {
        "id": identifier,
        "object": "discount",
        "checkout_session": None,
        "customer": subscription["customer"],
        "customer_account": None,
        "end": end,
        "invoice": None,
        "invoice_item": None,
        "promotion_code": code,
        "source": {"coupon": coupon_id, "type": "coupon"},
        "start": start,
        "subscription": subscription["id"],
        "subscription_item": None,
    }


def tax_rate(identifier: str, created: int, given: Document) -> Document:
    """A rate: `percentage` of each line, inside its amount (`inclusive`) or on top."""
    percentage = given["percentage"]
    return {
        "id": identifier,
        "object": "tax_rate",
        "active": given.get("active", True),
        "country": given.get("country"),
        "created": created,
        "description": given.get("description"),
        "display_name": given["display_name"],
        "effective_percentage": percentage,
        "flat_amount": None,
        "inclusive": given["inclusive"],
        "jurisdiction": given.get("jurisdiction"),
        "jurisdiction_level": None,
        "livemode": False,
        "metadata": given.get("metadata") or {},
        "percentage": percentage,
        "rate_type": "percentage",
        "state": given.get("state"),
        "tax_type": given.get("tax_type"),
    }
