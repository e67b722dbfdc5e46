"""On a tenant's page: whether support may enter its Odoo, the door, and how much of it is used."""

from html import escape

from domain.access import NO_CONSENT, SupportDoor
from domain.formats import day_clock, number
from domain.models import TenantUsage
from ui.handover import door_html
from ui.pages.admin import words

MEGABYTE = 1024**2


def support_html(door: SupportDoor, *, operates: bool, csrf: str) -> str:
    """A card with both; the door is there only for who may use it now."""
    way_in = _door(door, operates=operates, csrf=csrf)
    return (
        '<section class="card stack" aria-label="Uso y soporte"><h2>Uso</h2>'
        f"{words.facts(_usage(door.usage))}<h2>Entrar en su Odoo</h2>{way_in}</section>"
    )


def _usage(usage: TenantUsage | None) -> list[tuple[str, str]]:
    if usage is None or not usage.database_bytes:
        return [("Personas, espacio", "se miden cada hora")]
    return [
        ("Personas activas", number(usage.users)),
        ("Base de datos", f"{number(usage.database_bytes / MEGABYTE)} MB"),
        ("Archivos", f"{number(usage.files_bytes / MEGABYTE)} MB"),
        ("Última entrada en Odoo", words.when(usage.last_login_at)),
        ("Medido", words.when(usage.measured_at)),
    ]


def _door(door: SupportDoor, *, operates: bool, csrf: str) -> str:
    consent = door.consent
    if consent is None:
        return f'<p class="small muted">{escape(NO_CONSENT)}</p>'
    said = (
        f'<p class="small">{escape(consent.given_by)} lo permite hasta el {escape(day_clock(consent.ends_at))} UTC. '
        "Entras como administrador, con un aviso a la vista, hasta 30 minutos cada vez; queda registrado.</p>"
    )
    if not door.running:
        return f'{said}<p class="small muted">Ahora no está en marcha.</p>'
    if door.usage is None or not door.usage.one_click:
        return f'{said}<p class="small muted">Este Odoo no tiene todavía nuestro módulo de acceso.</p>'
    if not operates:
        return said
    action = f"/admin/tenants/{door.tenant_id}/odoo"
    return said + door_html(action, "Entrar como soporte", hidden={"csrf": csrf}, look="plain", small=True)
