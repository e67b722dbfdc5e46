"""/admin/events: what Stripe told us, and what became of it."""

from fastapi import Request
from nicegui import ui

from domain.reports import events
from ui import live
from ui.components import state_badge
from ui.components.data_table import Column, DataTable, Page, Query
from ui.live import off_loop
from ui.pages.admin import words
from ui.pages.admin.console import console

COLUMNS = [
    Column("type", "Evento", kind="link"),
    Column("outcome", "Resultado", kind="badge"),
    Column("about", "Instancia", on_phone=False),
    Column("note", "Nota", on_phone=False),
    Column("attempts", "Intentos", kind="number", on_phone=False),
    Column("received", "Recibido", kind="number", on_phone=False),
]
OUTCOME_OPTIONS = {outcome: state_badge.words(outcome, "event")[0] for outcome in events.OUTCOMES}


@ui.page("/admin/events")
async def events_page(request: Request, outcome: str = "", type: str = "") -> None:  # noqa: A002 - as in addresses
    """The table, newest first."""
    types = await off_loop(events.types)
    async with console(request, "Eventos", "Eventos"):
        table = DataTable(
            COLUMNS,
            load,
            label="Eventos de Stripe",
            search="evt_…, sub_… o cs_… completo",
            filters={
                "outcome": ("Resultado: todos", OUTCOME_OPTIONS),
                "type": ("Tipo: todos", {name: name for name in types}),
            },
            chosen=_chosen(outcome, type, types),
            empty=("No hay eventos así", "Cada aviso de Stripe se guarda aquí, una sola vez."),
        )
        live.follow(["event"], table.refresh)


def _chosen(outcome: str, kind: str, types: list[str]) -> dict[str, str]:
    """The filters that an address asks for, where there are such."""
    chosen = {"outcome": outcome} if outcome in OUTCOME_OPTIONS else {}
    return chosen | ({"type": kind} if kind in types else {})


def load(query: Query) -> Page:
    """One page of rows."""
    found = events.page(
        events.Filter(
            text=query.search,
            outcome=query.filters.get("outcome") or None,
            type=query.filters.get("type") or None,
            number=query.page,
            size=query.size,
        )
    )
    return Page([_row(row) for row in found.rows], found.total)


def _row(row: events.EventRow) -> dict[str, object]:
    note = row.error or row.note or ""
    return {
        "id": row.id,
        "href": f"/admin/events/{row.id}",
        "type": row.type,
        "outcome": state_badge.cell(row.outcome, "event"),
        "about": row.subdomain or row.object_id or "–",
        "note": note if len(note) <= 50 else note[:49] + "…",
        "attempts": str(row.attempts),
        "received": words.when(row.received_at),
    }
