"""Country, and the tax id as that country calls it and makes it."""

from collections.abc import Awaitable, Callable
from typing import Any

from domain import tax_ids
from ui.components.field import field, select_field
from ui.pages.public import countries


class CountryFields:
    """Two fields side by side; the second changes its name with the first."""

    def __init__(self, country: str, tax_id: str, on_change: Callable[[], Awaitable[None]]) -> None:
        self._changed = on_change
        self.country = select_field(
            "País", countries.names(), value=country or None, search=True, on_change=self._chosen
        )
        self.country.control.on("input-value", self._search, throttle=0.1)
        self.tax_id = field(
            "Identificación fiscal",
            value=tax_id,
            optional=True,
            attributes="autocomplete=off maxlength=40",
            on_change=self._typed,
        )
        self.tax_id.control.on("blur", self._left)
        self._name()
        self._judge(leaving=True)

    def _search(self, event: Any) -> None:
        # The select filters by itself, but knows nothing of accents: here "mexico" finds México.
        chosen = self.country.control.value
        options = countries.matching(str(event.args or "")[:60], keep=chosen)
        self.country.control.set_options(options, value=chosen)  # type: ignore[union-attr]

    async def _chosen(self) -> None:
        self.country.calm()
        self._name()
        self._judge(leaving=True)
        await self._changed()

    def _typed(self) -> None:
        self._judge(leaving=False)

    def _left(self) -> None:
        self._judge(leaving=True)

    def _name(self) -> None:
        kind = tax_ids.kind(self.country.value) if self.country.value else None
        self.tax_id.name(kind.label if kind else "Identificación fiscal", optional=True)
        self.tax_id.help_text = f"Por ejemplo, {kind.example}" if kind else ""

    def _judge(self, *, leaving: bool) -> None:
        """Right is said at once; wrong only when leaving the field, for nobody is wrong in the middle of a word."""
        country, value = self.country.value, self.tax_id.value.strip()
        kind = tax_ids.kind(country) if country else None
        if not value or kind is None:
            self.tax_id.calm()
            return
        problem = tax_ids.problem(country, value)
        if problem is None:
            if leaving and (pretty := tax_ids.pretty(country, value)) != self.tax_id.value:
                self.tax_id.set_value(pretty)
            self.tax_id.good(f"{kind.label} válido")
        elif leaving:
            self.tax_id.wrong(problem.message)
        else:
            self.tax_id.calm()
