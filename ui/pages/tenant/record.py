"""What was done about this customer, by whom, for its owner: their own part of the record."""

from html import escape

from nicegui import ui

from domain.formats import day_clock
from domain.reports import audit
from domain.reports.audit import Entry
from ui.components.heading import heading, text
from ui.live import off_loop

# What is not here is about how the service runs, and says nothing to a customer.
WORDS = {
    "access.enter": "Entrada en tu Odoo",
    "access.enter_staff": "Nuestro equipo entró en tu Odoo",
    "access.consent": "Permiso para que nuestro equipo entre",
    "access.consent_withdrawn": "Permiso retirado",
    "account.password": "Contraseña nueva",
    "backup.make": "Copia de seguridad pedida",
    "backup.restore": "Copia de seguridad restaurada",
    "backup.download": "Copia de seguridad descargada",
    "card.changed": "Tarjeta cambiada",
    "card.removed": "Tarjeta quitada",
    "coupon.use": "Código de descuento usado",
    "customer.fiscal": "Datos de facturación cambiados",
    "invoice.make": "Factura hecha por nuestro equipo",
    "invoice.mark_paid": "Transferencia anotada",
    "invoice.pay": "Factura pagada",
    "invoice.refund": "Devolución",
    "login": "Entrada en la cuenta",
    "login.end": "Sesión cerrada",
    "login.end_all": "Sesiones cerradas por nuestro equipo",
    "login.end_others": "Otras sesiones cerradas",
    "subscription.active": "Suscripción al día",
    "subscription.past_due": "Cobro pendiente",
    "subscription.cancelled": "Plan terminado",
    "subscription.cancel": "Cancelación pedida",
    "subscription.resume": "Cancelación deshecha",
    "subscription.change": "Cambio de plan",
    "subscription.change_later": "Cambio de plan para el próximo periodo",
    "subscription.change_undone": "Cambio de plan deshecho",
    "support.ask": "Nuestro equipo pidió permiso",
    "support.visit": "Nuestro equipo vio tu portal",
    "support.leave": "Nuestro equipo salió de tu portal",
    "key.make": "Clave de API creada",
    "key.end": "Clave de API terminada",
    "hook.add": "Dirección para avisos añadida",
    "hook.remove": "Dirección para avisos quitada",
    "hook.enable": "Dirección para avisos encendida",
    "hook.resend": "Aviso enviado otra vez",
    "hook.off": "Dirección para avisos apagada",
    "customer.factor_on": "Segundo paso exigido a todos",
    "customer.factor_off": "Segundo paso ya no exigido",
    "data.export": "Datos descargados",
    "factor.app": "Aplicación de códigos puesta",
    "factor.app_gone": "Aplicación de códigos quitada",
    "factor.passkey": "Llave de acceso añadida",
    "factor.passkey_gone": "Llave de acceso quitada",
    "factor.codes": "Códigos de recuperación nuevos",
    "factor.recovery": "Entrada con un código de recuperación",
    "factor.reset": "Segundo paso quitado por nuestro equipo",
    "email.ask": "Cambio de correo pedido",
    "email.change": "Correo cambiado",
    "oidc.link": "Otra forma de entrar conectada",
    "oidc.unlink": "Otra forma de entrar quitada",
    "team.invite": "Persona invitada al equipo",
    "team.accept": "Invitación aceptada",
    "team.decline": "Invitación rechazada",
    "team.change": "Otro papel en el equipo",
    "team.remove": "Persona quitada del equipo",
    "tenant.archive": "Odoo cerrado",
    "tenant.copy": "Copia de pruebas",
    "tenant.deletion_wish": "Eliminación pedida",
    "tenant.delete": "Odoo eliminado",
    "tenant.domain_ask": "Dominio propio pedido",
    "tenant.domain_remove": "Dominio propio quitado",
    "tenant.domain_verified": "Dominio propio comprobado",
    "tenant.keep": "Eliminación deshecha",
    "tenant.resume": "Odoo en marcha otra vez",
    "tenant.suspend": "Odoo suspendido",
}
ACTORS = {"stripe": "Stripe", "sistema": "el sistema"}


class RecordCard:
    """The newest thirty, closed until one opens it."""

    def __init__(self, customer_id: int, reader: int, country: str) -> None:
        self._customer_id, self._reader, self._country = customer_id, reader, country
        with ui.element("section").classes("card stack").props('aria-label="Registro"'):
            heading("Registro", 2, look="h-card")
            text("Quién hizo qué en tu cuenta. No se cambia ni se borra.", "small muted")
            self._lines = ui.html("", sanitize=False)

    async def load(self) -> None:
        """Reads and shows."""
        found = await off_loop(audit.own, self._customer_id, self._reader)
        self._lines.set_content(record_html(found, self._country))


def record_html(entries: list[Entry], country: str) -> str:
    """A list; all of it escaped."""
    lines = "".join(
        f"<li>{escape(WORDS[one.action])}<br><span class='small muted'>{escape(day_clock(one.at, country))} UTC, "
        f"{escape(ACTORS.get(one.actor, one.actor))}</span></li>"
        for one in entries
        if one.action in WORDS
    )
    if not lines:
        return '<p class="small muted">Todavía no hay nada.</p>'
    return f'<details><summary class="small">Ver los últimos</summary><ul class="plain-list">{lines}</ul></details>'
