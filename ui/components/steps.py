"""Steps with their real times: done, running, failed, still to do."""

from collections.abc import Sequence
from html import escape
from typing import Protocol

from nicegui import ui

from domain.formats import seconds

LOOK = {
    "done": ("done", "hecho"),
    "running": ("now", "en curso"),
    "failed": ("bad", "falló"),
    "todo": ("", "pendiente"),
}


class StepLike(Protocol):
    """`status`: todo, running, done, failed. `seconds`: how long it took, or has been running; None is not shown."""

    @property
    def phrase(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def seconds(self) -> float | None: ...


def steps_html(steps: Sequence[StepLike]) -> str:
    """The list as HTML; the state is also in words for those who do not see the dot."""
    return f'<ol class="steps">{"".join(_line(step) for step in steps)}</ol>'


def _line(step: StepLike) -> str:
    look, word = LOOK.get(step.status, LOOK["todo"])
    time = f"<time>{seconds(step.seconds)}</time>" if step.seconds is not None else "<time></time>"
    return (
        f'<li class="{look}"><span class="dot" aria-hidden="true"></span>'
        f'<span>{escape(step.phrase)}<span class="out">, {word}</span></span>{time}</li>'
    )


class Steps(ui.html):
    """A live list. `show` writes only when something changed, so that a turning dot does not start over."""

    def __init__(self, steps: Sequence[StepLike] = ()) -> None:
        super().__init__(steps_html(steps), sanitize=False)

    def show(self, steps: Sequence[StepLike]) -> None:
        """The steps as they are now."""
        html = steps_html(steps)
        if html != self.content:
            self.set_content(html)
