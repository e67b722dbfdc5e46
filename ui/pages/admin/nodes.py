"""/admin/nodes: whether each node answers, how full it is, what waits for it, and what may be done with it."""

from fastapi import Request
from nicegui import ui

from domain import node_actions
from domain.node_actions import NodeAction
from domain.reports import nodes
from domain.reports.nodes import NodeRow
from ui import live
from ui.auth import Identity
from ui.components.button import button
from ui.components.empty import empty_html
from ui.components.field import field
from ui.components.heading import heading, text
from ui.components.named import named
from ui.live import off_loop
from ui.pages.admin import node_form
from ui.pages.admin.console import act, console
from ui.pages.admin.node_html import card_html


@ui.page("/admin/nodes")
async def nodes_page(request: Request) -> None:
    """A card a node, live."""
    identity: Identity = request.state.identity
    async with console(request, "Nodos", "Nodos", action=node_form.button_for(identity)):
        board = Board(identity)

        async def show() -> None:
            board.show(await off_loop(nodes.every))

        await show()
        live.follow(["node", "tenant", "job"], show, pace=1.0)
        ui.timer(15, show, immediate=False)


class Board:
    """The cards; one is made again only when its node's actions change, and written again when its facts do."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._place = ui.element("div").classes("cols-2")
        self._made: tuple[object, ...] = ()
        self._cards: dict[int, ui.html] = {}

    def show(self, rows: list[NodeRow]) -> None:
        """The nodes as they are now."""
        made = tuple(
            (row.id, row.state, row.key_alarm is None, _stopped(row), row.capacity, row.concurrency) for row in rows
        )
        if made != self._made or not rows:
            self._made = made
            self._place.clear()
            with self._place:
                if not rows:
                    ui.html(empty_html("Aún no hay nodos", _EMPTY), sanitize=False)
                self._cards = {row.id: self._card(row) for row in rows}
        for row in rows:
            html = card_html(row)
            if self._cards[row.id].content != html:
                self._cards[row.id].set_content(html)

    def _card(self, row: NodeRow) -> ui.html:
        with named(ui.element("section").classes("card stack"), row.name):
            card = ui.html("", sanitize=False)
            if self._identity.may("nodes.operate"):
                with ui.row().classes("row wrapping"):
                    for action in node_actions.offered(row.state, row.key_alarm, stopped=_stopped(row)):
                        look = "danger" if action.dangerous else "plain"
                        button(action.title, lambda a=action: self._confirm(a, row), look=look, small=True)
                    button("Límites", lambda: self._limits(row), small=True)
        return card

    def _confirm(self, action: NodeAction, row: NodeRow) -> None:
        with ui.dialog(value=True) as dialog, ui.element("div").classes("stack").style("--gap:14px;width:480px"):
            heading(f"{action.title}: {row.name}", 2)
            text(action.warning, "muted")

            async def do() -> None:
                if await act(self._identity, "nodes.operate", node_actions.perform, row.id, action.name):
                    dialog.close()

            with ui.row().classes("row").style("justify-content:flex-end"):
                button("Volver", dialog.close)
                button(action.title, do, look="danger" if action.dangerous else "primary")
        dialog.on("hide", dialog.delete)

    def _limits(self, row: NodeRow) -> None:
        with ui.dialog(value=True) as dialog, ui.element("div").classes("stack").style("--gap:14px;width:480px"):
            heading(f"Límites de {row.name}", 2)
            number = "inputmode=numeric maxlength=5"
            capacity = field("Instancias como máximo", value=str(row.capacity), attributes=number)
            at_once = field("Trabajos a la vez", value=str(row.concurrency), attributes=number,
                            help_text="De cada worker. Al unirse se midió con cuántos rinde más.")  # fmt: skip

            async def do() -> None:
                room, jobs = (int(one.value) if one.value.isdigit() else -1 for one in (capacity, at_once))
                if await act(
                    self._identity, "nodes.operate", node_actions.limit, row.id, capacity=room, concurrency=jobs
                ):
                    dialog.close()

            with ui.row().classes("row").style("justify-content:flex-end"):
                button("Volver", dialog.close)
                button("Guardar", do, look="primary")
        dialog.on("hide", dialog.delete)


def _stopped(row: NodeRow) -> bool:
    return row.drain is not None and row.drain.stopped is not None


_EMPTY = "Añade un host Proxmox. El de la configuración (NODE_HOST) aparece al arrancar un worker."
