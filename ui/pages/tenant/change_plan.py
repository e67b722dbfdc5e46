"""Changing the plan: choose, see exactly what it costs, confirm. The amounts are Stripe's."""

from collections.abc import Awaitable, Callable
from html import escape

from nicegui import ui

from domain import plan_changes
from domain.errors import AltaError
from domain.formats import long_day, money
from domain.plan_changes import Choice, Quote
from ui import auth
from ui.auth import Identity
from ui.components.button import button
from ui.components.heading import heading, text
from ui.components.problem import problem
from ui.components.segment import segment
from ui.live import off_loop

EVERY = {"month": "al mes", "year": "al año"}
INTERVALS = {"month": "Cada mes", "year": "Cada año"}


class ChangePlan:
    """A dialog; `done` is awaited when something was changed."""

    def __init__(self, identity: Identity, customer_id: int, country: str, done: Callable[[], Awaitable[None]]) -> None:
        self.identity, self.customer_id, self.country, self.done = identity, customer_id, country, done
        self.choices: list[Choice] = []
        # What is said at the end has no place in the dialog, whose buttons are gone by then.
        self.client = ui.context.client
        self.dialog = ui.dialog(value=True).props('aria-label="Cambiar de plan"')
        with self.dialog, ui.element("div").classes("stack").style("--gap:14px;width:520px"):
            heading("Cambiar de plan", 2)
            self.place = ui.element("div").classes("stack").style("--gap:12px")
        self.dialog.on("hide", self.dialog.delete)

    async def load(self) -> None:
        """Asks for the plans on sale and shows them."""
        try:
            self.choices = await off_loop(plan_changes.choices, self.customer_id)
        except AltaError as error:
            self._refused(error.message)
            return
        present = next((one for one in self.choices if one.current), None)
        self._show(present.interval if present else "month")

    def _show(self, interval: str) -> None:
        offered = [one for one in self.choices if one.interval == interval]
        self.place.clear()
        with self.place:
            if len({one.interval for one in self.choices}) > 1:
                segment(INTERVALS, interval, lambda event: self._show(event.value), label="Cada cuánto pagas")
            for one in offered:
                self._choice(one)
            with ui.row().classes("row").style("justify-content:flex-end"):
                button("Dejarlo como está", self.dialog.close)

    def _choice(self, one: Choice) -> None:
        price = f"{money(one.amount_cents, one.currency, self.country)} {EVERY[one.interval]}"
        with ui.row().classes("card tight row between wrapping"):
            ui.html(f"<span><b>{escape(one.plan)}</b><br><span class='small muted num'>{escape(price)}</span></span>",
                    sanitize=False)  # fmt: skip
            if one.current:
                text("Tu plan de ahora", "small muted")
            else:
                button("Elegir", lambda: self._quote(one), small=True).props(f'aria-label="Elegir {one.plan}, {price}"')

    async def _quote(self, one: Choice) -> None:
        self._waiting("Calculando el importe…")
        try:
            quote = await off_loop(plan_changes.quote, self.customer_id, one.price_id)
        except AltaError as error:
            self._refused(error.message)
            return
        self.place.clear()
        with self.place:
            ui.html(quote_html(quote, self.country), sanitize=False)
            verb = "Cambiar y pagar ahora" if quote.now and quote.today_cents else "Cambiar de plan"
            with ui.row().classes("row wrapping").style("justify-content:flex-end"):
                button("Volver", lambda: self._show(one.interval))
                button(verb, lambda: self._confirm(quote), look="primary")

    async def _confirm(self, quote: Quote) -> None:
        self._waiting("Cambiando tu plan…")
        try:
            await auth.allow(self.identity, "owner")
            changed = await off_loop(plan_changes.confirm, self.customer_id, quote.token, self.identity.login)
        except AltaError as error:
            self._refused(error.message)
            return
        with self.client:
            if changed.pay_at:
                ui.navigate.to(changed.pay_at)
                return
            self.dialog.close()
            ui.notify(done_words(quote, self.country), type="positive")
            await self.done()

    def _waiting(self, words: str) -> None:
        self.place.clear()
        with self.place:
            text(words, "muted").props('role="status"')
            ui.html('<div class="skeleton" style="height:96px"></div>', sanitize=False)

    def _refused(self, words: str) -> None:
        self.place.clear()
        with self.place:
            problem("No cambiamos nada.", words, tone="warn")
            with ui.row().classes("row wrapping").style("justify-content:flex-end"):
                button("Cerrar", self.dialog.close)
                button("Ver los planes", self.load, look="primary")


def quote_html(quote: Quote, country: str) -> str:
    """What is paid today, line by line, and what is paid next; all of it escaped."""
    name = f"{quote.choice.plan}, {money(quote.choice.amount_cents, quote.currency, country)}"
    rows = "".join(
        f"<tr><td>{escape(words)}</td><td class='r'>{escape(money(cents, quote.currency, country))}</td></tr>"
        for words, cents in quote.lines
    )
    today = money(quote.today_cents, quote.currency, country)
    upcoming = money(quote.next_cents, quote.currency, country)
    when = f" el {long_day(quote.next_at, country)}" if quote.next_at else ""
    note = ""
    if quote.starts_at is not None:
        note = (
            f"<p class='small muted'>Hasta el {escape(long_day(quote.starts_at, country))} sigues con tu plan de "
            "ahora, que ya está pagado. Puedes deshacer el cambio hasta ese día.</p>"
        )
    credit = sum(cents for _, cents in quote.lines)
    kept = (
        f"<p class='small muted'>Te quedan {escape(money(-credit, quote.currency, country))} a favor para los próximos "
        "cobros.</p>" if credit < 0 else ""
    )  # fmt: skip
    return (
        f"<p><b>{escape(name)} {EVERY[quote.choice.interval]}</b></p>{note}"
        f"<table class='num quote'><caption class='out'>Lo que pagas</caption><tbody>{rows}"
        f"<tr><td><b>Hoy pagas</b></td><td class='r'><b>{escape(today)}</b></td></tr>"
        f"<tr><td>Próximo cobro{escape(when)}</td><td class='r'>{escape(upcoming)}</td></tr></tbody></table>{kept}"
    )


def done_words(quote: Quote, country: str) -> str:
    """What the customer reads once it is done."""
    if quote.starts_at is None:
        return f"Listo: ahora tienes el plan {quote.choice.plan}."
    return f"Listo: el plan {quote.choice.plan} empieza el {long_day(quote.starts_at, country)}."
