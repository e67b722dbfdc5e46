"""A dialog that asks for a few things and does one: its faults stand beside their fields."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nicegui import ui

from domain.errors import AltaError, Invalid
from ui.components.button import button
from ui.components.field import Field
from ui.components.heading import heading, text


class Box:
    """A dialog with fields; `with Box(…) as (box, form)`: fields are built into it, and named in `form`."""

    def __init__(self, place: ui.element, title: str, words: str) -> None:
        self.form: dict[str, Field] = {}
        with place, ui.dialog(value=True) as self._dialog, ui.element("div").classes("stack") as self._inside:
            heading(title, 2)
            text(words, "small muted")
        self._inside.style("--gap:14px;width:480px")
        self._dialog.on("hide", self._dialog.delete)

    def __enter__(self) -> "tuple[Box, dict[str, Field]]":
        self._inside.__enter__()
        return self, self.form

    def __exit__(self, *_: object) -> None:
        self._inside.__exit__(*_)

    def confirm(self, words: str, act: Callable[[], object], *, danger: bool = False) -> None:
        """The buttons at its end."""
        with ui.row().classes("row").style("justify-content:flex-end"):
            button("Volver", self.close)
            button(words, act, look="danger" if danger else "primary")

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Around what a click does: what goes wrong stands beside its field, or the first, and ends the block."""
        try:
            yield
        except Invalid as error:
            self.show(error)
        except AltaError as error:
            next(iter(self.form.values())).wrong(error.message)

    def show(self, error: Invalid) -> None:
        """Every fault beside its field; what is of none, beside the first where nothing stands."""
        for one in self.form.values():
            one.calm()
        first = next(iter(self.form))
        names = {found.field for found in error.problems}
        for found in error.problems:
            if found.field in self.form:
                self.form[found.field].wrong(found.message)
            elif first not in names:
                self.form[first].wrong(found.message)

    def close(self) -> None:
        self._dialog.close()
