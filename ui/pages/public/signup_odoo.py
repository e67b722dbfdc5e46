"""In which language and money the new Odoo works: the country's own, unless somebody says otherwise."""

from domain import formats
from ui.components.field import Field, select_field


class OdooFields:
    """Two choices that follow the country; empty answers mean "as usual there"."""

    def __init__(self, country: str, language: str, currency: str) -> None:
        self.language = select_field("Idioma de tu Odoo", {})
        self.currency = select_field("Moneda de tu Odoo", {})
        self.follow(country, language, currency)

    def follow(self, country: str, language: str = "", currency: str = "") -> None:
        """Offers what this country's Odoo may have, with what was chosen or else the usual one."""
        for each, offered, wish in (
            (self.language, formats.odoo_languages(country) if country else {}, language),
            (self.currency, formats.odoo_currencies(country) if country else {}, currency),
        ):
            value = wish if wish in offered else next(iter(offered), None)
            each.control.set_options(offered, value=value)  # type: ignore[union-attr]
            each.box.set_visibility(bool(offered))

    def fields(self) -> dict[str, Field]:
        """By their names in the order."""
        return {"language": self.language, "currency": self.currency}
