"""Products, prices, and the old `plan` that subscription items still carry."""

from domain.sandbox.store import Document


def product(identifier: str, created: int, given: Document) -> Document:
    """A new product from the parameters of its creation."""
    return {
        "id": identifier,
        "object": "product",
        "active": given.get("active", True),
        "created": created,
        "default_price": None,
        "description": given.get("description") or None,
        "images": given.get("images") or [],
        "livemode": False,
        "marketing_features": given.get("marketing_features") or [],
        "metadata": given.get("metadata") or {},
        "name": given["name"],
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": given.get("statement_descriptor") or None,
        "tax_code": None,
        "tax_details": None,
        "type": "service",
        "unit_label": given.get("unit_label") or None,
        "updated": created,
        "url": given.get("url") or None,
    }


def price(identifier: str, created: int, product_id: str, given: Document) -> Document:
    """A new price from the parameters of its creation; amounts in the currency's smallest unit."""
    recurring = given.get("recurring")
    if recurring:
        recurring = {
            "interval": recurring["interval"],
            "interval_count": recurring.get("interval_count", 1),
            "meter": None,
            "trial_period_days": None,
            "usage_type": "licensed",
        }
    return {
        "id": identifier,
        "object": "price",
        "active": given.get("active", True),
        "billing_scheme": "per_unit",
        "created": created,
        "currency": given["currency"].lower(),
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": given.get("lookup_key") or None,
        "metadata": given.get("metadata") or {},
        "nickname": given.get("nickname") or None,
        "product": product_id,
        "recurring": recurring,
        "tax_behavior": given.get("tax_behavior") or "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if recurring else "one_time",
        "unit_amount": given["unit_amount"],
        "unit_amount_decimal": str(given["unit_amount"]),
    }


def plan(price_document: Document) -> Document:
    """The same price in the shape of Stripe's older `plan`."""
    recurring = price_document["recurring"]
    same = ("id", "active", "billing_scheme", "created", "currency", "livemode", "metadata", "nickname", "product")
    return {
        **{name: price_document[name] for name in same},
        "object": "plan",
        "amount": price_document["unit_amount"],
        "amount_decimal": price_document["unit_amount_decimal"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "meter": None,
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
