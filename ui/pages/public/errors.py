"""Pages for what is not there and for what went wrong, as plain HTML: they need neither script nor database."""

from html import escape

from ui.components.button import link_html
from ui.frames import public_document

WORDS = {
    403: ("No puedes entrar aquí", "Esta página es de otra cuenta, o necesita más permisos que los tuyos."),
    404: ("Esta página no existe", "Puede que el enlace esté mal escrito o que la página se haya movido."),
    500: (
        "Algo falló de nuestro lado",
        "Ya quedó anotado. Prueba otra vez en un minuto; lo que tenías guardado sigue ahí.",
    ),
    503: ("No podemos atenderte ahora", "Es pasajero. Prueba otra vez en un minuto."),
}


def html(status: int, *, reference: str = "", home: str = "/") -> str:
    """The whole page for an HTTP status; `reference` is what to quote when asking for help, `home` where to go on."""
    title, words = WORDS.get(status, WORDS[500 if status >= 500 else 404])
    quote = f'<p class="tiny muted">Referencia: <span class="mono">{escape(reference)}</span></p>' if reference else ""
    body = (
        f'<div class="stack"><p class="small muted num">{status}</p><h1 class="h-page">{title}</h1><p '
        f'class="muted">{words}</p>'
        f"{quote}{link_html('Ir al inicio', home)}</div>"
    )
    return public_document(f"{title} · Alta", body, head='<meta name="robots" content="noindex">')
