"""More or fewer people and extras, with the plan as it is."""

from nicegui import ui

from domain.formats import money
from domain.plan_offers import MOST_PIECES
from domain.plans import MOST_PEOPLE
from ui.components.button import button
from ui.components.field import Field, field
from ui.pages.tenant.quoting import EVERY, Quoting, price_words

NUMBER = "inputmode=numeric maxlength=5 autocomplete=off"


class ExtendPlan(Quoting):
    """A number for each thing that is counted."""

    def show(self) -> None:
        """The numbers as they are."""
        self._show(self.offer.people, {})

    def _show(self, people: int, wanted: dict[str, int]) -> None:
        present = self.offer.present
        self.place.clear()
        with self.place, ui.element("form").classes("stack").style("--gap:14px").props("novalidate") as form:
            counted: dict[str, tuple[Field, int, int]] = {}
            if present.per_person:
                words = price_words(present, self.country)
                counted[""] = (field("Personas", value=str(people), help_text=words, attributes=NUMBER), 1, MOST_PEOPLE)
            for one in self.offer.extras:
                price = f"{money(one.amount_cents, present.currency, self.country)} {EVERY[present.interval]} cada uno"
                pieces = wanted.get(one.code, one.pieces)
                words = f"{one.summary} {price}".strip()
                made = field(one.name, value=str(pieces), help_text=words, attributes=NUMBER)
                counted[one.code] = (made, 0, MOST_PIECES)
            with ui.row().classes("row wrapping").style("justify-content:flex-end"):
                button("Dejarlo como está", self.dialog.close).props("type=button")
                button("Ver el precio", look="primary").props("type=submit")
        form.on("submit.prevent", lambda: self._ask(counted))

    async def _ask(self, counted: dict[str, tuple[Field, int, int]]) -> None:
        numbers: dict[str, int] = {}
        for name, (one, least, most) in counted.items():
            one.calm()
            word = one.value.strip()
            if word.isascii() and word.isdigit() and least <= int(word) <= most:
                numbers[name] = int(word)
            else:
                one.wrong(f"Escribe un número de {least} a {most}.")
        if len(numbers) < len(counted):
            next(one for name, (one, _, _) in counted.items() if name not in numbers).focus()
            return
        people = numbers.pop("", self.offer.people)
        await self.quote(self.offer.present.price_id, people, numbers, lambda: self._show(people, numbers))
