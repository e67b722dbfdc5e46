"""What we ask Stripe for: pure builders of parameters and idempotency keys from our rows."""

from typing import Any

from domain.models import Customer, Plan, Price, Subscription, Tenant
from domain.settings import settings
from domain.stripe_views import EXTRA

Parameters = dict[str, Any]
EU = frozenset(
    ["AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
     "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"]
)  # fmt: skip


def key(kind: str, row: Customer | Subscription, *more: object) -> dict[str, str]:
    """Options with an idempotency key that a second try after a crash makes again.

    The row's birth tells apart two databases that use one Stripe account (numbers begin at 1 in each).
    """
    parts = ["alta", kind, row.id, int(row.created_at.timestamp()), *more]
    return {"idempotency_key": "-".join(str(part) for part in parts)}


def customer(row: Customer) -> Parameters:
    """Stripe's customer for ours; invoices and letters of Stripe's in Spanish."""
    return {
        "name": row.company,
        "email": row.email,
        "address": {"country": row.country},
        "preferred_locales": ["es"],
        "tax_exempt": "reverse" if reverse_charged(row) else "none",
        "metadata": {"alta_customer": str(row.id), "full_name": row.full_name[:500]},
    }


def reverse_charged(row: Customer) -> bool:
    """Whether the buyer pays the VAT: a business with a VAT id in another country of the EU than ours (art. 196 of
    Directive 2006/112/EC)."""
    ours = settings().operator_country.upper()
    return bool(row.tax_id) and {ours, row.country} <= EU and ours != row.country


def checkout(order: Subscription, customer: Customer, price: Price, tenant: Tenant, trial_days: int = 0) -> Parameters:
    """A Checkout session for an order. No date of expiry: it would differ in a second try with the same key."""
    names = {"alta_subscription": str(order.id), "alta_tenant": str(tenant.id), "subdomain": tenant.subdomain}
    base = settings().app_url.rstrip("/")
    bought: Parameters = {"metadata": names}
    if trial_days:
        bought["trial_period_days"] = trial_days
    if rates := settings().tax_rates_of(customer.country):
        bought["default_tax_rates"] = rates
    more: Parameters = {"allow_promotion_codes": True} if settings().promotion_codes else {}
    if settings().stripe_tax:
        more |= {"automatic_tax": {"enabled": True}, "customer_update": {"address": "auto"}}
    return {
        **more,
        "mode": "subscription",
        "customer": customer.stripe_customer_id,
        "client_reference_id": str(customer.id),
        "line_items": [{"price": price.stripe_price_id, "quantity": order.people}],
        "success_url": f"{base}/success?session_id={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{base}/signup?cancelado=1",
        "locale": "es",
        "metadata": names,
        "subscription_data": bought,
    }


def product_id(plan: Plan) -> str:
    """What a plan or an extra is called at Stripe, where its lines are told apart by it."""
    return f"{EXTRA if plan.kind == 'extra' else 'alta_'}{plan.code}"


def product(plan: Plan) -> Parameters:
    """A plan's product, under an id of our choosing, so that it is never made twice."""
    made: Parameters = {"id": product_id(plan), "name": plan.name, "metadata": {"alta_plan": plan.code}}
    return {**made, "description": plan.summary} if plan.summary else made


def price(plan: Plan, row: Price, product_id: str) -> Parameters:
    """A price that takes its lookup key over from the one it replaces: amounts never change at Stripe."""
    return {
        "product": product_id,
        "unit_amount": row.amount_cents,
        "currency": row.currency.lower(),
        "recurring": {"interval": row.interval},
        "lookup_key": row.lookup_key,
        "transfer_lookup_key": True,
        "metadata": {"alta_plan": plan.code},
    }
