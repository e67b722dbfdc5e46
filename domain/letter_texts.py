"""What the letters say. Each is a subject and a few blocks; one frame makes text and HTML of them."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Facts:
    """What a letter may speak of; `password_url` None: the person has a password already.

    The last four are of a debt: the amount and the days as the reader's country writes them.
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


def render(kind: str, facts: Facts) -> Words:
    """The letter of this kind. Raises KeyError for a kind that is not there."""
    subject, blocks = KINDS[kind](facts)
    greeting = f"Hola, {facts.name.split()[0]}:" if facts.name.split() else "Hola:"
    whole: list[Block] = [greeting, *blocks, f"Si algo no va bien, responde a este correo.\n{facts.operator}"]
    return Words(_one_line(subject), _text(whole), _html(_one_line(subject), whole))


def _welcome(facts: Facts) -> Text:
    blocks: list[Block] = [
        f"El Odoo de {facts.company} está listo. Su dirección es {facts.odoo_url}",
        Button("Entrar a tu Odoo", facts.odoo_url),
    ]
    if facts.password_url:
        blocks += [
            f"Antes de entrar, crea tu contraseña. Con ella y tu correo, {facts.login}, entras a tu Odoo y a "
            "tu cuenta, donde están tus facturas y tu forma de pago.",
            Button("Crea tu contraseña", facts.password_url),
            "El enlace sirve una sola vez, durante 24 horas. Si se pasa, pide otro en "
            f"{facts.app_url}/password/request",
        ]
    else:
        blocks.append(
            f"Entras con tu correo, {facts.login}, y la contraseña que ya tienes. Tus facturas y tu forma de pago "
            f"están en {facts.app_url}/tenant/portal"
        )
    return f"El Odoo de {facts.company} está listo", blocks


def _delayed(facts: Facts) -> Text:
    return f"Seguimos preparando el Odoo de {facts.company}", [
        "Recibimos tu pago y tu Odoo está tardando más de lo normal. No tienes que hacer nada: seguimos en ello y te "
        "escribimos en cuanto esté listo.",
        f"Su dirección será {facts.odoo_url}",
    ]


def _failed(facts: Facts) -> Text:
    return f"Tuvimos un problema con el Odoo de {facts.company}", [
        "Recibimos tu pago, pero no pudimos terminar de preparar tu Odoo. Ya lo estamos revisando y te escribimos en "
        "cuanto esté listo. No tienes que volver a pagar ni hacer el pedido otra vez.",
        f"Guardamos la dirección para ti: {facts.odoo_url}",
    ]


def _password(facts: Facts) -> Text:
    if facts.password_url is None:
        raise ValueError("a password letter needs an account")
    return f"Tu enlace para crear una contraseña de {facts.operator}", [
        f"Pediste un enlace para crear una contraseña nueva para {facts.login}",
        Button("Crea tu contraseña", facts.password_url),
        "Sirve una sola vez, durante 24 horas. Si no lo pediste tú, no hagas nada: tu contraseña sigue "
        "siendo la misma.",
    ]


def _pay(facts: Facts) -> list[Block]:
    return [
        Button("Pagar ahora", facts.pay_url or facts.app_url),
        f"También puedes cambiar la tarjeta en {facts.app_url}/tenant/portal: lo pendiente se paga en el momento. "
        "Si ya pagaste, no hagas nada.",
    ]


def _payment_failed(facts: Facts) -> Text:
    return f"No pudimos cobrar el Odoo de {facts.company}", [
        f"Tu banco no aceptó el cobro de {facts.owed}. Tu Odoo sigue funcionando, y lo intentaremos otra vez en unos "
        "días.",
        *_pay(facts),
        f"Si no se paga antes, tu Odoo se suspende el {facts.suspend_on}.",
    ]


def _payment_reminder(facts: Facts) -> Text:
    return f"Sigue pendiente el pago del Odoo de {facts.company}", [
        f"Quedan {facts.owed} por pagar. Si no se pagan antes, tu Odoo se suspende el {facts.suspend_on}: tus datos se "
        "conservan, pero nadie podrá entrar.",
        *_pay(facts),
    ]


def _suspended(facts: Facts) -> Text:
    return f"El Odoo de {facts.company} está suspendido", [
        f"Siguen pendientes {facts.owed}, así que suspendimos tu Odoo. Tus datos están a salvo: al pagar, vuelve en "
        "segundos.",
        *_pay(facts),
        f"Si no se paga, el {facts.end_on} termina tu suscripción.",
    ]


def _last_call(facts: Facts) -> Text:
    return f"Último aviso sobre el Odoo de {facts.company}", [
        f"El {facts.end_on} termina tu suscripción por falta de pago y cerramos tu Odoo, después de guardar una copia. "
        f"Para conservarlo, paga los {facts.owed} pendientes antes de ese día.",
        *_pay(facts),
    ]


def _ended(facts: Facts) -> Text:
    return f"Cerramos el Odoo de {facts.company}", [
        "Tu suscripción terminó por falta de pago y no habrá más cobros. Guardamos una última copia de tus datos.",
        f"Si quieres recuperarlos, escríbenos a {facts.operator_email}",
    ]


def _resumed(facts: Facts) -> Text:
    return f"El Odoo de {facts.company} vuelve a funcionar", [
        "Recibimos tu pago. Gracias. Todo está como lo dejaste.",
        Button("Entrar a tu Odoo", facts.odoo_url),
    ]


KINDS: dict[str, Callable[[Facts], Text]] = {
    "welcome": _welcome,
    "delayed": _delayed,
    "failed": _failed,
    "password": _password,
    "payment_failed": _payment_failed,
    "payment_reminder": _payment_reminder,
    "suspended": _suspended,
    "last_call": _last_call,
    "ended": _ended,
    "resumed": _resumed,
}


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
