"""What every letter has: the facts it may speak of, and one frame that makes text and HTML of a few blocks."""

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Facts:
    """What a letter may speak of; `password_url` None: the person has a password already.

    Amounts and days are written as in the reader's country. `owed` to `end_on` are of a debt, `amount` to `card` of a
    charge that was or will be; `notice` is what changed in how somebody enters.
    """

    operator: str
    operator_email: str
    app_url: str
    name: str
    login: str
    company: str = ""
    odoo_url: str = ""
    password_url: str | None = None
    owed: str | None = None
    pay_url: str | None = None
    suspend_on: str | None = None
    end_on: str | None = None
    amount: str | None = None
    on_day: str | None = None
    invoice_number: str | None = None
    document_url: str | None = None
    card: str | None = None
    enter_url: str | None = None
    notice: str = ""


@dataclass(frozen=True)
class Button:
    """A link with a verb; the first of a letter stands out."""

    words: str
    url: str


@dataclass(frozen=True)
class Words:
    """A letter in full."""

    subject: str
    text: str
    html: str


Block = str | Button
Text = tuple[str, list[Block]]


def framed(facts: Facts, text: Text) -> Words:
    """The letter with its greeting and its end."""
    subject, blocks = text
    greeting = f"Hola, {facts.name.split()[0]}:" if facts.name.split() else "Hola:"
    whole: list[Block] = [greeting, *blocks, f"Si algo no va bien, responde a este correo.\n{facts.operator}"]
    return Words(_one_line(subject), _text(whole), _html(_one_line(subject), whole))


def _one_line(text: str) -> str:
    """A subject is a header: whatever a company's name holds, it stays on its line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:180]


def _text(blocks: list[Block]) -> str:
    return "\n\n".join(f"{b.words}: {b.url}" if isinstance(b, Button) else b for b in blocks) + "\n"


# Mail programs know no variables and no sheets of ours: the colours of the light scheme, written out.
_PAGE, _CARD, _INK, _BRAND, _LINE = "#f6f8f8", "#ffffff", "#10201e", "#0b6b5d", "#d9e1e0"
_FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;font-size:16px;line-height:1.5"


def _html(subject: str, blocks: list[Block]) -> str:
    inside = "".join(_block(block, first=_is_first_button(blocks, block)) for block in blocks)
    return (
        f'<!doctype html><html lang="es"><head><meta charset="utf-8"><title>{escape(subject)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
        f'<body style="margin:0;background:{_PAGE};color:{_INK};{_FONT}">'
        f'<div style="max-width:560px;margin:0 auto;padding:32px 16px">'
        f'<div style="background:{_CARD};border:1px solid {_LINE};border-radius:10px;padding:24px">{inside}</div>'
        "</div></body></html>"
    )


def _is_first_button(blocks: list[Block], block: Block) -> bool:
    return block is next((b for b in blocks if isinstance(b, Button)), None)


def _block(block: Block, *, first: bool) -> str:
    if isinstance(block, Button):
        colours = f"background:{_BRAND};color:{_CARD}" if first else f"background:{_CARD};color:{_BRAND}"
        return (
            f'<p style="margin:0 0 20px"><a href="{escape(block.url)}" style="display:inline-block;padding:10px 18px;'
            f'border:1px solid {_BRAND};border-radius:10px;font-weight:600;text-decoration:none;{colours}">'
            f"{escape(block.words)}</a></p>"
        )
    return f'<p style="margin:0 0 16px">{escape(block).replace(chr(10), "<br>")}</p>'
