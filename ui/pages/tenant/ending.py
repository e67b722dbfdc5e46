"""Asking for the Odoo to be deleted: the plan ends with its period, and staff confirm before anything goes."""

from nicegui import ui

from domain import wishes
from domain.errors import AltaError
from domain.formats import long_day
from domain.portal_extras import Extras
from ui import auth
from ui.auth import Identity
from ui.components.button import button
from ui.components.field import Field, field
from ui.components.heading import heading, text
from ui.live import off_loop


class EndingCard:
    """Only for the owner; nothing where the Odoo is at its end already."""

    def __init__(self, identity: Identity, tenant_id: int, country: str) -> None:
        self.identity, self.tenant_id, self.country = identity, tenant_id, country
        self._shown: object = self
        self.card = ui.element("section").classes("card stack").props('aria-label="Eliminar mi Odoo"')

    def show(self, extras: Extras) -> None:
        """The wish as it stands."""
        owner = self.identity.may("odoo.end")
        self.card.set_visibility(owner and not extras.ending)
        if extras.deletion_asked_at == self._shown:
            return
        self._shown = extras.deletion_asked_at
        self.card.clear()
        with self.card:
            heading("Eliminar mi Odoo", 2, look="h-card")
            if extras.deletion_asked_at is None:
                text("Cancela el plan y pide que borremos tus datos. Antes de borrar nada te lo confirmamos.",
                     "small muted")  # fmt: skip
                with ui.row().classes("row"):
                    button("Pedir que se elimine", lambda: self._ask(extras.subdomain), look="danger", small=True)
            else:
                day = long_day(extras.deletion_asked_at, self.country)
                text(f"Lo pediste el {day}. Tu Odoo sigue en marcha hasta el final del periodo pagado; después lo "
                     "cerramos y te confirmamos el borrado.", "small")  # fmt: skip
                with ui.row().classes("row"):
                    button("Ya no quiero eliminarlo", self._keep, small=True)
                text("Si también cancelaste el plan, vuelve a activarlo arriba.", "tiny muted")

    def _ask(self, subdomain: str) -> None:
        with ui.dialog(value=True) as dialog, ui.element("div").classes("stack").style("--gap:14px;width:480px"):
            heading("¿Eliminar tu Odoo?", 2)
            text("El plan termina con el periodo que ya pagaste y no habrá más cobros. Después cerramos tu "
                 "Odoo y borramos los datos: no se podrán recuperar. Hasta entonces puedes volver atrás.",
                 "muted")  # fmt: skip
            typed = field(f"Escribe {subdomain} para confirmar")
            with ui.row().classes("row").style("justify-content:flex-end"):
                button("Volver", dialog.close)
                button("Pedir que se elimine", lambda: self._do(dialog, typed), look="danger")
        dialog.on("hide", dialog.delete)

    async def _do(self, dialog: ui.dialog, typed: Field) -> None:
        try:
            who = await auth.allow(self.identity, "odoo.end")
            await off_loop(lambda: wishes.ask_deletion(self.tenant_id, typed=typed.value, by=who.login))
        except AltaError as error:
            typed.wrong(error.message)
            return
        dialog.close()

    async def _keep(self) -> None:
        try:
            who = await auth.allow(self.identity, "odoo.end")
            await off_loop(lambda: wishes.keep(self.tenant_id, by=who.login))
        except AltaError as error:
            ui.notify(error.message)
