"""/admin/audit: who did what, to what, from where; for administrators."""

import json
from urllib.parse import urlencode

from fastapi import Request
from nicegui import ui

from domain.formats import day_clock
from domain.reports import audit
from ui.components.button import button
from ui.components.data_table import Column, DataTable, Page, Query
from ui.components.heading import text
from ui.pages.admin.console import console

COLUMNS = [
    Column("at", "Cuándo", kind="number"),
    Column("actor", "Quién", kind="long"),
    Column("action", "Qué"),
    Column("target", "Sobre qué", kind="link"),
    Column("details", "Detalles", kind="long", on_phone=False),
    Column("address", "Desde", on_phone=False),
]
ABOUT = (
    "Se escribe en la misma operación que cada acto. Alta no puede cambiarlo ni borrarlo, y una cadena de sellos "
    "muestra si alguien lo hizo por fuera."
)
PLACES = {noun: f"/admin/{noun}s/" for noun in ("tenant", "customer", "job", "event")}


@ui.page("/admin/audit")
async def audit_page(request: Request) -> None:
    """The table, newest first; all of it as CSV."""
    async with console(request, "Registro", "Registro"):
        text(ABOUT, "muted")
        DataTable(
            COLUMNS,
            load,
            label="Registro",
            search="Persona, tenant:12, dirección o acto",
            empty=("No hay nada así", "Cada acto del equipo y de los clientes aparece aquí."),
            tools=lambda: button("Exportar CSV", lambda: ui.download.from_url(csv_url("")), small=True),
        )


def csv_url(search: str) -> str:
    """Where the entries are to be had as CSV."""
    return "/api/audit.csv" + (f"?{urlencode({'search': search})}" if search else "")


def load(query: Query) -> Page:
    """One page of rows."""
    found = audit.page(audit.Filter(query.search, query.page, query.size))
    return Page([_row(entry) for entry in found.rows], found.total)


def _row(entry: audit.Entry) -> dict[str, object]:
    noun, _, number = entry.target.partition(":")
    href = PLACES[noun] + number if noun in PLACES and number.isdigit() else None
    details = json.dumps(entry.details, ensure_ascii=False, sort_keys=True) if entry.details else ""
    return {
        "id": entry.id,
        "href": href,
        "at": day_clock(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "details": details if len(details) <= 60 else details[:59] + "…",
        "address": entry.address or "–",
    }
