"""Sessions of the customer portal, and the one configuration that they have."""

from domain.sandbox.store import Document

CONFIGURATION_ID = "bpc_standin"


def session(identifier: str, created: int, given: Document, url: str) -> Document:
    """A portal session of a customer."""
    return {
        "id": identifier,
        "object": "billing_portal.session",
        "after_expiration": None,
        "configuration": CONFIGURATION_ID,
        "created": created,
        "customer": given["customer"],
        "customer_account": None,
        "flow": None,
        "livemode": False,
        "locale": given.get("locale"),
        "on_behalf_of": None,
        "return_url": given.get("return_url") or None,
        "url": url,
    }


def configuration(created: int) -> Document:
    """What the stand-in's portal page can do: cancel at the period's end, change the card, see the invoices."""
    return {
        "id": CONFIGURATION_ID,
        "object": "billing_portal.configuration",
        "active": True,
        "application": None,
        "business_profile": {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None},
        "created": created,
        "default_return_url": None,
        "features": {
            "customer_update": {"allowed_updates": [], "enabled": False},
            "invoice_history": {"enabled": True},
            "payment_method_update": {"enabled": True, "payment_method_configuration": None},
            "subscription_cancel": {
                "cancellation_reason": {"enabled": False, "feedback_options": None, "options": []},
                "enabled": True,
                "mode": "at_period_end",
                "proration_behavior": "none",
            },
            "subscription_pause": {
                "duration": {"interval_options": [], "type": "indefinite"},
                "enabled": False,
            },
            "subscription_update": {
                "billing_cycle_anchor": None,
                "default_allowed_updates": [],
                "enabled": False,
                "products": None,
                "proration_behavior": "none",
                "schedule_at_period_end": {"conditions": []},
                "trial_update_behavior": "end_trial",
            },
        },
        "is_default": True,
        "livemode": False,
        "login_page": {"enabled": False, "url": None},
        "metadata": {},
        "name": None,
        "updated": created,
    }
