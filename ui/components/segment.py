"""A choice of two or three, all in sight."""

from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui

from ui.components.named import named


def segment(
    options: Mapping[str, str], value: str, on_change: Callable[..., Any] | None = None, *, label: str
) -> ui.toggle:
    """`options` maps values to words; `label` is what a screen reader calls the whole."""
    choice = ui.toggle(dict(options), value=value, on_change=on_change)
    choice.props("unelevated no-caps toggle-color=raised toggle-text-color=ink role=group").classes("seg")
    return named(choice, label)
