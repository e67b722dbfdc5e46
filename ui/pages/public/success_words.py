"""What `/success` says in each state of an order: data in, words out."""

from dataclasses import dataclass, field
from html import escape

from domain.settings import settings
from domain.signup import Progress


@dataclass(frozen=True)
class Door:
    """A way on: a link that looks like a button."""

    words: str
    href: str
    look: str = "plain"


@dataclass(frozen=True)
class Words:
    """`title` and `text` are HTML, already escaped; `note` is plain. `password`: creating one is offered.

    `over`: nothing more will change by itself."""

    title: str
    text: str = ""
    note_title: str = ""
    note: str = ""
    tone: str = "info"
    reference: str = ""
    doors: list[Door] = field(default_factory=list)
    steps: bool = True
    password: bool = False
    over: bool = False


def words(progress: Progress) -> Words:
    """The words for a progress; an unknown state is said to be unknown."""
    return {
        "unpaid": _unpaid,
        "paying": _paying,
        "working": _working,
        "waiting": _waiting,
        "ready": _ready,
        "failed": _failed,
        "expired": _expired,
    }.get(progress.state, _unknown)(progress)


def _where(progress: Progress) -> str:
    return f"<b>{escape((progress.url or '').split('://')[-1])}</b>"


def _close(progress: Progress) -> str:
    return f"{_where(progress)}. Puedes cerrar esta página: te escribimos a {escape(progress.email or 'tu correo')}."


def _unpaid(progress: Progress) -> Words:
    return Words(
        "Esperamos tu pago",
        f"{_where(progress)} queda reservado mientras tanto. Esta página avanza sola en cuanto Stripe nos lo confirma.",
        doors=[Door("Ir a pagar", progress.checkout_url or "/signup", "primary"), Door("Cambiar el pedido", "/signup")],
        steps=False,
    )


def _paying(progress: Progress) -> Words:
    return Words("Confirmando tu pago", _close(progress))


def _working(progress: Progress) -> Words:
    moved = progress.message or ""
    return Words(
        "Estamos preparando tu Odoo",
        _close(progress),
        "Seguimos en ello." if moved else "",
        moved,
        password=progress.password_needed,
    )


def _waiting(progress: Progress) -> Words:
    return Words(
        "Tu Odoo está en espera",
        _close(progress),
        "Seguimos en ello.",
        progress.message
        or "El servidor no responde ahora mismo. Continúa solo en cuanto vuelva; no tienes que hacer nada.",
        tone="warn",
        password=progress.password_needed,
    )


def _ready(progress: Progress) -> Words:
    user = escape(progress.email)
    text = f"Está en {_where(progress)}. Tu usuario es {user}."
    if progress.password_needed:
        text += " Crea tu contraseña y entra: la misma abre tu Odoo y tu cuenta."
    enter = Door("Entrar a tu Odoo", f"{progress.url}/web/login", "primary")
    return Words(
        "Tu Odoo está listo",
        text,
        doors=[enter] if progress.password_needed else [enter, Door("Ir a mi cuenta", "/tenant/portal")],
        password=progress.password_needed,
        over=not progress.password_needed,
    )


def _failed(progress: Progress) -> Words:
    return Words(
        "Algo falló al preparar tu Odoo",
        f"{_where(progress)}. Tu pedido sigue en pie: no tienes que pagar otra vez ni hacer nada.",
        "Ya lo estamos mirando.",
        progress.message or "Nuestro equipo ya recibió el aviso.",
        tone="bad",
        reference=f"pedido {progress.job_id}" if progress.job_id else "",
        doors=[Door("Escríbenos", f"mailto:{settings().operator_email}")],
    )


def _expired(progress: Progress) -> Words:
    return Words(
        "Este pedido caducó",
        f"No se hizo ningún cobro, y {_where(progress)} vuelve a estar libre. Puedes empezar otra vez: tus "
        f"datos siguen ahí.",
        doors=[Door("Volver a empezar", "/signup", "primary")],
        steps=False,
        over=True,
    )


def _unknown(_progress: Progress) -> Words:
    return Words(
        "No encontramos este pedido",
        "El enlace está incompleto o es de hace mucho. Si ya pagaste, entra en tu cuenta con el correo que usaste; "
        f"si no la encuentras, escríbenos a {escape(settings().operator_email)}.",
        doors=[Door("Entrar en mi cuenta", "/login", "primary"), Door("Crear un Odoo", "/signup")],
        steps=False,
        over=True,
    )
