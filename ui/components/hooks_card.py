"""Outgoing webhooks as a card: addresses, what was sent there, sending again. Pages say whose."""

from abc import ABC, abstractmethod
from html import escape

from nicegui import ui

from domain.errors import AltaError
from domain.formats import day_clock
from domain.hooks import KINDS, Sent, View
from ui.components.box import Box
from ui.components.button import button
from ui.components.field import field
from ui.components.heading import heading, text
from ui.components.keys_card import show_secret
from ui.components.named import named
from ui.components.state_badge import badge_html

STATES = {"delivered": ("Llegó", "ok"), "waiting": ("Se intenta", "info"), "failed": ("No llegó", "bad")}


class HooksCard(ABC):
    """Drawn anew after each act."""

    def __init__(self) -> None:
        self._open: int | None = None
        self._card = ui.element("section").classes("card stack").props('aria-label="Avisos a programas"')

    @abstractmethod
    async def find(self) -> list[View]:
        """The addresses as they are now."""

    @abstractmethod
    async def sent(self, endpoint_id: int) -> list[Sent]:
        """What was sent to one."""

    @abstractmethod
    async def add(self, url: str, kinds: list[str]) -> str:
        """A new one; returns its signing secret. Raises AltaError."""

    @abstractmethod
    async def act(self, name: str, number: int) -> None:
        """`remove`, `enable` or `ping` an address, `resend` a delivery. Raises AltaError."""

    async def load(self) -> None:
        """Draws them."""
        found = await self.find()
        log = await self.sent(self._open) if self._open in [one.id for one in found] and self._open else []
        self._card.clear()
        with self._card:
            heading("Avisos a programas", 2, look="h-card")
            text("Le contamos a tu programa lo que pasa, en el momento, por HTTPS y firmado (Standard Webhooks).",
                 "small muted")  # fmt: skip
            for one in found:
                self._line(one)
                if one.id == self._open:
                    self._log(log)
            with ui.row().classes("row"):
                button("Añadir una dirección", self._ask, small=True)

    def _line(self, one: View) -> None:
        with ui.row().classes("row between wrapping"):
            with ui.element("div"):
                badge = badge_html("Apagada", "bad") if one.disabled_at else (
                    badge_html("Falla", "warn") if one.failing_since else badge_html("Activa", "ok")
                )  # fmt: skip
                ui.html(f'<span class="row wrapping break"><b>{escape(one.url)}</b> {badge}</span>', sanitize=False)
                kinds = "; ".join(KINDS.get(kind, kind) for kind in one.kinds) or "Todos los avisos"
                text(f"{kinds}.", "small muted")
            with ui.row().classes("row wrapping"):
                shown = self._open == one.id
                button("Cerrar" if shown else "Envíos", lambda: self._show(None if shown else one.id), small=True)
                if one.disabled_at:
                    button("Encender", lambda: self._do("enable", one.id), small=True)
                else:
                    button("Probar", lambda: self._try(one.id), small=True)
                away = button("Quitar", lambda: self._do("remove", one.id), look="danger", small=True)
                named(away, f"Quitar {one.url}")

    def _log(self, log: list[Sent]) -> None:
        with ui.element("div").classes("stack sunken"):
            if not log:
                text("Todavía no se envió nada.", "small muted")
            for one in log:
                word, tone = STATES[one.state]
                status = f"{one.status} " if one.status else ""
                tries = "1 intento" if one.tries == 1 else f"{one.tries} intentos"
                with ui.row().classes("row between wrapping"):
                    with ui.element("div"):
                        ui.html(f"{escape(KINDS.get(one.kind, one.kind))} {badge_html(word, tone)}", sanitize=False)
                        text(f"{day_clock(one.created_at)} UTC, {tries}. {status}{one.answer[:120]}",
                             "small muted break")  # fmt: skip
                    button("Enviar otra vez", lambda one=one: self._do("resend", one.id), small=True)
            with ui.row().classes("row"):
                button("Ver de nuevo", self.load, small=True)

    def _ask(self) -> None:
        with Box(self._card, "Añadir una dirección", "Le enviamos un JSON firmado por cada aviso.") as (box, form):
            form["url"] = field("Dirección", attributes="inputmode=url maxlength=500",
                                help_text="Como https://mi-empresa.com/avisos.")  # fmt: skip
            text("Qué avisos", "strong")
            text("Sin elegir ninguno, todos.", "small muted")
            ticks = {kind: ui.checkbox(words) for kind, words in KINDS.items() if kind != "ping"}

            async def add() -> None:
                with box.faults():
                    secret = await self.add(form["url"].value, [kind for kind, tick in ticks.items() if tick.value])
                    box.close()
                    await self.load()
                    show_secret(self._card, "El secreto con que se firma", secret)

            box.confirm("Añadir", add)

    async def _show(self, endpoint_id: int | None) -> None:
        self._open = endpoint_id
        await self.load()

    async def _try(self, endpoint_id: int) -> None:
        self._open = endpoint_id
        await self._do("ping", endpoint_id)

    async def _do(self, name: str, number: int) -> None:
        try:
            await self.act(name, number)
        except AltaError as error:
            with self._card:
                ui.notify(error.message)
            return
        await self.load()
