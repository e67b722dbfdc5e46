"""/admin/staff: who may come into this console, and as what."""

from collections.abc import Callable
from typing import Any

from fastapi import Request
from nicegui import ui

from domain import staff_accounts
from domain.capabilities import STAFF_ROLES
from domain.staff_accounts import View
from ui import auth
from ui.auth import Identity
from ui.components.box import Box
from ui.components.button import button
from ui.components.field import field, select_field
from ui.components.heading import text
from ui.components.named import named
from ui.components.state_badge import badge_html
from ui.live import off_loop
from ui.pages.admin import words
from ui.pages.admin.console import act, console

NAMES = {
    "admin": "Administración",
    "operator": "Operación",
    "support": "Soporte",
    "finance": "Finanzas",
    "viewer": "Solo mirar",
}
OFFERED = {role: f"{NAMES[role]}: {about[0].lower()}{about[1:]}" for role, about in STAFF_ROLES.items()}


@ui.page("/admin/staff")
async def staff_page(request: Request) -> None:
    """Everybody; with invitation, role, shutting out and lost factors."""
    identity: Identity = request.state.identity
    async with console(request, "Equipo", "Equipo"):
        board = Board(identity)
        with ui.row():
            button("Invitar a alguien", board.ask, look="primary", small=True)
        board.build()
        await board.show()


class Board:
    """The people as cards."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def build(self) -> None:
        """The place where the cards will stand."""
        self._place = ui.column().classes("stack").style("width:100%")

    async def show(self) -> None:
        """Reads again and draws."""
        found = await off_loop(staff_accounts.everybody)
        self._place.clear()
        with self._place:
            for one in found:
                self._card(one)

    def _card(self, one: View) -> None:
        card = named(ui.element("section").classes("card"), one.login)
        with card, ui.row().classes("row between wrapping"):
            with ui.column().style("gap:2px"):
                text(one.name or one.login, "strong")
                text(f"{one.login}, {NAMES.get(one.role, one.role).lower()}, última entrada: "
                     f"{words.when(one.last_login_at)}", "small muted break")  # fmt: skip
            with ui.row().classes("row wrapping"):
                state = badge_html("Fuera", "bad") if one.disabled_at else ""
                factor = badge_html("Segundo paso", "ok") if one.factor else badge_html("Sin segundo paso", "warn")
                ui.html(f"{state} {factor}", sanitize=False)
                if one.account_id != self._identity.account_id:
                    self._acts(one)

    def _acts(self, one: View) -> None:
        if one.disabled_at is None:
            self._button("Cambiar papel", one, lambda: self._ask_role(one))
            self._button("Dejar fuera", one, lambda: self._do(staff_accounts.shut_out, one.account_id))
        else:
            self._button("Dejar entrar", one, lambda: self._do(staff_accounts.let_in, one.account_id))
        if one.factor:
            self._button("Quitar segundo paso", one, lambda: self._do(staff_accounts.reset_factor, one.account_id))

    @staticmethod
    def _button(verb: str, one: View, on_click: Callable[[], object]) -> None:
        named(button(verb, on_click, small=True), f"{verb}: {one.login}")

    def ask(self) -> None:
        """The dialog for somebody more."""
        with Box(self._place, "Invitar a alguien", "Le llega una carta para crear su contraseña.") as (box, form):
            form["email"] = field("Correo", kind="email", attributes="inputmode=email maxlength=200")
            form["name"] = field("Nombre", attributes="maxlength=80")
            form["role"] = select_field("Papel", OFFERED, value="viewer")

            async def send() -> None:
                given = [form[name].value for name in ("email", "name", "role")]
                with box.faults():
                    who = await auth.allow(self._identity, "staff.manage")
                    await off_loop(lambda: staff_accounts.invite(*given, by=who.login))
                    box.close()
                    await self.show()

            box.confirm("Invitar", send)

    def _ask_role(self, one: View) -> None:
        with Box(self._place, "Cambiar papel", one.login) as (box, form):
            form["role"] = select_field("Papel", OFFERED, value=one.role)

            async def save() -> None:
                box.close()
                await self._do(staff_accounts.change, one.account_id, form["role"].value)

            box.confirm("Guardar", save)

    async def _do(self, function: Callable[..., Any], *given: Any) -> None:
        with self._place:
            done = await act(self._identity, "staff.manage", function, *given)
        if done:
            await self.show()
