"""A form without a script, for pages that must work in any browser at any time: login and passwords."""

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class PlainField:
    """One line to fill in. `error` takes the place of `hint`; `attributes` are HTML attributes of ours."""

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    hint: str = ""
    error: str = ""
    attributes: str = ""

    def html(self, *, focus: bool) -> str:
        """Label above, hint or fault below, tied together for screen readers."""
        words = self.error or self.hint
        tone = ' bad" role="alert' if self.error else ""
        told = f' aria-describedby="{self.name}-hint"' if words else ""
        wrong = ' aria-invalid="true"' if self.error else ""
        value = f' value="{escape(self.value)}"' if self.value else ""
        return (
            f'<div class="field"><label for="{self.name}">{escape(self.label)}</label>'
            f'<input class="input" id="{self.name}" name="{self.name}" type="{self.kind}"{value} required'
            f" {self.attributes}{told}{wrong}{' autofocus' if focus else ''}>"
            f'<p class="hint{tone}" id="{self.name}-hint">{escape(words)}</p></div>'
        )


def plain_form(action: str, fields: list[PlainField], verb: str, *, hidden: dict[str, str], after: str = "") -> str:
    """The form as HTML; `hidden` goes with it, `after` is HTML of ours below the button.

    The cursor starts in the first field with a fault, else in the first empty one.
    """
    first = next((f for f in fields if f.error), None) or next((f for f in fields if not f.value), None)
    kept = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in hidden.items())
    lines = "".join(field.html(focus=field is first) for field in fields)
    return (
        f'<form method="post" action="{escape(action)}" class="stack" style="--gap:20px;max-width:420px">{kept}{lines}'
        f'<div><button class="btn primary wide-s">{escape(verb)}</button></div>{after}</form>'
    )
