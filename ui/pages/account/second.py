"""The second factor: an app with codes, passkeys, recovery codes."""

import segno
from nicegui import ui

from domain import entering, factors, passkeys
from domain.errors import AltaError
from domain.factors import Enrolment, Factors
from domain.formats import day, day_clock
from domain.passkeys import View
from ui import auth
from ui.components import passkey
from ui.components.box import Box
from ui.components.button import button
from ui.components.field import field
from ui.components.heading import heading, text
from ui.components.named import named
from ui.live import off_loop
from ui.pages.account.card import Card

KEEP = "Guárdalos donde no dependan de tu teléfono: cada uno sirve una vez, y no los volvemos a mostrar."


class SecondFactor(Card):
    """What is there, and how to add or take away."""

    title = "Segundo paso"

    async def show(self) -> None:
        """As it is now."""
        has = await off_loop(factors.of, self.identity.account_id)
        keys = await off_loop(passkeys.of, self.identity.account_id)
        with self.begin():
            text("Con un segundo paso, quien sepa tu contraseña no entra. Una llave de acceso sirve además para entrar "
                 "sin contraseña.", "small muted")  # fmt: skip
            self._app(has)
            for one in keys:
                self._key(one)
            with ui.row().classes("row wrapping"):
                if has.app_since is None:
                    button("Poner una aplicación", self._begin_app, small=True)
                if passkeys.possible():
                    button("Añadir una llave de acceso", self._name_key, small=True)
                if has.any:
                    button("Nuevos códigos de recuperación", self._new_codes, small=True)

    def _app(self, has: Factors) -> None:
        if has.app_since is not None:
            with ui.row().classes("row between wrapping"):
                with ui.element("div"):
                    text("Aplicación de códigos", "strong")
                    text(f"Desde el {day(has.app_since)}.", "small muted")
                button("Quitar", self._remove_app, small=True).props('aria-label="Quitar la aplicación de códigos"')
        if has.any:
            left = "Te queda 1 código" if has.codes_left == 1 else f"Te quedan {has.codes_left} códigos"
            text(f"{left} de recuperación.", "small muted" if has.codes_left > 2 else "small warn")

    def _key(self, one: View) -> None:
        with ui.row().classes("row between wrapping"):
            with ui.element("div"):
                text(one.name, "strong")
                used = f"usada el {day_clock(one.last_used_at)} UTC" if one.last_used_at else "sin usar todavía"
                text(f"Llave de acceso desde el {day(one.created_at)}, {used}.", "small muted")
            named(button("Quitar", lambda: self._remove_key(one), small=True), f"Quitar {one.name}")

    async def _begin_app(self) -> None:
        try:
            who = await auth.proved(self.identity)
            begun = await off_loop(factors.begin, who.account_id)
        except AltaError as error:
            with self.place:
                ui.notify(error.message)
            return
        self._ask_first_code(begun)

    def _ask_first_code(self, begun: Enrolment) -> None:
        with Box(self.place, "Poner una aplicación", "Léelo con tu aplicación de códigos: Google Authenticator, Aegis, "
                 "1Password o cualquier otra.") as (box, form):  # fmt: skip
            drawn = segno.make(begun.uri, error="m").svg_inline(border=4, dark="#000", light="#fff", omitsize=True)
            ui.html(drawn, sanitize=False).classes("qr").props('role=img aria-label="Código QR para la aplicación"')
            with ui.element("details"):
                ui.html("¿No puedes leerlo?", sanitize=False, tag="summary").classes("small linked")
                text("Escribe esta clave en la aplicación:", "small muted")
                text(" ".join(begun.secret[i : i + 4] for i in range(0, len(begun.secret), 4)), "mono break")
            form["code"] = field("Código que muestra", autocomplete="one-time-code", attributes="inputmode=numeric")

            async def confirm() -> None:
                with box.faults():
                    who = await auth.still(self.identity)
                    codes = await off_loop(factors.confirm, who.account_id, form["code"].value, by=who.login)
                    box.close()
                    await self._strong(codes)

            box.confirm("Confirmar", confirm)

    def _name_key(self) -> None:
        with Box(self.place, "Añadir una llave de acceso", "El navegador te pide la huella, la cara, el PIN o una "
                 "llave física.") as (box, form):  # fmt: skip
            form["name"] = field("Nombre, para reconocerla", value="Este dispositivo", attributes="maxlength=60")

            async def make() -> None:
                visitor = ui.context.client.request.state.visitor
                with box.faults():
                    who = await auth.proved(self.identity)
                    answer = await passkey.call("make", await off_loop(passkeys.offer, who.account_id, visitor))
                    name = form["name"].value
                    codes = await off_loop(passkeys.keep, who.account_id, visitor, answer, name, by=who.login)
                    box.close()
                    await self._strong(codes)

            box.confirm("Añadir", make)

    async def _strong(self, codes: list[str]) -> None:
        """They have just proved the second factor: this login counts as strong, and what was withheld opens."""
        await off_loop(entering.proved, self.identity, strong=True)
        await self.show()
        if codes:
            self._tell_codes(codes)
        elif self.identity.lacks_factor:
            ui.navigate.to("/login")

    def _tell_codes(self, codes: list[str]) -> None:
        with self.place, ui.dialog(value=True).props("persistent") as dialog, ui.element("div").classes("stack"):
            heading("Tus códigos de recuperación", 2)
            text(KEEP, "small muted")
            ui.html("<br>".join(codes), sanitize=False, tag="p").classes("mono codes")

            def done() -> None:
                dialog.close()
                if self.identity.lacks_factor:
                    ui.navigate.to("/login")

            with ui.row().classes("row wrapping").style("justify-content:flex-end"):
                button("Descargar", lambda: ui.download.content("\n".join(codes) + "\n", "codigos-de-alta.txt"))
                button("Ya los guardé", done, look="primary")

    async def _new_codes(self) -> None:
        codes = await self.act(factors.new_codes)
        if isinstance(codes, list):
            await self.show()
            self._tell_codes(codes)

    async def _remove_app(self) -> None:
        await self.act(factors.remove_app)
        await self.show()

    async def _remove_key(self, one: View) -> None:
        await self.act(passkeys.remove, one.id)
        await self.show()
