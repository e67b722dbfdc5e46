"""An amount where amounts stand: tabular, to the right. `domain.formats.money` writes it."""

from html import escape

from nicegui import ui

from domain import formats


def money_html(cents: int, currency: str, country: str | None = None) -> str:
    """5900, "USD" -> <span class="num">US$ 59,00</span>"""
    return f'<span class="num">{escape(formats.money(cents, currency, country))}</span>'


def money(cents: int, currency: str, country: str | None = None, *, look: str = "") -> ui.html:
    """An amount in minor units, as the reader's country writes it."""
    return ui.html(money_html(cents, currency, country), sanitize=False, tag="span").classes(look)
