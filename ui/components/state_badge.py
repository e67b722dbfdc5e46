"""A state as dot and word. The words for every state of every noun are here, as data."""

from html import escape

from nicegui import ui

WORDS: dict[str, dict[str, tuple[str, str]]] = {
    "tenant": {
        "absent": ("Por crear", ""),
        "creating": ("Creando", "info"),
        "running": ("En marcha", "ok"),
        "suspended": ("Suspendida", ""),
        "archived": ("Archivada", ""),
        "deleted": ("Eliminada", ""),
        "broken": ("Con fallo", "bad"),
    },
    "job": {
        "queued": ("En cola", ""),
        "running": ("En curso", "info"),
        "succeeded": ("Terminado", "ok"),
        "failed": ("Con fallo", "bad"),
        "cancelled": ("Detenido", ""),
    },
    "subscription": {
        "pending": ("Sin pagar", ""),
        "active": ("Al día", "ok"),
        "past_due": ("Pago pendiente", "warn"),
        "cancelled": ("Cancelada", ""),
    },
    "event": {
        "applied": ("Aplicado", "ok"),
        "ignored": ("Sin efecto", ""),
        "failed": ("Con fallo", "bad"),
    },
    "invoice": {
        "draft": ("Borrador", ""),
        "open": ("Por pagar", "warn"),
        "paid": ("Pagada", "ok"),
        "uncollectible": ("Incobrable", "bad"),
        "void": ("Anulada", ""),
    },
    "node": {"up": ("Responde", "ok"), "down": ("No responde", "bad")},
}


def words(state: str, noun: str = "tenant") -> tuple[str, str]:
    """Word and tone ("", ok, warn, bad, info); a state that is not known is shown as it is."""
    return WORDS.get(noun, {}).get(state, (state, ""))


def badge_html(word: str, tone: str = "") -> str:
    """The badge as HTML; `word` is escaped."""
    return f'<span class="badge {tone}">{escape(word)}</span>'


def cell(state: str, noun: str = "tenant") -> dict[str, str]:
    """The value of a data_table cell of kind "badge"."""
    word, tone = words(state, noun)
    return {"word": word, "tone": tone}


class Badge(ui.html):
    """A badge whose state may change in place."""

    def __init__(self, word: str, tone: str = "") -> None:
        super().__init__(badge_html(word, tone), sanitize=False, tag="span")

    def show(self, word: str, tone: str = "") -> None:
        """Another word and tone."""
        self.set_content(badge_html(word, tone))


def state_badge(state: str, noun: str = "tenant") -> Badge:
    """A badge for `state` of `noun`: tenant, job, subscription, event, invoice, node."""
    return Badge(*words(state, noun))
