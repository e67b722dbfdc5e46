"""Where one is logged in, and ending it elsewhere."""

from nicegui import ui

from domain import devices, sessions
from domain.formats import day_clock
from domain.sessions import Login
from ui.components.button import button
from ui.components.heading import text
from ui.components.named import named
from ui.live import off_loop
from ui.pages.account.card import Card


class Sessions(Card):
    """The list, the present one first."""

    title = "Sesiones abiertas"

    async def show(self) -> None:
        """As they are now."""
        found = await off_loop(sessions.of, self.identity.account_id)
        present = self.identity.session_id
        found.sort(key=lambda one: one.session_id != present)
        with self.begin():
            text("Si algo no te suena, ciérralo y cambia tu contraseña.", "small muted")
            for one in found:
                self._line(one, present=one.session_id == present)
            if len(found) > 1:
                with ui.row().classes("row"):
                    button("Cerrar todas las demás", self._end_others, look="danger", small=True)

    def _line(self, one: Login, *, present: bool) -> None:
        words = device(one)
        with ui.row().classes("row between wrapping"):
            with ui.element("div"):
                text(words, "strong")
                where = f"Desde {one.address}, abierta el {day_clock(one.began_at)} UTC"
                seen = "es esta" if present else f"usada el {day_clock(one.seen_at)} UTC"
                text(f"{where}; {seen}.", "small muted")
            if not present:
                named(button("Cerrar", lambda: self._end(one), small=True), f"Cerrar {words}")

    async def _end(self, one: Login) -> None:
        await self.act(sessions.end_one, one.session_id)
        await self.show()

    async def _end_others(self) -> None:
        await self.act(sessions.end_others, self.identity.session_id)
        await self.show()


def device(one: Login) -> str:
    """`Chrome en Windows`; `Programa (API)` for a token."""
    return "Programa (API)" if one.kind == "api" else devices.describe(one.agent)
