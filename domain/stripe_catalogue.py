"""Our plans and prices at Stripe: found, made, put right, and compared. Errors as the gateway's.

Amounts never change at Stripe: another amount is another price, and the old one is archived, which leaves it to those
who pay it already.
"""

from dataclasses import dataclass
from typing import Any

from domain import stripe_requests as requests
from domain.errors import Conflict
from domain.models import Plan, Price
from domain.stripe_gateway import api, asking


@dataclass(frozen=True)
class PriceThere:
    """A price as Stripe has it."""

    id: str
    product: str
    amount_cents: int | None
    currency: str
    interval: str | None
    active: bool
    lookup_key: str | None


def publish_price(plan: Plan, price: Price) -> tuple[str, str]:
    """Product and price at Stripe that say what our rows say, found or made. Returns (prod_…, price_…)."""
    with asking("publish_price"):
        product = _product(plan)
        for found in _candidates(price):
            if _terms(found) == (price.amount_cents, price.currency.lower(), price.interval, product):
                if not found.active:  # archived by hand; others pay it, so it must stay the same price
                    api().prices.update(found.id, {"active": True})
                return product, str(found.id)
        return product, str(api().prices.create(requests.price(plan, price, product)).id)


def _candidates(price: Price) -> list[Any]:
    """Prices that may be ours: the one that our row names, then the one with our lookup key."""
    named = []
    if price.stripe_price_id:
        try:
            with asking("retrieve_price"):
                named = [api().prices.retrieve(price.stripe_price_id)]
        except Conflict as error:
            if error.code != "stripe_missing":
                raise
    keyed = api().prices.list({"lookup_keys": [price.lookup_key], "active": True, "limit": 1}).data
    return [*named, *keyed]


def _terms(found: Any) -> tuple[Any, ...]:
    interval = found.recurring.interval if found.recurring else None
    return (found.unit_amount, found.currency, interval, found.product)


def _product(plan: Plan) -> str:
    identifier = plan.stripe_product_id or requests.product_id(plan)
    try:
        with asking("retrieve_product"):
            product = api().products.retrieve(identifier)
    except Conflict as error:
        if error.code != "stripe_missing":
            raise
        return str(api().products.create(requests.product(plan)).id)
    if product.name != plan.name or not product.active:
        api().products.update(identifier, {"name": plan.name, "active": True})
    return str(product.id)


def archive_price(stripe_price_id: str) -> None:
    """Sells a price to nobody else; who pays it goes on paying it. Archived or gone already, nothing happens."""
    try:
        with asking("archive_price"):
            api().prices.update(stripe_price_id, {"active": False})
    except Conflict as error:
        if error.code != "stripe_missing":
            raise


def product_names() -> dict[str, str]:
    """Names of the active products, by id."""
    with asking("product_names"):
        found = api().products.list({"active": True, "limit": 100}).auto_paging_iter()
        return {str(product.id): str(product.name) for product in found}


def every_price() -> list[PriceThere]:
    """All prices of the account, archived ones too."""
    with asking("every_price"):
        return [
            PriceThere(
                str(one.id), str(one.product), one.unit_amount, str(one.currency),
                str(one.recurring.interval) if one.recurring else None, bool(one.active), one.lookup_key,
            )
            for active in (True, False)
            for one in api().prices.list({"active": active, "limit": 100}).auto_paging_iter()
        ]  # fmt: skip
