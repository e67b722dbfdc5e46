"""Buttons: verbs, one primary a page."""

from collections.abc import Callable
from html import escape
from typing import Any

from nicegui import ui


def button(
    words: str,
    on_click: Callable[..., Any] | None = None,
    *,
    look: str = "plain",
    small: bool = False,
    wide_on_phone: bool = False,
) -> ui.button:
    """A button; `look`: primary, plain, danger, link. `.props("loading")` shows that it works."""
    classes = f"btn {look}{' s' if small else ''}{' wide-s' if wide_on_phone else ''}"
    return ui.button(words, on_click=on_click, color=None).props("unelevated no-caps").classes(classes)


def link_html(words: str, href: str, *, look: str = "plain", small: bool = False, new_tab: bool = False) -> str:
    """A link that looks like a button, as HTML; both arguments are escaped. Only http(s), mailto and own paths."""
    safe = href if href.startswith(("/", "#", "?", "http://", "https://", "mailto:")) else "#"
    tab = ' target="_blank" rel="noopener"' if new_tab else ""
    size = " s" if small else ""
    return f'<a class="btn {look}{size} wide-s" href="{escape(safe)}"{tab}>{escape(words)}</a>'


def link(words: str, href: str, *, look: str = "plain", small: bool = False, new_tab: bool = False) -> ui.html:
    """A link that looks like a button."""
    html = link_html(words, href, look=look, small=small, new_tab=new_tab)
    return ui.html(html, sanitize=False, tag="span").style("display:contents")
