"""Amounts, dates and intervals as a Spanish reader writes them."""

from datetime import UTC, datetime

from babel.dates import format_date
from babel.numbers import format_currency

from domain.sandbox.store import Document

# Stripe's currencies whose smallest unit is the whole one.
_WHOLE = "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf"
_EVERY = {
    "day": ("al día", "días"),
    "week": ("a la semana", "semanas"),
    "month": ("al mes", "meses"),
    "year": ("al año", "años"),
}
STATUS = {
    "active": "activa",
    "trialing": "en periodo de prueba",
    "past_due": "con un pago pendiente",
    "canceled": "cancelada",
    "incomplete": "sin completar",
    "paid": "pagada",
    "open": "pendiente de pago",
    "draft": "borrador",
    "complete": "completada",
    "expired": "caducada",
    "void": "anulada",
    "uncollectible": "incobrable",
    "unpaid": "sin pagar",
    "paused": "en pausa",
    "incomplete_expired": "no completada",
}


def money(amount: int, currency: str) -> str:
    """`2900, "eur"` -> `29,00 €`."""
    value = amount if currency in _WHOLE else amount / 100
    return str(format_currency(value, currency.upper(), locale="es_ES"))


def day(moment: int) -> str:
    """`3 de marzo de 2026`, in UTC."""
    return str(format_date(datetime.fromtimestamp(moment, UTC), "long", locale="es"))


def clock(moment: float) -> str:
    """`03/03/2026 14:05:09`, in UTC."""
    return datetime.fromtimestamp(moment, UTC).strftime("%d/%m/%Y %H:%M:%S")


def every(price: Document) -> str:
    """`al mes`, `cada 3 meses`."""
    interval, count = price["recurring"]["interval"], price["recurring"]["interval_count"]
    one, many = _EVERY[interval]
    return one if count == 1 else f"cada {count} {many}"
