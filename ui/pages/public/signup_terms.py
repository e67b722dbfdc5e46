"""The box to tick, with its words beside it: links inside a checkbox could not be reached by keyboard."""

from html import escape

from nicegui import ui

WORDS = (
    'Acepto las <a href="/legal/terminos" target="_blank">condiciones</a> y la '
    '<a href="/legal/privacidad" target="_blank">política de privacidad</a>.'
)
# A press on the words ticks the box; a press on a link in them only opens it.
OUTSIDE_LINKS = "(event) => { if (!event.target.closest('a')) emit() }"


class Terms:
    """`value` says whether they were accepted."""

    def __init__(self, accepted: bool) -> None:
        with ui.element("div").classes("field") as self._box:
            with ui.element("div").classes("agree"):
                self._tick = ui.checkbox(value=accepted, on_change=self._calm)
                words = ui.html(WORDS, sanitize=False, tag="span")
                words.on("click", lambda: self._tick.set_value(not self._tick.value), js_handler=OUTSIDE_LINKS)
            self._hint = ui.html("", sanitize=False, tag="p").classes("hint").props("aria-live=polite")
        self._tick.props(f"aria-labelledby={words.html_id} aria-describedby={self._hint.html_id}")

    @property
    def value(self) -> bool:
        return bool(self._tick.value)

    def wrong(self, message: str) -> None:
        """Says that it is missing."""
        self._hint.set_content(escape(message))
        self._hint.classes(replace="hint bad")
        self._box.classes("wrong")
        self._tick.props("aria-invalid=true")

    def focus(self) -> None:
        """Puts the focus on the box."""
        ui.run_javascript(f"getElement({self._tick.id}).$el.focus()")

    def _calm(self) -> None:
        self._hint.set_content("").classes(replace="hint")
        self._box.classes(remove="wrong")
        self._tick.props(remove="aria-invalid")
