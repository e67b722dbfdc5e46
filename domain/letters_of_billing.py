"""What the letters about money say: receipts, what will be charged, what the bank wants, and the end."""

from collections.abc import Callable

from domain.letter_frame import Block, Button, Facts, Text


def _account(facts: Facts) -> str:
    return f"{facts.app_url}/tenant/portal"


def _pay(facts: Facts) -> list[Block]:
    return [
        Button("Pagar ahora", facts.pay_url or facts.app_url),
        f"También puedes cambiar la tarjeta en {_account(facts)}: lo pendiente se paga en el momento. "
        "Si ya pagaste, no hagas nada.",
    ]


def _receipt(facts: Facts) -> Text:
    number = f" {facts.invoice_number}" if facts.invoice_number else ""
    blocks: list[Block] = [f"Recibimos {facts.amount} por el Odoo de {facts.company}. Gracias."]
    if facts.document_url:
        blocks.append(Button(f"Ver la factura{number}", facts.document_url))
    return f"Recibo de {facts.amount}", [*blocks, f"Todas tus facturas están en {_account(facts)}"]


def _upcoming(facts: Facts) -> Text:
    return f"El {facts.on_day} renovamos el Odoo de {facts.company}", [
        f"El {facts.on_day} cobraremos {facts.amount} por el periodo siguiente. No tienes que hacer nada.",
        f"Si quieres cambiar de plan, de tarjeta o no seguir, hazlo antes en {_account(facts)}",
    ]


def _trial_ending(facts: Facts) -> Text:
    return f"Tu prueba termina el {facts.on_day}", [
        f"El {facts.on_day} termina la prueba del Odoo de {facts.company} y cobraremos {facts.amount}.",
        f"Si no quieres seguir, cancela antes en {_account(facts)} y no pagas nada.",
        Button("Ver mi plan", _account(facts)),
    ]


def _action_needed(facts: Facts) -> Text:
    return f"Tu banco pide que confirmes un pago de {facts.amount}", [
        f"Para cobrar {facts.amount} por el Odoo de {facts.company}, tu banco quiere saber que eres tú.",
        Button("Confirmar el pago", facts.pay_url or _account(facts)),
        "Tu Odoo sigue funcionando mientras tanto.",
    ]


def _card_expiring(facts: Facts) -> Text:
    return "Tu tarjeta está por caducar", [
        f"La {facts.card} con la que pagas el Odoo de {facts.company} caduca en {facts.on_day}. Cámbiala antes del "
        "próximo cobro para que nada se interrumpa.",
        Button("Cambiar la tarjeta", _account(facts)),
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


def _leaving(facts: Facts) -> Text:
    return f"Tu plan termina el {facts.on_day}", [
        f"Cancelaste el plan del Odoo de {facts.company}. Sigue funcionando hasta el {facts.on_day} y no habrá más "
        "cobros.",
        "Si cambias de idea antes de ese día, basta un clic:",
        Button("Seguir con el plan", _account(facts)),
    ]


def _cancelled(facts: Facts) -> Text:
    return f"Terminó el plan del Odoo de {facts.company}", [
        "Tu suscripción terminó y no habrá más cobros. Guardamos una última copia de tus datos.",
        f"Si quieres recuperarlos o volver, escríbenos a {facts.operator_email}",
    ]


def _archived(facts: Facts) -> Text:
    return f"Guardamos el Odoo de {facts.company}", [
        f"Tu Odoo está cerrado y guardamos una copia de tus datos. La dirección {facts.odoo_url} queda reservada para "
        "ti 30 días.",
        f"Para volver o pedir tus datos, escríbenos a {facts.operator_email}",
    ]


def _deleted(facts: Facts) -> Text:
    return f"Borramos los datos del Odoo de {facts.company}", [
        "Como pediste, borramos tu Odoo y sus datos. Ya no se pueden recuperar.",
        f"Tus facturas siguen en {_account(facts)}",
    ]


KINDS: dict[str, Callable[[Facts], Text]] = {
    "receipt": _receipt,
    "upcoming": _upcoming,
    "trial_ending": _trial_ending,
    "action_needed": _action_needed,
    "card_expiring": _card_expiring,
    "payment_failed": _payment_failed,
    "payment_reminder": _payment_reminder,
    "suspended": _suspended,
    "last_call": _last_call,
    "ended": _ended,
    "resumed": _resumed,
    "leaving": _leaving,
    "cancelled": _cancelled,
    "archived": _archived,
    "deleted": _deleted,
}
