"""API keys as a card: made, shown once, ended. Pages say whose, and what they may be given."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from nicegui import ui

from domain.api_keys import View
from domain.errors import AltaError, Invalid
from domain.formats import day, day_clock
from ui.components.box import Box
from ui.components.button import button
from ui.components.field import field, select_field
from ui.components.heading import heading, text
from ui.components.named import named

DAYS = {"30": "30 días", "90": "90 días", "365": "Un año", "": "Hasta que la termine"}


class KeysCard(ABC):
    """Drawn anew after each act."""

    def __init__(self, offered: Mapping[str, str]) -> None:
        self._offered = offered
        self._card = ui.element("section").classes("card stack").props('aria-label="Claves de API"')

    @abstractmethod
    async def find(self) -> list[View]:
        """The keys as they are now."""

    @abstractmethod
    async def make(self, name: str, scopes: list[str], days: str) -> str:
        """A new one, whole. Raises AltaError."""

    @abstractmethod
    async def end(self, key_id: int) -> None:
        """Ends one. Raises AltaError."""

    async def load(self) -> None:
        """Draws them."""
        found = await self.find()
        self._card.clear()
        with self._card:
            heading("Claves de API", 2, look="h-card")
            text("Para que un programa tuyo hable con el nuestro. Una clave puede lo que le des, y nunca más que tú.",
                 "small muted")  # fmt: skip
            for one in found:
                self._line(one)
            with ui.row().classes("row"):
                button("Crear una clave", self._ask, small=True)

    def _line(self, one: View) -> None:
        with ui.row().classes("row between wrapping"):
            with ui.element("div"):
                text(one.name, "strong")
                until = f"vale hasta el {day(one.expires_at)}" if one.expires_at else "vale hasta que se termine"
                used = f"usada el {day_clock(one.last_used_at)} UTC desde {one.last_address}" if one.last_used_at else (
                    "sin usar todavía"
                )  # fmt: skip
                text(f"{one.prefix}… · {one.by} · {until} · {used}", "small muted break")
                text(", ".join(self._offered.get(scope, scope) for scope in one.scopes), "small muted")
            away = button("Terminar", lambda: self._end(one), look="danger", small=True)
            named(away, f"Terminar {one.name}")

    def _ask(self) -> None:
        with Box(self._card, "Crear una clave", "Se muestra una sola vez.") as (box, form):
            form["name"] = field("Para qué es", attributes="maxlength=60")
            text("Qué podrá hacer", "strong")
            ticks = {scope: ui.checkbox(words) for scope, words in self._offered.items()}
            form["days"] = select_field("Cuánto vale", DAYS, value="90")
            said = text("", "small bad").props("role=alert")

            async def make() -> None:
                chosen = [scope for scope, tick in ticks.items() if tick.value]
                said.set_content("")
                with box.faults():
                    try:
                        key = await self.make(form["name"].value, chosen, form["days"].value)
                    except Invalid as error:
                        said.set_content(" ".join(one.message for one in error.problems if one.field == "scopes"))
                        raise Invalid([one for one in error.problems if one.field != "scopes"]) from error
                    box.close()
                    await self.load()
                    show_secret(self._card, "Tu clave nueva", key)

            box.confirm("Crear", make)

    async def _end(self, one: View) -> None:
        try:
            await self.end(one.id)
        except AltaError as error:
            with self._card:
                ui.notify(error.message)
            return
        await self.load()


def show_secret(place: ui.element, title: str, secret: str) -> None:
    """Something that is shown this once, to be copied."""
    with place, ui.dialog(value=True).props("persistent") as dialog, ui.element("div").classes("stack") as inside:
        inside.style("--gap:14px;width:480px")
        heading(title, 2)
        text("Cópialo ahora: no lo volvemos a mostrar.", "small muted")
        text(secret, "mono codes break one").props("data-secret")
        with ui.row().classes("row wrapping").style("justify-content:flex-end"):
            button("Copiar", lambda: ui.clipboard.write(secret))
            button("Ya lo guardé", dialog.close, look="primary")
    dialog.on("hide", dialog.delete)
