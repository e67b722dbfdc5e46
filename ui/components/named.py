"""Names that screen readers say."""

from typing import TypeVar

from nicegui import ui

E = TypeVar("E", bound=ui.element)


def named(element: E, words: str) -> E:
    """Gives the element its name, as a value. `.props(f"…")` would read what others chose as more props, and evaluate
    those that begin with a colon."""
    element.props["aria-label"] = words
    return element
