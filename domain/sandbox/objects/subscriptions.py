"""Subscriptions and their items."""

import calendar
from datetime import UTC, datetime, timedelta

from domain.sandbox import ids
from domain.sandbox.objects import catalogue
from domain.sandbox.objects.blank import nulls
from domain.sandbox.store import Document

_NULLS = nulls("""
application application_fee_percent billing_cycle_anchor_config billing_thresholds cancel_at canceled_at
customer_account default_payment_method default_source description ended_at latest_invoice
managed_payments next_pending_invoice_item_invoice on_behalf_of pause_collection pending_invoice_item_interval
pending_setup_intent pending_update presentment_details schedule status_details transfer_data
trial_end trial_start""")
_CARD_OPTION_NULLS = {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
_OPTIONS = nulls("""
acss_debit bancontact billie blik customer_balance konbini payto pix sepa_debit upi
us_bank_account""")


def period_end(start: int, interval: str, count: int) -> int:
    """When a period that starts at `start` ends: the same day of the month later, or the month's last day."""
    begin = datetime.fromtimestamp(start, UTC)
    if interval in {"day", "week"}:
        return int((begin + timedelta(days=count * (7 if interval == "week" else 1))).timestamp())
    months = begin.month - 1 + count * (12 if interval == "year" else 1)
    year, month = begin.year + months // 12, months % 12 + 1
    day = min(begin.day, calendar.monthrange(year, month)[1])
    return int(begin.replace(year=year, month=month, day=day).timestamp())


def subscription(
    identifier: str, created: int, customer: Document, lines: list[tuple[Document, int]], given: Document
) -> Document:
    """A new subscription to (price, quantity) lines.

    `given`: what Checkout's `subscription_data` or the API says. Status `trialing` with a trial, else `incomplete`
    until the first invoice is paid.
    """
    trial_days = given.get("trial_period_days") or 0
    trial_end = given.get("trial_end") or (created + trial_days * 86400 if trial_days else None)
    items = [item(identifier, created, price, quantity, trial_end) for price, quantity in lines]
    return {
        "id": identifier,
        "object": "subscription",
        **_NULLS,
        **_plain(),
        "billing_cycle_anchor": trial_end or created,
        "created": created,
        "currency": lines[0][0]["currency"],
        "customer": customer["id"],
        "collection_method": given.get("collection_method") or "charge_automatically",
        "days_until_due": given.get("days_until_due"),
        "description": given.get("description") or None,
        "items": {
            "object": "list",
            "data": items,
            "has_more": False,
            "url": f"/v1/subscription_items?subscription={identifier}",
        },
        "metadata": given.get("metadata") or {},
        "start_date": created,
        "status": "trialing" if trial_end else "incomplete",
        "test_clock": customer["test_clock"],
        "trial_end": trial_end,
        "trial_settings": {
            "end_behavior": {
                "billing_cycle_anchor": None,
                "missing_payment_method": _at_trial_end(given),
            }
        },
        "trial_start": created if trial_end else None,
    }


def _at_trial_end(given: Document) -> str:
    behavior = (given.get("trial_settings") or {}).get("end_behavior") or {}
    return str(behavior.get("missing_payment_method", "create_invoice"))


def _plain() -> Document:
    """What is the same in every new subscription."""
    return {
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible", "updated_at": None},
        "billing_schedules": [],
        "cancel_at_period_end": False,
        "cancellation_details": no_cancellation(),
        "default_tax_rates": [],
        "discounts": [],
        "invoice_settings": {
            "account_tax_ids": None,
            "custom_fields": None,
            "description": None,
            "footer": None,
            "issuer": {"account": None, "type": "self"},
        },
        "livemode": False,
        "payment_settings": {
            "payment_method_options": {**_OPTIONS, "card": _CARD_OPTION_NULLS},
            "payment_method_types": ["card"],
            "save_default_payment_method": "off",
        },
    }


def item(subscription_id: str, created: int, price: Document, quantity: int, trial_end: int | None) -> Document:
    """One line of a subscription; its first period is the trial, or one interval of the price."""
    recurring = price["recurring"]
    return {
        "id": ids.new("si", 14),
        "object": "subscription_item",
        "billed_until": None,
        "billing_thresholds": None,
        "created": created,
        "current_period_end": trial_end or period_end(created, recurring["interval"], recurring["interval_count"]),
        "current_period_start": created,
        "current_trial": None,
        "discounts": [],
        "metadata": {},
        "plan": catalogue.plan(price),
        "price": price,
        "quantity": quantity,
        "subscription": subscription_id,
        "tax_rates": [],
    }


def no_cancellation() -> Document:
    """The cancellation details of a subscription that nobody cancelled."""
    return {"comment": None, "feedback": None, "feedback_option": None, "reason": None}
