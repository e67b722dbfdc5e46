"""The address one logs in with, and changing it: both addresses have to agree."""

from nicegui import ui

from domain import accounts, email_change, new_passwords
from domain.errors import AltaError, FieldProblem, Invalid
from domain.models import EmailChange
from ui import auth, visits
from ui.components.box import Box
from ui.components.button import button
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
        proved = await off_loop(accounts.proved, self.identity.account_id)
        with self.begin():
            text(self.identity.login, "break")
            if not proved:
                text("Sin confirmar: hace falta para poner un segundo paso u otra forma de entrar.", "small muted")
            if waiting is not None:
                self._waiting(waiting)
            with ui.row().classes("row wrapping"):
                if not proved:
                    button("Confirmar el correo", self._prove, small=True)
                button("Cambiar el correo", self._ask, small=True)
                button("Cambiar la contraseña", self._ask_password, small=True)

    async def _prove(self) -> None:
        """A link to enter, opened in this browser, proves the address and leaves the password as it is."""
        request = ui.context.client.request
        try:
            who = await auth.still(self.identity)
            visitor = request.state.visitor
            await off_loop(lambda: accounts.ask_link(who.login, visits.address(request), visitor=visitor))
        except AltaError as error:
            words = error.message
        else:
            words = "Te escribimos: abre el enlace en este navegador, en 15 minutos."
        with self.place:
            ui.notify(words)

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
                with box.faults():
                    who = await auth.proved(self.identity)
                    await off_loop(email_change.ask, who.account_id, form["email"].value, by=who.login)
                    box.close()
                    await self.show()

            box.confirm("Enviar", send)

    def _ask_password(self) -> None:
        with Box(self.place, "Cambiar la contraseña", "También cambia la de tu Odoo. Se cierran todas tus sesiones: "
                 "después entras con la nueva.") as (box, form):  # fmt: skip
            complete = {"current": "current-password", "password": "new-password", "again": "new-password"}
            names = {"current": "Contraseña de ahora", "password": "Contraseña nueva", "again": "Repítela"}
            for name, label in names.items():
                form[name] = field(label, kind="password", autocomplete=complete[name], attributes="maxlength=128")
            ui.html('<a href="/password/request">¿No la tienes, o la olvidaste?</a>', sanitize=False).classes("small")

            async def save() -> None:
                given = [form[name].value for name in ("current", "password")]
                with box.faults():
                    if given[1] != form["again"].value:
                        raise Invalid([FieldProblem("again", "mismatch", "Las dos no son iguales.")])
                    who = await auth.still(self.identity)
                    await off_loop(lambda: new_passwords.change_password(who.account_id, *given, by=who.login))
                    ui.navigate.to("/login?next=/account")

            box.confirm("Cambiar", save)

    async def _forget(self) -> None:
        await self.act(email_change.forget, proof=False)
        await self.show()
