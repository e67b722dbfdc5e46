"""/account: where one is logged in, and ending it elsewhere; for staff and customers alike."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fastapi import Request
from nicegui import ui

from domain import sessions
from domain.errors import AltaError
from domain.formats import day_clock
from domain.sessions import Login
from ui import auth, theme
from ui.auth import Identity
from ui.components.button import button
from ui.components.heading import heading, text
from ui.live import off_loop

# In this order: Edge and Opera say that they are Chrome, Chrome that it is Safari.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip


@ui.page("/account")
async def account_page(request: Request) -> None:
    """The logins that are open, the present one first."""
    identity: Identity = request.state.identity
    with _frame(identity):
        heading("Tus sesiones", 1)
        text("Dónde está abierta tu cuenta. Si algo no te suena, ciérralo y cambia tu contraseña.", "muted")
        await Sessions(identity).show()


@contextmanager
def _frame(identity: Identity) -> Iterator[None]:
    if identity.staff_role:
        with theme.admin_frame(identity, "", "Tu cuenta"):
            yield
    else:
        with theme.portal_frame(identity, "", "Tu cuenta"):
            yield


class Sessions:
    """The list; drawn anew after each act."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._place = ui.element("section").classes("card stack").props('aria-label="Sesiones abiertas"')

    async def show(self) -> None:
        """As they are now."""
        found = await off_loop(sessions.of, self._identity.account_id)
        present = self._identity.session_id
        found.sort(key=lambda one: one.session_id != present)
        self._place.clear()
        with self._place:
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
                button("Cerrar", lambda: self._end(one), small=True).props(f'aria-label="Cerrar {words}"')

    async def _end(self, one: Login) -> None:
        who = self._identity
        await self._do(lambda: sessions.end_one(one.session_id, account_id=who.account_id, by=who.login))

    async def _end_others(self) -> None:
        who = self._identity
        await self._do(lambda: sessions.end_others(who.session_id, account_id=who.account_id, by=who.login))

    async def _do(self, act: Callable[[], object]) -> None:
        try:
            await auth.still(self._identity)
            await off_loop(act)
        except AltaError as error:
            with self._place:
                ui.notify(error.message)
            return
        await self.show()


def device(one: Login) -> str:
    """`Chrome en Windows`; `Programa (API)` for a token."""
    if one.kind == "api":
        return "Programa (API)"
    browser = next((name for mark, name in BROWSERS if re.search(rf"\b{mark}/", one.agent)), "Navegador")
    system = next((name for mark, name in SYSTEMS if mark in one.agent), "")
    return f"{browser} en {system}" if system else browser
