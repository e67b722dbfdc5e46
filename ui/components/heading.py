"""Headings as headings: a label is never one."""

from html import escape

from nicegui import ui


def heading(text: str, level: int = 2, *, look: str = "") -> ui.html:
    """An h1, h2 or h3 with `text`, which is escaped; `look` adds a class, as `h-page`."""
    element = ui.html(escape(text), sanitize=False, tag=f"h{level}")
    return element.classes(look) if look else element


def text(words: str, look: str = "") -> ui.html:
    """A paragraph with `words`, which are escaped; `look` are classes as `muted small`."""
    element = ui.html(escape(words), sanitize=False, tag="p")
    return element.classes(look) if look else element
