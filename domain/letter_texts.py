"""What the letters say. Each is a subject and a few blocks; those about money are in `letters_of_billing`."""

from collections.abc import Callable

from domain import letters_of_billing
from domain.letter_frame import Block, Button, Facts, Text, Words, framed

SAMPLE = Facts(
    operator="Alta", operator_email="hola@alta.example", app_url="https://alta.example", name="Marta Jiménez",
    login="marta@panaderiasol.do", company="Panadería Sol", odoo_url="https://panaderia-sol.alta.example",
    password_url="https://alta.example/password?token=ejemplo",  # noqa: S106 - an example
    owed="US$ 59.00", pay_url="https://alta.example/pagar",
    suspend_on="9 de enero de 2027", end_on="1 de febrero de 2027", amount="US$ 59.00", on_day="2 de enero de 2027",
    invoice_number="A-0007", document_url="https://alta.example/factura", card="Visa terminada en 4242",
    enter_url="https://alta.example/login/link?token=ejemplo",
    notice="Alguien entró en tu cuenta desde un dispositivo nuevo: Chrome en Windows, el 2 ene 2027, 14:03 UTC.",
)  # fmt: skip


def render(kind: str, facts: Facts) -> Words:
    """The letter of this kind. Raises KeyError for a kind that is not there."""
    return framed(facts, KINDS[kind](facts))


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


def _invited(facts: Facts) -> Text:
    blocks: list[Block] = [
        f"{facts.company} te invita a su equipo en {facts.operator}. Entras con tu correo, {facts.login}, y ahí ves su "
        "Odoo y lo que te hayan permitido hacer.",
    ]
    if facts.password_url:
        blocks += [
            Button("Aceptar y crear tu contraseña", facts.password_url),
            "El enlace sirve una sola vez, durante 24 horas. Si se pasa, pide otro en "
            f"{facts.app_url}/password/request",
        ]
    else:
        blocks.append(Button("Ver la invitación", f"{facts.app_url}/account"))
    blocks.append("Si no conoces a esta empresa, no hagas nada: sin que aceptes no pasa nada.")
    return f"{facts.company} te invita a su equipo", blocks


def _enter(facts: Facts) -> Text:
    if facts.enter_url is None:
        raise ValueError("a letter to enter needs an account")
    return f"Tu enlace para entrar en {facts.operator}", [
        f"Pediste entrar sin contraseña como {facts.login}",
        Button("Entrar", facts.enter_url),
        "Sirve una sola vez, durante 15 minutos. Si no lo pediste tú, no hagas nada y no se lo pases a nadie: quien lo "
        "abre, entra.",
    ]


def _email_old(facts: Facts) -> Text:
    if facts.enter_url is None:
        raise ValueError("a letter about an address needs an account")
    return "Confirma el cambio de tu correo", [
        f"Pediste entrar en {facts.operator} con {facts.notice} en lugar de este correo.",
        Button("Confirmar el cambio", facts.enter_url),
        "Vale cuando confirmes desde los dos correos, en 24 horas. Si no lo pediste tú, no hagas nada y cambia tu "
        "contraseña: alguien está dentro de tu cuenta.",
    ]


def _email_new(facts: Facts) -> Text:
    if facts.enter_url is None:
        raise ValueError("a letter about an address needs an account")
    return "Confirma tu correo nuevo", [
        f"Alguien pidió entrar en su cuenta de {facts.operator} con este correo.",
        Button("Confirmar este correo", facts.enter_url),
        "Vale cuando confirmes desde los dos correos, en 24 horas. Si no lo pediste tú, no hagas nada.",
    ]


def _security(facts: Facts) -> Text:
    return f"Un cambio en tu cuenta de {facts.operator}", [
        facts.notice,
        "Si fuiste tú, no tienes que hacer nada. Si no, cierra las demás sesiones, cambia tu contraseña y escríbenos.",
        Button("Ver tu cuenta", f"{facts.app_url}/account"),
    ]


def _hook_off(facts: Facts) -> Text:
    return "Dejamos de enviar avisos a tu programa", [
        f"Desde hace tres días no llega ningún aviso a {facts.notice}, o esa dirección dijo que no quiere más. Dejamos "
        "de enviarlos ahí.",
        Button("Ver los avisos", f"{facts.app_url}/tenant/portal"),
        "Cuando esté arreglado, enciéndela otra vez ahí. Los que no llegaron se pueden enviar de nuevo.",
    ]


def _support_visit(facts: Facts) -> Text:
    return "Nuestro equipo está viendo tu portal", [
        facts.notice,
        "Con el permiso que diste. Todo lo que haga queda en tu registro, y puedes retirar el permiso cuando quieras.",
        Button("Ver tu portal", f"{facts.app_url}/tenant/portal"),
    ]


def _consent_asked(facts: Facts) -> Text:
    return "Nuestro equipo te pide permiso para ayudarte", [
        facts.notice,
        "Si te parece bien, dalo en «Ayuda de nuestro equipo», por los días que quieras. Sin tu permiso no entramos.",
        Button("Dar el permiso", f"{facts.app_url}/tenant/portal"),
    ]


KINDS: dict[str, Callable[[Facts], Text]] = {
    "welcome": _welcome,
    "delayed": _delayed,
    "failed": _failed,
    "password": _password,
    "invited": _invited,
    "enter": _enter,
    "security": _security,
    "email_old": _email_old,
    "email_new": _email_new,
    "hook_off": _hook_off,
    "support_visit": _support_visit,
    "consent_asked": _consent_asked,
    **letters_of_billing.KINDS,
}
