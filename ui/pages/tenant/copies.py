"""Staging copies in the portal: made, visited, done away with."""

from collections.abc import Callable
from html import escape

from nicegui import ui

from domain import staging
from domain.errors import AltaError
from domain.portal_extras import CopyView, Extras
from ui import auth
from ui.auth import Identity
from ui.components.button import button
from ui.components.field import Field, field
from ui.components.heading import heading, text
from ui.components.state_badge import badge_html
from ui.live import off_loop
from ui.pages.tenant.home import WORDS


class CopiesCard:
    """A card that is written anew only when what it shows changed."""

    def __init__(self, identity: Identity, tenant_id: int) -> None:
        self.identity, self.tenant_id = identity, tenant_id
        self._shown: object = self
        self.card = ui.element("section").classes("card stack").props('aria-label="Copia de pruebas"')

    @property
    def may_change(self) -> bool:
        return self.identity.may("odoo.manage")

    def show(self, extras: Extras) -> None:
        """The copies as they are now."""
        now = (extras.copies, extras.may_copy, extras.copies_limit)
        self.card.set_visibility(bool(extras.copies) or not extras.ending)
        if now == self._shown:
            return
        self._shown = now
        self.card.clear()
        with self.card:
            heading("Copia de pruebas", 2, look="h-card")
            text("Una copia con todos tus datos para probar sin miedo. No envía correos ni ejecuta tareas "
                 "programadas, y no cambia nada en el original.", "small muted")  # fmt: skip
            for copy in extras.copies:
                self._row(copy)
            if self.may_change and extras.may_copy:
                with ui.row().classes("row"):
                    button("Crear copia", lambda: self._ask(extras), small=True)
            elif self.may_change and not extras.copies and extras.copies_limit == 0:
                text("Tu plan no incluye copias de pruebas.", "small muted")

    def _row(self, copy: CopyView) -> None:
        word, tone = WORDS.get(copy.state, (copy.state, ""))
        address = escape(copy.url.split("://", 1)[1])
        link = f'<a href="{escape(copy.url)}/web/login" target="_blank" rel="noopener">{address}</a>'
        shown = link if copy.state == "running" else f'<span class="strong">{address}</span>'
        with ui.row().classes("row between wrapping"):
            ui.html(f'<span class="row wrapping break">{shown} {badge_html(word, tone)}</span>', sanitize=False)
            if self.may_change:
                button("Eliminar copia", lambda: self._confirm_end(copy), look="link", small=True)

    def _ask(self, extras: Extras) -> None:
        with ui.dialog(value=True) as dialog, ui.element("div").classes("stack").style("--gap:14px;width:480px"):
            heading("Crear una copia de pruebas", 2)
            text("Tu Odoo sigue en marcha mientras se copia. Los usuarios y contraseñas son los mismos.", "muted")
            name = field("Nombre de la copia", value=extras.proposal, attributes="maxlength=31")
            with ui.row().classes("row").style("justify-content:flex-end"):
                button("Volver", dialog.close)
                button("Crear copia", lambda: self._copy(dialog, name), look="primary")
        dialog.on("hide", dialog.delete)

    async def _copy(self, dialog: ui.dialog, name: Field) -> None:
        try:
            who = await auth.allow(self.identity, "odoo.manage")
            await off_loop(lambda: staging.copy(self.tenant_id, name.value, by=who.login))
        except AltaError as error:
            name.wrong(error.message)
            return
        dialog.close()

    def _confirm_end(self, copy: CopyView) -> None:
        self._dialog(
            f"¿Eliminar {copy.subdomain}?", "Lo que hayas hecho en la copia se pierde. El original no cambia.",
            "Eliminar copia", lambda login: staging.end(self.tenant_id, copy.id, by=login),
        )  # fmt: skip

    def _dialog(self, title: str, words: str, verb: str, act: Callable[[str], object]) -> None:
        async def do() -> None:
            try:
                who = await auth.allow(self.identity, "odoo.manage")
                await off_loop(act, who.login)
            except AltaError as error:
                ui.notify(error.message)
            dialog.close()

        with ui.dialog(value=True) as dialog, ui.element("div").classes("stack").style("--gap:14px;width:480px"):
            heading(title, 2)
            text(words, "muted")
            with ui.row().classes("row").style("justify-content:flex-end"):
                button("Volver", dialog.close)
                button(verb, do, look="danger")
        dialog.on("hide", dialog.delete)
