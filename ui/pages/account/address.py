"""The address one logs in with, and changing it: both addresses have to agree."""

from nicegui import ui

from domain import email_change
from domain.errors import AltaError, Invalid
from domain.models import EmailChange
from ui import auth
from ui.components.box import Box
from ui.components.button import button, link
from ui.components.field import field
from ui.components.heading import text
from ui.live import off_loop
from ui.pages.account.card import Card


class AddressCard(Card):
    """The address, a change that waits, and the way to a new password."""

    title = "Correo y contraseña"

    async def show(self) -> None:
        """As it is now."""
        waiting = await off_loop(email_change.waiting, self.identity.account_id)
        with self.begin():
            text(self.identity.login, "break")
            if waiting is not None:
                self._waiting(waiting)
            with ui.row().classes("row wrapping"):
                button("Cambiar el correo", self._ask, small=True)
                link("Cambiar la contraseña", "/password/request", small=True)

    def _waiting(self, change: EmailChange) -> None:
        agreed = [
            word for word, at in (("el de ahora", change.old_agreed_at), ("el nuevo", change.new_agreed_at)) if at
        ]
        so_far = f" Ya confirmó {agreed[0]}." if agreed else ""
        text(f"Cambio a {change.login}: espera a que confirmes desde los dos correos.{so_far}", "small muted break")
        with ui.row().classes("row"):
            button("Dejarlo como está", self._forget, small=True)

    def _ask(self) -> None:
        with Box(self.place, "Cambiar el correo", "Escribimos a los dos: el cambio vale cuando confirmes desde ambos. "
                 "Las facturas y tu usuario dentro de Odoo no cambian.") as (box, form):  # fmt: skip
            form["email"] = field("Correo nuevo", kind="email", attributes="inputmode=email maxlength=200")

            async def send() -> None:
                try:
                    who = await auth.proved(self.identity)
                    await off_loop(email_change.ask, who.account_id, form["email"].value, by=who.login)
                except Invalid as error:
                    box.show(error)
                    return
                except AltaError as error:
                    form["email"].wrong(error.message)
                    return
                box.close()
                await self.show()

            box.confirm("Enviar", send)

    async def _forget(self) -> None:
        await self.act(email_change.forget, proof=False)
        await self.show()
