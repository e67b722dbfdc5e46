"""On a tenant's page: what will happen to a customer who owes, and when; more time, or a pause."""

from html import escape

from nicegui import ui

from domain import dunning
from domain.dunning import Outlook
from domain.errors import AltaError
from domain.formats import day_clock, number
from ui import auth
from ui.auth import Identity
from ui.components.button import button
from ui.components.heading import heading, text
from ui.live import off_loop

MORE_DAYS = 7


class DunningCard:
    """Nothing where nothing is owed."""

    def __init__(self, identity: Identity, tenant_id: int, *, operates: bool) -> None:
        self.identity, self.tenant_id, self.operates = identity, tenant_id, operates
        self._shown: Outlook | None = None
        self.card = ui.element("section").classes("card stack").props('aria-label="Cobro pendiente"')
        self.card.set_visibility(False)

    async def load(self) -> None:
        """As it is now."""
        found = await off_loop(dunning.outlook, self.tenant_id)
        self.card.set_visibility(found is not None)
        if found == self._shown or found is None:
            self._shown = found
            return
        self._shown = found
        self.card.clear()
        with self.card:
            self._show(found)

    def _show(self, found: Outlook) -> None:
        heading("Cobro pendiente", 2)
        text(_words(found), "small muted")
        ui.html(steps_html(found), sanitize=False)
        if not self.operates:
            return
        with ui.row().classes("row wrapping"):
            button(f"Dar {MORE_DAYS} días más", self._give, small=True)
            if found.paused:
                button("Seguir con los avisos", lambda: self._pause(wanted=False), small=True)
            else:
                button("Parar los avisos", lambda: self._pause(wanted=True), small=True)

    async def _give(self) -> None:
        if self._shown:
            await self._do(dunning.give_time, self._shown.subscription_id, MORE_DAYS)

    async def _pause(self, *, wanted: bool) -> None:
        if self._shown:
            await self._do(dunning.pause, self._shown.subscription_id, wanted)

    async def _do(self, act: "object", *args: object) -> None:
        try:
            by = (await auth.allow(self.identity, "billing.operate")).login
            await off_loop(lambda: act(*args, by=by))  # type: ignore[operator]
        except AltaError as error:
            ui.notify(error.message, type="warning")
            return
        await self.load()


def _words(found: Outlook) -> str:
    grace = f" Tiene {number(found.grace_days)} días de margen." if found.grace_days else ""
    if found.paused:
        return f"Debe desde el {day_clock(found.since)} UTC. Los avisos están parados: no se hace nada.{grace}"
    return f"Debe desde el {day_clock(found.since)} UTC. Si paga, todo esto se detiene solo.{grace}"


def steps_html(found: Outlook) -> str:
    """Each step with its date; those that were taken say when."""
    rows = "".join(
        f"<tr><td>{escape(one.step.words)}</td><td class='r'>{escape(day_clock(one.done_at or one.at))} UTC</td>"
        f"<td class='r muted'>{'Hecho' if one.done_at else 'En pausa' if found.paused else 'Previsto'}</td></tr>"
        for one in found.steps
    )
    return f"<table class='num quote'><caption class='out'>Lo que va a pasar</caption><tbody>{rows}</tbody></table>"
