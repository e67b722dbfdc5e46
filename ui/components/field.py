"""A field: label above, hint below, its fault beside it and told to screen readers."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from nicegui import ui

# An inline drawing: the icon font would cost 130 kB on a public page.
ARROW = "M7 10l5 5 5-5z"
CROSS = "M6.4 5 5 6.4l5.6 5.6L5 17.6 6.4 19l5.6-5.6 5.6 5.6 1.4-1.4-5.6-5.6L19 6.4 17.6 5 12 10.6z"
Control = ui.input | ui.select | ui.textarea


class Field:
    """Label, control and hint. `control` is the NiceGUI element, `value` what it holds ("" when nothing)."""

    def __init__(self, control: Control, box: ui.element, title: ui.html, hint: ui.html, help_text: str) -> None:
        self.control, self.box, self.help_text = control, box, help_text
        self._title, self._hint = title, hint
        self._reserved = ""

    def name(self, label: str, *, optional: bool = False) -> None:
        """Writes the label, as where the country decides what a tax id is called."""
        note = ' <span class="muted">(opcional)</span>' if optional else ""
        self._title.set_content(escape(label) + note)

    @property
    def value(self) -> str:
        return self.control.value or ""

    def set_value(self, value: str | None) -> None:
        """Writes into the control."""
        self.control.set_value(value)

    def wrong(self, words: str, *, more: str = "") -> None:
        """Says what is wrong; `more` is HTML of ours that follows the words, as proposals."""
        self._say(escape(words) + more, "bad")

    def good(self, words: str) -> None:
        """Says that it is right."""
        self._say(escape(words), "ok")

    def calm(self, words: str | None = None) -> None:
        """Back to the help text, or to `words`."""
        self._say(escape(self.help_text if words is None else words), "")

    def reserve_line(self) -> None:
        """Keeps the hint's line free, where an answer is sure to come: nothing jumps when it does."""
        self._reserved = " line"
        self._hint.classes("line")

    def focus(self) -> None:
        """Puts the cursor there."""
        self.control.run_method("focus")

    @property
    def is_wrong(self) -> bool:
        return "wrong" in self.box.classes

    def _say(self, html: str, tone: str) -> None:
        self._hint.set_content(html)
        self._hint.classes(replace=f"hint{self._reserved} {tone}")
        if tone == "bad":
            self.box.classes("wrong")
            self.control.props("aria-invalid=true")
        else:
            self.box.classes(remove="wrong")
            self.control.props(remove="aria-invalid")


def field(
    label: str,
    *,
    value: str = "",
    optional: bool = False,
    suffix: str = "",
    help_text: str = "",
    autocomplete: str = "",
    kind: str = "text",
    attributes: str = "",
    on_change: Callable[..., Any] | None = None,
) -> Field:
    """A line of text. `kind` is the HTML type (text, email, password, tel); `suffix` stands joined at its right.

    `attributes` are further props, as `inputmode=email maxlength=80`.
    """

    def build() -> ui.input:
        control = ui.input(value=value, on_change=on_change)
        control.props(f"outlined type={kind} spellcheck=false autocapitalize=off {attributes}")
        return control.props(f"autocomplete={autocomplete}") if autocomplete else control

    return _field(label, build, optional=optional, suffix=suffix, help_text=help_text)


def select_field(
    label: str,
    options: Mapping[str, str],
    *,
    value: str | None = None,
    optional: bool = False,
    search: bool = False,
    help_text: str = "",
    on_change: Callable[..., Any] | None = None,
) -> Field:
    """A choice from a list; `search` filters it as one types."""

    def build() -> ui.select:
        control = ui.select(dict(options), value=value, with_input=search, on_change=on_change)
        return control.props(f'outlined dropdown-icon="{ARROW}" options-dense behavior=menu')

    return _field(label, build, optional=optional, suffix="", help_text=help_text)


def _field(label: str, build: Callable[[], Any], *, optional: bool, suffix: str, help_text: str) -> Field:
    with ui.element("div").classes("field") as box:
        title = ui.html("", sanitize=False, tag="label")
        with ui.element("div").classes("joined" if suffix else ""):
            control = build()
            if suffix:
                ui.html(escape(suffix), sanitize=False, tag="span").classes("suffix")
        hint = ui.html(escape(help_text), sanitize=False, tag="p").classes("hint")
        hint.props(f'id="{control.html_id}-hint" aria-live=polite')
    title.props(f'for="{control.html_id}-in"')
    control.props(f'for="{control.html_id}-in" aria-describedby="{control.html_id}-hint"')
    made = Field(control, box, title, hint, help_text)
    made.name(label, optional=optional)
    return made
