"""Invoice items: what waits for the next invoice."""

from domain.sandbox.store import Document


def invoiceitem(
    identifier: str, moment: int, customer: Document, amount: int, currency: str, description: str
) -> Document:
    """A charge, or a credit where the amount is negative, in the currency's smallest unit."""
    return {
        "id": identifier,
        "object": "invoiceitem",
        "amount": amount,
        "currency": currency,
        "customer": customer["id"],
        "customer_account": None,
        "date": moment,
        "description": description,
        "discountable": True,
        "discounts": [],
        "frozen_fields": None,
        "invoice": None,
        "invoicing_rules": None,
        "livemode": False,
        "metadata": {},
        "net_amount": None,
        "parent": None,
        "period": {"end": moment, "start": moment},
        "pricing": None,
        "proration": False,
        "proration_details": None,
        "quantity": 1,
        "quantity_decimal": "1",
        "tax_rates": [],
        "test_clock": customer["test_clock"],
    }


def proration(item: Document, end: int, subscription: str, subscription_item: str, price: Document) -> Document:
    """The same as a part of a subscription's period, which ends at `end`."""
    return {
        **item,
        "discountable": False,
        "parent": {
            "subscription_details": {"subscription": subscription, "subscription_item": subscription_item},
            "type": "subscription_details",
        },
        "period": {"end": end, "start": item["date"]},
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "proration": True,
        "proration_details": {"credited_items": None, "discount_amounts": []},
    }
