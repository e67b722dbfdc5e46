"""What it costs: plan, interval, and what is paid today."""

from html import escape

from nicegui import ui

from domain import formats
from domain.plans import MOST_PEOPLE, PlanView
from ui.components.field import field
from ui.components.heading import heading
from ui.components.segment import segment

PERIODS = {"month": ("Mensual", "mensual", "cada mes"), "year": ("Anual", "anual", "cada año")}


class Summary:
    """The card beside the form; `plan` and `interval` are what was chosen."""

    def __init__(self, catalogue: list[PlanView], plan: str, interval: str, country: str, people: str = "1") -> None:
        self._plans = {view.code: view for view in catalogue}
        self.plan, self.interval, self.country = plan, interval, country
        with ui.element("aside").classes("card stack").props('aria-label="Resumen del pedido"'):
            heading("Tu plan", 2).style("font-size:1.0625rem")
            if len(catalogue) > 1:
                segment({view.code: view.name for view in catalogue}, plan, self._choose_plan, label="Plan")
            self._periods = ui.element("div")
            self.people = field(
                "Personas", value=people, attributes="inputmode=numeric maxlength=5 autocomplete=off",
                on_change=self._counted,
            )  # fmt: skip
            self._lines = ui.html("", sanitize=False).props("aria-live=polite").classes("stack").style("--gap:12px")
        self._show()

    def show_in(self, country: str, catalogue: list[PlanView]) -> None:
        """The prices of a country, as it writes them; what was chosen stays chosen where it is still there."""
        self.country = country
        self._plans = {view.code: view for view in catalogue}
        self.plan = self.plan if self.plan in self._plans else catalogue[0].code
        prices = self._plans[self.plan].prices
        self.interval = self.interval if self.interval in prices else next(iter(prices))
        self._show()

    def _choose_plan(self, event: object) -> None:
        self.plan = getattr(event, "value", self.plan) or self.plan
        prices = self._plans[self.plan].prices
        if self.interval not in prices:
            self.interval = next(iter(prices))
        self._show()

    def _choose_interval(self, event: object) -> None:
        self.interval = getattr(event, "value", self.interval) or self.interval
        self._write()

    def _show(self) -> None:
        offered = [each for each in PERIODS if each in self._plans[self.plan].prices]
        self.people.box.set_visibility(self._plans[self.plan].per_person)
        self._periods.clear()
        self._periods.set_visibility(len(offered) > 1)
        if len(offered) > 1:
            with self._periods:
                words = {each: PERIODS[each][0] for each in offered}
                segment(words, self.interval, self._choose_interval, label="Forma de pago")
        self._write()

    def _counted(self) -> None:
        self.people.calm()
        self._write()

    def _number(self) -> int:
        """For how many it is paid; what is not a number counts as one until the form says that it is none."""
        word = self.people.value.strip()
        return int(word) if word.isascii() and word.isdigit() and 1 <= int(word) <= MOST_PEOPLE else 1

    def _write(self) -> None:
        plan = self._plans[self.plan]
        price = plan.prices[self.interval]
        many = self._number() if plan.per_person else 1
        each = escape(formats.money(price.amount_cents, price.currency, self.country or None))
        amount = escape(formats.money(price.amount_cents * many, price.currency, self.country or None))
        counted = f'<p class="tiny muted num">{many} × {each} por persona</p>' if plan.per_person else ""
        _, adjective, every = PERIODS[self.interval]
        today, then = amount, f"Después, {amount} {every}, hasta que canceles."
        if plan.trial_days:
            today = escape(formats.money(0, price.currency, self.country or None))
            then = f"{plan.trial_days} días de prueba. Después, {amount} {every}; si cancelas antes, no pagas nada."
        features = "".join(f"<li>{escape(feature)}</li>" for feature in plan.features)
        self._lines.set_content(
            f'<ul class="ticks">{features}</ul>'
            f'<div class="row between small"><span class="muted">Plan {escape(plan.name)}, {adjective}</span>'
            f'<span class="num">{amount}</span></div>{counted}'
            '<div class="row between" style="border-top:1px solid var(--line);padding-top:12px"><b>Hoy</b>'
            f'<b class="num">{today}</b></div>'
            f'<p class="tiny muted">{then}</p>'
        )
