"""One figure with its line over time."""

from collections.abc import Sequence
from html import escape

from nicegui import ui


def spark_html(points: Sequence[float]) -> str:
    """A small line; nothing for fewer than two points."""
    if len(points) < 2:
        return ""
    low, high = min(points), max(points)
    span = (high - low) or 1
    step = 120 / (len(points) - 1)
    line = " ".join(f"{index * step:.1f},{29 - 26 * (value - low) / span:.1f}" for index, value in enumerate(points))
    return (
        '<svg viewBox="0 0 120 32" preserveAspectRatio="none" aria-hidden="true">'
        f'<polyline class="spark" points="{line}"/></svg>'
    )


def kpi_html(label: str, value: str, note: str = "", points: Sequence[float] = ()) -> str:
    """As HTML; words are escaped."""
    return (
        f'<span class="small muted">{escape(label)}</span><b>{escape(value)}</b>'
        f'<span class="tiny muted">{escape(note)}</span>{spark_html(points)}'
    )


class Kpi(ui.html):
    """A card with label, figure (already written as the country does), note and line; `show` replaces them."""

    def __init__(self, label: str, value: str = "…", note: str = "", points: Sequence[float] = ()) -> None:
        super().__init__(kpi_html(label, value, note, points), sanitize=False)
        self.label = label
        self.classes("card kpi num")

    def show(self, value: str, note: str = "", points: Sequence[float] = ()) -> None:
        """The figure as it is now."""
        self.set_content(kpi_html(self.label, value, note, points))
