"""An empty place says what it will show and the one thing to do."""

from html import escape

from nicegui import ui

from ui.components.button import link_html


def empty_html(title: str, words: str, *, action: str = "", href: str = "") -> str:
    """As HTML; everything is escaped."""
    button = link_html(action, href, small=True) if action else ""
    return f'<div class="empty"><h3>{escape(title)}</h3><p class="small">{escape(words)}</p>{button}</div>'


def empty(title: str, words: str, *, action: str = "", href: str = "") -> ui.html:
    """What will be here, and optionally a link to begin."""
    return ui.html(empty_html(title, words, action=action, href=href), sanitize=False)
