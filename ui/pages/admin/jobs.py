"""/admin/jobs: what runs, what waits, what was done."""

from fastapi import Request
from nicegui import ui

from domain.reports import jobs
from ui import live
from ui.components import state_badge
from ui.components.data_table import Column, DataTable, Page, Query
from ui.pages.admin import words
from ui.pages.admin.console import console

COLUMNS = [
    Column("title", "Trabajo", kind="link"),
    Column("state", "Estado", kind="badge"),
    Column("note", "Nota", on_phone=False),
    Column("node", "Nodo", on_phone=False),
    Column("by", "Pedido por", on_phone=False),
    Column("when", "Pedido", kind="number", on_phone=False),
    Column("seconds", "Duración", kind="number", on_phone=False),
]
STATUS_OPTIONS = {status: state_badge.words(status, "job")[0] for status in jobs.STATUSES}


@ui.page("/admin/jobs")
async def jobs_page(request: Request, status: str = "") -> None:
    """The table, running jobs first; it reads its page again when a job changes."""
    async with console(request, "Trabajos", "Trabajos"):
        table = DataTable(
            COLUMNS,
            load,
            label="Trabajos",
            search="Nombre de la instancia",
            filters={"status": ("Estado: todos", STATUS_OPTIONS)},
            chosen={"status": status} if status in STATUS_OPTIONS else {},
            empty=("No hay trabajos así", "Cada alta, suspensión o cambio aparece aquí mientras se hace."),
        )
        live.follow(["job"], table.refresh)


def load(query: Query) -> Page:
    """One page of rows."""
    found = jobs.page(
        jobs.Filter(text=query.search, status=query.filters.get("status") or None, number=query.page, size=query.size)
    )
    return Page([row_of(row) for row in found.rows], found.total)


def row_of(row: jobs.JobRow) -> dict[str, object]:
    """A job as a row of a table."""
    note = row.error or row.waiting_reason or ""
    return {
        "id": row.id,
        "href": f"/admin/jobs/{row.id}",
        "title": row.title,
        "state": state_badge.cell(row.status, "job"),
        "note": note if len(note) <= 60 else note[:59] + "…",
        "node": row.node or "–",
        "by": row.requested_by,
        "when": words.when(row.created_at),
        "seconds": words.lasted(row.seconds),
    }
