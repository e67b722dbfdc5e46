"""The box to tick, with its words beside it."""

from html import escape
from typing import Any

from nicegui import ui

WORDS = (
    'Acepto las <a href="/legal/terminos" target="_blank">condiciones</a> y la '
    '<a href="/legal/privacidad" target="_blank">política de privacidad</a>.'
)


class Terms:
    """`value` says whether they were accepted.

    The browser's own box: it ticks at once, without asking the server, and its label may hold links, which inside
    Quasar's checkbox could not be reached by keyboard.
    """

    def __init__(self, accepted: bool) -> None:
        self.value = accepted
        with ui.element("div").classes("field") as self._box:
            with ui.element("div").classes("agree"):
                self._tick = ui.element("input").props("type=checkbox").classes("tick")
                words = ui.html(WORDS, sanitize=False, tag="label")
            self._hint = ui.html("", sanitize=False, tag="p").classes("hint").props("aria-live=polite")
        words.props(f"for={self._tick.html_id}")
        self._tick.props["checked"] = accepted
        self._tick.props(f"aria-describedby={self._hint.html_id}")
        self._tick.on("change", self._changed, js_handler="(event) => emit(event.target.checked)")

    def wrong(self, message: str) -> None:
        """Says that it is missing."""
        self._hint.set_content(escape(message))
        self._hint.classes(replace="hint bad")
        self._box.classes("wrong")
        self._tick.props("aria-invalid=true")

    def focus(self) -> None:
        """Puts the focus on the box."""
        ui.run_javascript(f"getHtmlElement({self._tick.id}).focus()")

    def _changed(self, event: Any) -> None:
        self.value = event.args is True
        self._tick.props["checked"] = self.value
        self._hint.set_content("").classes(replace="hint")
        self._box.classes(remove="wrong")
        self._tick.props(remove="aria-invalid")
