"""How the admin writes what it shows: states, charges, times. Plain functions from data to words."""

import json
from datetime import datetime
from html import escape
from typing import Any

from domain import stripe_gateway
from domain.attention import ago
from domain.formats import clock, day, day_clock, seconds
from domain.reports.tenants import TenantRow
from ui.components import state_badge

STATE_OPTIONS = {
    "running": "En marcha",
    "creating": "Creando",
    "past_due": "Pago pendiente",
    "suspended": "Suspendida",
    "broken": "Con fallo",
    "absent": "Por crear",
    "archived": "Archivada",
    "deleted": "Eliminada",
}
REASONS = {"unpaid": "falta de pago", "operator": "decisión del operador", "quota": "límite del plan"}
ROLES = {"desired": "Deseado", "observed": "Observado"}


def tenant_state(state: str) -> dict[str, str]:
    """A badge cell for a tenant's shown state; `past_due` is the subscription's word."""
    return state_badge.cell(state, "subscription" if state == "past_due" else "tenant")


def badge(state: str, noun: str) -> str:
    """The badge as HTML."""
    if state == "past_due":
        noun = "subscription"
    return state_badge.badge_html(*state_badge.words(state, noun))


def charge(row: TenantRow) -> str:
    """8 dic 2026; vencido 2 d; a dash where nothing will be charged."""
    if row.overdue_days is not None:
        return f"vencido {row.overdue_days} d" if row.overdue_days else "vence hoy"
    return day(row.next_charge_at, row.country) if row.next_charge_at else "–"


def took(row: TenantRow) -> str:
    """0,74 s; … while it is being made; a dash where it never was asked for."""
    if row.ready_seconds is not None:
        return seconds(row.ready_seconds)
    return "…" if row.observed in ("creating", "absent") else "–"


def lasted(value: float | None) -> str:
    """0,82 s, or a dash."""
    return seconds(value) if value is not None else "–"


def when(moment: datetime | None) -> str:
    """hace 3 min, then 8 dic 2026, 14:03."""
    if moment is None:
        return "–"
    passed = (datetime.now(moment.tzinfo) - moment).total_seconds()
    return f"hace {ago(moment)}" if passed < 24 * 3600 else day_clock(moment)


def exactly(moment: datetime | None) -> str:
    """8 dic 2026, 14:03:22 UTC, or a dash."""
    return f"{day(moment)}, {clock(moment)} UTC" if moment else "–"


def stripe_page(kind: str, name: str | None) -> str | None:
    """Where Stripe's dashboard shows an object (`customers`, `subscriptions`, `events`); None where there is none."""
    return stripe_gateway.dashboard_url(kind, name) if name else None


def facts(pairs: list[tuple[str, str]]) -> str:
    """A list of facts as HTML; the values are HTML of ours, escaped where they come from people."""
    return '<dl class="facts num">' + "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in pairs) + "</dl>"


def out(href: str | None, words: str) -> str:
    """A link that leaves, as HTML, or only the words where there is no address."""
    if not href:
        return escape(words)
    return f'<a href="{escape(href)}" target="_blank" rel="noopener">{escape(words)}</a>'


def pretty(document: dict[str, Any]) -> str:
    """JSON for people."""
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=False)
