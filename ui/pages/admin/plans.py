"""/admin/plans: what is sold, in its order, and where Stripe has it otherwise."""

from html import escape

from fastapi import Request
from nicegui import ui

from domain import catalogue_editor, formats, publishing
from domain.catalogue_editor import Entry
from domain.errors import AltaError
from domain.publishing import Difference
from ui.auth import Identity
from ui.components.button import button, link
from ui.components.empty import empty
from ui.components.heading import heading, text
from ui.components.named import named
from ui.components.problem import problem_html
from ui.components.state_badge import badge_html
from ui.live import off_loop
from ui.pages.admin.console import act, console

PERIODS = {"month": "al mes", "year": "al año"}
_KINDS = {"plan": "Plan", "extra": "Extra"}
ABOUT = (
    "Un precio cambiado es un precio nuevo: quien ya está suscrito sigue con el suyo. Los cambios se guardan aquí y se "
    "publican en Stripe, que es quien cobra."
)


@ui.page("/admin/plans")
async def plans_page(request: Request) -> None:
    """A card a plan; below, what Stripe has otherwise."""
    identity: Identity = request.state.identity

    def action() -> None:
        with ui.row().classes("row wrapping"):
            link("Añadir extra", "/admin/plans/new-extra", small=True)
            link("Añadir plan", "/admin/plans/new", look="primary", small=True)

    async with console(request, "Planes", "Planes", action=action if identity.may("catalogue.edit") else None):
        text(ABOUT, "muted")
        await Board(identity).show()


class Board:
    """The plans and the comparison; drawn anew after each act."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._plans = ui.column().classes("stack").style("width:100%")
        self._drift = ui.element("section").classes("card stack").props('aria-label="Comparación con Stripe"')

    async def show(self) -> None:
        """Reads again and draws."""
        entries = await off_loop(catalogue_editor.entries)
        self._plans.clear()
        with self._plans:
            if not entries:
                empty("Aún no hay planes", "Añade el primero para poder vender.")
            for number, entry in enumerate(entries):
                self._card(entry, first=number == 0, last=number == len(entries) - 1)
        try:
            found = await off_loop(publishing.differences)
        except AltaError as error:
            self._compared(None, error.message)
        else:
            self._compared(found)

    def _card(self, entry: Entry, *, first: bool, last: bool) -> None:
        form = entry.form
        with named(ui.element("section").classes("card stack"), f"{_KINDS[form.kind]} {form.name}"):
            with ui.row().classes("row between wrapping"):
                with ui.row().classes("row wrapping"):
                    heading(form.name, 2)
                    ui.html(_badges(entry), sanitize=False, tag="span")
                if self._identity.may("catalogue.edit"):
                    with ui.row().classes("row"):
                        up = button("Subir", lambda: self._move(form.code, -1), small=True)
                        down = button("Bajar", lambda: self._move(form.code, 1), small=True)
                        named(up, f"Subir {form.name}").set_enabled(not first)
                        named(down, f"Bajar {form.name}").set_enabled(not last)
                        edit = link("Editar", f"/admin/plans/{form.code}", small=True)
                        named(edit, f"Editar {form.name}")
            prices = " · ".join(
                f"{formats.money(cents, currency)} {'por persona ' if form.per_person else ''}{PERIODS[interval]}"
                for (currency, interval), cents in form.prices.items()
            )
            text(prices or "Sin precios", "num")
            text(_facts(entry), "small muted")

    def _compared(self, found: list[Difference] | None, error: str = "") -> None:
        self._drift.clear()
        with self._drift:
            heading("En Stripe", 2)
            if found is None:
                ui.html(problem_html("No se pudo comparar.", error), sanitize=False)
            elif not found:
                ui.html(badge_html("Todo coincide", "ok"), sanitize=False, tag="span")
            else:
                lines = "".join(f"<li><b>{escape(one.plan)}</b>: {escape(one.words)}</li>" for one in found)
                ui.html(f'<ul class="plain-list stack" style="--gap:6px">{lines}</ul>', sanitize=False)
            if found and self._identity.may("catalogue.edit"):
                button("Publicar en Stripe", self._publish).props("no-caps")

    async def _move(self, code: str, places: int) -> None:
        if await act(self._identity, "catalogue.edit", catalogue_editor.move, code, places):
            await self.show()

    async def _publish(self) -> None:
        if await act(self._identity, "catalogue.edit", publish):
            ui.notify("Stripe tiene ahora lo mismo.")
            await self.show()


def publish(*, by: str) -> int:
    """Tells Stripe; nobody's name is kept, since it changes nothing that Alta says. Raises Unavailable."""
    del by
    return publishing.publish()


def _badges(entry: Entry) -> str:
    shown = badge_html("A la venta", "ok") if entry.form.visible else badge_html("Oculto", "")
    kind = badge_html("Extra", "") + " " if entry.form.kind == "extra" else ""
    return kind + shown + (" " + badge_html("Destacado", "info") if entry.form.highlighted else "")


def _facts(entry: Entry) -> str:
    many = "1 suscripción" if entry.subscribers == 1 else f"{formats.number(entry.subscribers)} suscripciones"
    trial = f" · {entry.form.trial_days} días de prueba" if entry.form.trial_days else ""
    return f"{entry.form.code} · {many}{trial}"
