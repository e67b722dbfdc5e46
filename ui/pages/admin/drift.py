"""/admin/drift: where Stripe, our rows, the nodes and what visitors get disagree, and one button that puts it right."""

from html import escape
from typing import Any

from fastapi import Request
from nicegui import ui

from domain import drift
from domain.attention import ago
from domain.drift_kinds import KINDS
from domain.errors import AltaError
from domain.formats import number
from domain.reports import drift as report
from ui import live
from ui.components import state_badge
from ui.components.button import button
from ui.components.data_table import Column, DataTable, Page, Query
from ui.components.heading import heading, text
from ui.live import off_loop
from ui.pages.admin.console import Console, act, console

COLUMNS = [
    Column("subject", "Qué"),
    Column("kind", "Diferencia", kind="badge", on_phone=False),
    Column("age", "Desde hace", kind="number", on_phone=False),
    Column("repair", "Reparación", kind="number"),
]
# The reason wraps below the name: it is what one reads first, on a phone too.
SUBJECT = (
    '<q-td :props="props" style="white-space:normal;padding-block:10px">'
    '<a v-if="props.row.href" :href="props.row.href">{{ props.value }}</a>'
    '<span v-else class="strong">{{ props.value }}</span><div class="small muted">{{ props.row.reason }}</div></q-td>'
)
SOURCES = {"stripe": "Suscripciones en Stripe", "node": "Bases en {node}", "web": "Páginas de {node}"}
ACTION = (
    '<q-td :props="props"><button v-if="props.row.button" class="btn plain s" '
    "@click.stop=\"$parent.$emit('repair', props.row)\">{{ props.row.button }}</button>"
    '<a v-else-if="props.row.job" :href="props.row.job">En reparación</a>'
    '<span v-else class="muted small">{{ props.value }}</span></q-td>'
)


@ui.page("/admin/drift")
async def drift_page(request: Request, kind: str = "") -> None:
    """The board, live."""
    async with console(request, "Diferencias", "Diferencias", action=lambda: _compare(request)) as page:
        sources = ui.html(sources_html(await off_loop(report.board)), sanitize=False)
        chosen = {"kind": kind} if kind in KINDS else {}
        table = DataTable(
            COLUMNS,
            lambda query: load(query, operates=page.may("tenants.operate")),
            label="Diferencias",
            search="Nombre de la instancia",
            filters={"kind": ("Todas", {name: one.title for name, one in KINDS.items()})},
            chosen=chosen,
            empty=("Todo concuerda", "Stripe, las filas, los nodos y las páginas dicen lo mismo."),
        )
        table.table.add_slot("body-cell-subject", SUBJECT)
        table.table.add_slot("body-cell-repair", ACTION)
        table.table.on("repair", lambda event: _ask(page, table, event.args))

        async def show() -> None:
            html = sources_html(await off_loop(report.board))
            if html != sources.content:
                sources.set_content(html)
            await table.refresh()

        live.follow(["drift", "job"], show, settle=True, pace=1.0)


def _compare(request: Request) -> None:
    async def ask() -> None:
        if await act(request.state.identity, "tenants.operate", drift.ask):
            ui.notify("Se compara en cuanto un worker lo recoja.")

    if request.state.identity.may("tenants.operate"):
        button("Comparar ahora", ask, look="primary")


async def _ask(page: Console, table: DataTable, row: dict[str, Any]) -> None:
    """Shows what would be done, and does it when that is confirmed."""
    try:
        effect = await off_loop(drift.preview, int(row["id"]))
    except AltaError as error:
        ui.notify(error.message)
        await table.refresh()
        return
    with ui.dialog(value=True) as dialog, ui.element("div").classes("stack").style("--gap:14px;width:480px"):
        heading(f"{row['button']}: {row['subject']}", 2)
        text(str(row["reason"]), "muted")
        text(effect)

        async def do() -> None:
            if await act(page.identity, "tenants.operate", drift.repair, int(row["id"]), effect):
                dialog.close()
            await table.refresh()

        with ui.row().classes("row").style("justify-content:flex-end"):
            button("Volver", dialog.close)
            button(str(row["button"]), do, look="primary")
    dialog.on("hide", dialog.delete)


def load(query: Query, *, operates: bool) -> Page:
    """One page of rows."""
    found = report.page(
        report.Filter(query.search, query.filters.get("kind") or None, number=query.page, size=query.size)
    )
    return Page([row_of(row, operates=operates) for row in found.rows], found.total)


def row_of(row: report.DriftRow, *, operates: bool) -> dict[str, object]:
    """A disagreement as a row of the table."""
    under_way = row.repaired_by is not None
    return {
        "id": row.id,
        "href": f"/admin/tenants/{row.tenant_id}" if row.tenant_id else "",
        "subject": row.subdomain or row.subject.rpartition(":")[2],
        "kind": {"word": row.title, "tone": "info" if under_way else "warn"},
        "reason": row.reason,
        "age": ago(row.first_seen),
        "button": row.button if operates and not under_way else "",
        "job": f"/admin/jobs/{row.repair_job_id}" if row.repair_job_id else "",
        "repair": f"Repara {row.repaired_by}" if under_way else "",
    }


def sources_html(board: report.Board) -> str:
    """Whom the last comparison asked, each with how it went."""
    if board.running:
        when = "Comparando…"
    elif board.waiting:
        when = "Comparación pedida…"
    else:
        when = f"Comparado hace {ago(board.ended_at)}" if board.ended_at else "Aún no se ha comparado"
    items = "".join(_source(source) for source in board.sources)
    return (
        f'<section class="card stack" aria-label="Fuentes"><p class="small muted">{escape(when)}</p>'
        f'<div class="row wrapping">{items}</div></section>'
    )


def _source(source: report.SourceRow) -> str:
    name = SOURCES.get(source.what, source.name).format(node=source.node or "")
    if source.error is None:
        return state_badge.badge_html(f"{name}: {number(source.count)}", "ok")
    return f'{state_badge.badge_html(name, "bad")}<span class="small">{escape(source.error)}</span>'
