"""/admin/events: what Stripe told us, and what became of it."""

from html import escape

from fastapi import Request
from nicegui import ui

from domain import reconciling
from domain.models import StripeWalk
from domain.reports import events
from domain.reports.events import Failure
from ui import live
from ui.auth import Identity
from ui.components import state_badge
from ui.components.button import button
from ui.components.data_table import Column, DataTable, Page, Query
from ui.live import off_loop
from ui.pages.admin import words
from ui.pages.admin.console import act, console

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
    async with console(request, "Eventos", "Eventos") as page:
        broken = ui.html("", sanitize=False)
        broken.set_visibility(False)
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
        with ui.row().classes("row wrapping"):
            walked = ui.html("", sanitize=False)
            if page.may("billing.operate"):
                button("Repasar ahora", lambda: _walk(page.identity), small=True)

        async def show() -> None:
            html = failures_html(await off_loop(events.failures))
            broken.set_content(html)
            broken.set_visibility(bool(html))
            walked.set_content(walk_html(await off_loop(events.last_walk)))
            await table.refresh()

        live.follow(["event", "walk"], show).ask()


async def _walk(identity: Identity) -> None:
    ui.notify("Repasando. El resultado aparece aquí.")
    await act(identity, "billing.operate", reconciling.walk_now)


def failures_html(found: list[Failure]) -> str:
    """What failed, by cause; nothing where nothing did."""
    if not found:
        return ""
    items = "".join(
        f'<li><a href="/admin/events/{one.newest_id}">{one.count} × {escape(one.error[:160] or "sin motivo")}</a>, '
        f"la última vez {words.when(one.newest_at)}</li>"
        for one in found
    )
    return (
        '<section class="card bad stack" role="alert"><b>Eventos sin aplicar, por su causa</b>'
        f'<ul class="plain-list stack" style="--gap:4px">{items}</ul></section>'
    )


def walk_html(report: StripeWalk | None) -> str:
    """What the last walk over every subscription found."""
    if report is None or report.ended_at is None:
        return '<p class="small muted">Cada noche se repasan todas las suscripciones de Stripe.</p>'
    if report.error:
        said = f"no terminó: {escape(report.error)}"
    else:
        many = "1 suscripción" if report.looked == 1 else f"{report.looked} suscripciones"
        said = (
            f"{many}, {report.different} con diferencias, {report.healed} corregidas, {report.unknown} ajenas, "
            f"{report.gone} que ya no están en Stripe"
        )
    return f'<p class="small muted">Último repaso de Stripe, {words.when(report.ended_at)}: {said}.</p>'


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
