"""Changing the plan or how often it is paid."""

from html import escape

from nicegui import ui

from domain.plan_offers import Choice
from ui.components.button import button
from ui.components.heading import text
from ui.components.named import named
from ui.components.segment import segment
from ui.pages.tenant.quoting import Quoting, price_words

INTERVALS = {"month": "Cada mes", "year": "Cada año"}


class ChangePlan(Quoting):
    """The plans on sale, by interval."""

    def show(self) -> None:
        """Those that are paid as often as the present one."""
        self._show(self.offer.present.interval)

    def _show(self, interval: str) -> None:
        offered = [one for one in self.offer.choices if one.interval == interval]
        self.place.clear()
        with self.place:
            if len({one.interval for one in self.offer.choices}) > 1:
                segment(INTERVALS, interval, lambda event: self._show(event.value), label="Cada cuánto pagas")
            for one in offered:
                self._choice(one)
            with ui.row().classes("row").style("justify-content:flex-end"):
                button("Dejarlo como está", self.dialog.close)

    def _choice(self, one: Choice) -> None:
        price = price_words(one, self.country)
        with ui.row().classes("card tight row between wrapping"):
            ui.html(f"<span><b>{escape(one.plan)}</b><br><span class='small muted num'>{escape(price)}</span></span>",
                    sanitize=False)  # fmt: skip
            if one.current:
                text("Tu plan de ahora", "small muted")
            else:
                named(button("Elegir", lambda: self._quote(one), small=True), f"Elegir {one.plan}, {price}")

    async def _quote(self, one: Choice) -> None:
        await self.quote(one.price_id, self.offer.people, {}, lambda: self._show(one.interval))
