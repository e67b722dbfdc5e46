"""/admin/blueprints: the templates that new tenants are made from, on each node, and building them."""

from fastapi import Request
from nicegui import ui

from domain import blueprints
from domain.formats import day_clock
from domain.reports import blueprints as report
from domain.reports.blueprints import NodeBlueprints, Row
from ui import live
from ui.auth import Identity
from ui.components.button import button, link
from ui.components.empty import empty
from ui.components.heading import heading, text
from ui.components.named import named
from ui.components.state_badge import badge_html
from ui.live import off_loop
from ui.pages.admin.console import act, console

WORDS = {
    "ready": ("Lista", "ok"),
    "stale": ("De otro Odoo", "warn"),
    "building": ("Construyendo", "info"),
    "failed": ("Falló", "bad"),
    "missing": ("Sin construir", ""),
}
ABOUT = (
    "Un Odoo nuevo se copia de la plantilla de su país; si falta, de la más cercana, y el registro lo dice. Construir "
    "una tarda unos minutos: se prueba aparte y solo entonces sustituye a la anterior."
)


@ui.page("/admin/blueprints")
async def blueprints_page(request: Request) -> None:
    """A card a node, live."""
    async with console(request, "Plantillas", "Plantillas") as page:
        text(ABOUT, "muted")
        place = ui.column().classes("stack").style("width:100%")
        shown: list[NodeBlueprints] | None = None

        async def show() -> None:
            nonlocal shown
            now = await off_loop(report.every)
            if now == shown:
                return
            shown = now
            place.clear()
            with place:
                if not now:
                    empty("Aún no hay nodos", "Las plantillas se construyen en cada nodo.")
                for node in now:
                    _card(node, page.identity)

        await show()
        live.follow(["node", "job"], show, pace=1.0).ask()


def _card(node: NodeBlueprints, identity: Identity) -> None:
    with named(ui.element("section").classes("card stack"), f"Plantillas de {node.node}"):
        with ui.row().classes("row between wrapping"):
            heading(node.node, 2)
            text(f"Odoo {node.odoo}" if node.odoo else "Sin Odoo a la vista", "small muted num")
        for row in node.rows:
            _row(node.node_id, row, identity)


def _row(node_id: int, row: Row, identity: Identity) -> None:
    with ui.row().classes("row between wrapping").style("width:100%"):
        with ui.column().style("gap:2px;flex:1;min-width:240px"):
            text(row.title, "strong")
            text(_said(row), "small muted num")
        with ui.row().classes("row wrapping"):
            ui.html(badge_html(*WORDS[row.state]), sanitize=False, tag="span")
            if row.job_id is not None:
                link("Registro", f"/admin/jobs/{row.job_id}", look="link", small=True)
            if row.state != "building" and identity.may("nodes.operate"):
                words = "Construir" if row.version is None else "Construir otra vez"
                build = button(words, lambda: _build(identity, node_id, row.name), small=True)
                named(build, f"{words}: {row.title}")


def _said(row: Row) -> str:
    if row.version is None or row.built_at is None:
        return row.name
    return (
        f"{row.name}, versión {row.version}, {day_clock(row.built_at)}, Odoo {row.odoo_version}. Probada: {row.tested}."
    )


async def _build(identity: Identity, node_id: int, name: str) -> None:
    if await act(identity, "nodes.operate", blueprints.build, node_id, name):
        ui.notify("La construcción está en cola.")
