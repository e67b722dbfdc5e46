"""What Stripe's events are about, read from what they say; and why those about nothing of ours are only kept."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from domain.stripe_views import identifier

Event = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """Where to look again: ids of Stripe's as far as the event names them, and our own that travel in its metadata.

    `saved_card`: a Checkout session that took a card for later. `occasion` names a letter that this may be one for, and
    `invoice_id` the invoice it would be about.
    """

    checkout_id: str | None = None
    stripe_subscription_id: str | None = None
    stripe_customer_id: str | None = None
    order_id: int | None = None
    customer_id: int | None = None
    saved_card: bool = False
    occasion: str | None = None
    invoice_id: str | None = None


# Types that are told to the customer, by the letter's kind.
OCCASIONS = {
    "invoice.paid": "receipt",
    "invoice.upcoming": "upcoming",
    "invoice.payment_action_required": "action_needed",
    "customer.subscription.trial_will_end": "trial_ending",
}


def _number(text: Any) -> int | None:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 19 else None


def _order(document: Event) -> int | None:
    return _number((document.get("metadata") or {}).get("alta_subscription"))


def _checkout(document: Event) -> Subject:
    return Subject(
        checkout_id=identifier(document),
        stripe_subscription_id=identifier(document.get("subscription")),
        stripe_customer_id=identifier(document.get("customer")),
        order_id=_order(document),
        customer_id=_number(document.get("client_reference_id")),
        saved_card=document.get("mode") == "setup" and document.get("status") == "complete",
    )


def _subscription(document: Event) -> Subject:
    return Subject(
        stripe_subscription_id=identifier(document),
        stripe_customer_id=identifier(document.get("customer")),
        order_id=_order(document),
    )


def _invoice(document: Event) -> Subject:
    details = (document.get("parent") or {}).get("subscription_details") or {}
    return Subject(
        stripe_subscription_id=identifier(details.get("subscription")),
        stripe_customer_id=identifier(document.get("customer")),
        order_id=_order(details),
    )


# Why what begins so is kept and changes nothing here: the first that fits.
ONLY_KEPT = {
    "charge.dispute.": "Un pago disputado: se ve en los cobros del cliente y en el resumen.",
    "charge.refund": "Una devolución: se ve en los cobros del cliente.",
    "refund.": "Una devolución: se ve en los cobros del cliente.",
    "charge.": "Su factura lo dice también.",
    "payment_intent.": "Su factura lo dice también.",
    "invoice_payment.": "Su factura lo dice también.",
    "invoiceitem.": "Lo dice la factura en la que acaba.",
    "customer.deleted": "Alguien borró el cliente en Stripe: el repaso de cada noche dirá si falta algo.",
    "customer.": "Los datos del cliente son los nuestros; Stripe los recibe.",
    "payment_method.": "La tarjeta se lee en Stripe cuando hace falta.",
    "setup_intent.": "Lo dice la sesión que guardó la tarjeta.",
    "product.": "El catálogo es el nuestro; Planes dice si Stripe difiere.",
    "price.": "El catálogo es el nuestro; Planes dice si Stripe difiere.",
    "coupon.": "Los cupones se leen en Stripe.",
    "promotion_code.": "Los cupones se leen en Stripe.",
    "subscription_schedule.": "Lo dice la suscripción que dirige.",
    "test_helpers.": "Un reloj de pruebas de Stripe.",
    "billing_portal.": "La configuración del portal de Stripe.",
}


def why_kept(kind: str) -> str:
    """Why an event of this type changes nothing here."""
    return next((words for beginning, words in ONLY_KEPT.items() if kind.startswith(beginning)), "Alta no lo necesita.")


# What the beginning of an event's type says it is about. Other types are kept and change nothing here.
ABOUT: dict[str, Callable[[Event], Subject]] = {
    "checkout.session.": _checkout,
    "customer.subscription.": _subscription,
    "invoice.": _invoice,
}


def subject(event: Event) -> Subject | None:
    """What an event is about; None for the types that change nothing here."""
    document = (event.get("data") or {}).get("object") or {}
    for beginning, read in ABOUT.items():
        if event["type"].startswith(beginning):
            about, occasion = read(document), OCCASIONS.get(event["type"])
            invoice = identifier(document) if beginning == "invoice." and occasion else None
            return replace(about, occasion=occasion, invoice_id=invoice) if occasion else about
    return None
