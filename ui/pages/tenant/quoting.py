"""A change of what is paid: see exactly what it costs, then confirm. The amounts are Stripe's."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from html import escape

from nicegui import ui

from domain import plan_changes, plan_offers
from domain.errors import AltaError
from domain.formats import long_day, money
from domain.plan_changes import Quote
from domain.plan_offers import Choice, Offer
from ui import auth
from ui.auth import Identity
from ui.components.button import button
from ui.components.heading import heading, text
from ui.components.named import named
from ui.components.problem import problem
from ui.live import off_loop

EVERY = {"month": "al mes", "year": "al año"}


class Quoting(ABC):
    """A dialog that offers (`show`), quotes and confirms; `done` is awaited when something was changed."""

    def __init__(
        self, title: str, identity: Identity, customer_id: int, country: str, done: Callable[[], Awaitable[None]]
    ) -> None:
        self.identity, self.customer_id, self.country, self.done = identity, customer_id, country, done
        self.offer: Offer
        # What is said at the end has no place in the dialog, whose buttons are gone by then.
        self.client = ui.context.client
        self.dialog = named(ui.dialog(value=True), title)
        with self.dialog, ui.element("div").classes("stack").style("--gap:14px;width:520px"):
            heading(title, 2)
            self.place = ui.element("div").classes("stack").style("--gap:12px")
        self.dialog.on("hide", self.dialog.delete)

    async def load(self) -> None:
        """Asks what is on sale and shows it."""
        try:
            self.offer = await off_loop(plan_offers.offer, self.customer_id)
        except AltaError as error:
            self._refused(error.message)
            return
        self.show()

    @abstractmethod
    def show(self) -> None:
        """What can be chosen."""

    async def quote(self, price_id: int, people: int, extras: Mapping[str, int], back: Callable[[], object]) -> None:
        """What it costs; `back` shows the choice again."""
        self._waiting("Calculando el importe…")
        try:
            quote = await off_loop(plan_changes.quote, self.customer_id, price_id, people, dict(extras))
        except AltaError as error:
            self._refused(error.message)
            return
        self.place.clear()
        with self.place:
            ui.html(quote_html(quote, self.country), sanitize=False)
            verb = "Cambiar y pagar ahora" if quote.now and quote.today_cents else "Confirmar el cambio"
            with ui.row().classes("row wrapping").style("justify-content:flex-end"):
                button("Volver", back)
                button(verb, lambda: self._confirm(quote), look="primary")

    async def _confirm(self, quote: Quote) -> None:
        self._waiting("Haciendo el cambio…")
        try:
            await auth.allow(self.identity, "billing.change")
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
                button("Ver otra vez", self.load, look="primary")


def price_words(one: Choice, country: str) -> str:
    """`59,00 USD al mes`, `12,00 USD por persona al mes`."""
    each = "por persona " if one.per_person else ""
    return f"{money(one.amount_cents, one.currency, country)} {each}{EVERY[one.interval]}"


def quote_html(quote: Quote, country: str) -> str:
    """What is paid today, line by line, and what is paid next; all of it escaped."""
    people = quote.after[0].quantity
    name = f"{quote.choice.plan}, {price_words(quote.choice, country)}"
    if quote.choice.per_person:
        name += f", {plan_offers.people_words(people)}"
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
            f"<p class='small muted'>Hasta el {escape(long_day(quote.starts_at, country))} sigues con lo que tienes "
            "ahora, que ya está pagado. Puedes deshacer el cambio hasta ese día.</p>"
        )
    credit = sum(cents for _, cents in quote.lines)
    kept = (
        f"<p class='small muted'>Te quedan {escape(money(-credit, quote.currency, country))} a favor para los próximos "
        "cobros.</p>" if credit < 0 else ""
    )  # fmt: skip
    return (
        f"<p><b>{escape(name)}</b></p>{note}"
        f"<table class='num quote'><caption class='out'>Lo que pagas</caption><tbody>{rows}"
        f"<tr><td><b>Hoy pagas</b></td><td class='r'><b>{escape(today)}</b></td></tr>"
        f"<tr><td>Próximo cobro{escape(when)}</td><td class='r'>{escape(upcoming)}</td></tr></tbody></table>{kept}"
    )


def done_words(quote: Quote, country: str) -> str:
    """What the customer reads once it is done."""
    if quote.choice.current:
        if quote.starts_at is None:
            return "Listo: ya tienes el cambio."
        return f"Listo: el cambio empieza el {long_day(quote.starts_at, country)}."
    if quote.starts_at is None:
        return f"Listo: ahora tienes el plan {quote.choice.plan}."
    return f"Listo: el plan {quote.choice.plan} empieza el {long_day(quote.starts_at, country)}."
