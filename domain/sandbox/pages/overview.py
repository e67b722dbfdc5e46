"""`/_sandbox`: what the stand-in has done, for whoever is curious."""

from html import escape
from itertools import islice

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from domain.sandbox.ledger import Ledger
from domain.sandbox.pages import wording
from domain.sandbox.pages.layout import page
from domain.sandbox.store import Document

_SHOWN = 50
_DELIVERY = {"pending": "pendiente", "delivered": "entregado", "failed": "no entregado"}
_BANNER = "Entorno de prueba: este servidor imita a Stripe. Aquí no se mueve dinero"


class OverviewPage:
    """The handlers of the overview."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def routes(self) -> list[Route]:
        """The addresses; the root leads here too."""
        return [Route("/_sandbox", self.show, methods=["GET"]), Route("/", self.root, methods=["GET"])]

    async def root(self, _request: Request) -> Response:
        """To the overview."""
        return RedirectResponse("/_sandbox", 303)

    async def show(self, _request: Request) -> Response:
        """The newest sessions and events."""
        store = self._ledger.store
        target = self._ledger.config.webhook_url
        sessions = [_session_row(s) for s in islice(store.newest_first("checkout.session"), _SHOWN)]
        events = [_event_row(e, store.get("_delivery", e["id"])) for e in islice(store.newest_first("event"), _SHOWN)]
        body = (
            '<main class="page"><h1>El doble de Stripe</h1>'
            f"<p>Los avisos se envían a <code>{escape(target or 'ningún sitio')}</code>. "
            f"Hora de este servidor: {wording.clock(self._ledger.now())} UTC. "
            'Todo en JSON: <a href="/_sandbox/state">/_sandbox/state</a>.</p>'
            + _table("Sesiones de pago", ["Creada", "Sesión", "Comprador", "Importe", "Estado"], sessions)
            + _table("Eventos", ["Creado", "Evento", "Objeto", "Entrega", "Intentos"], events)
            + "</main>"
        )
        return page("El doble de Stripe", body, banner=_BANNER)


def _session_row(session: Document) -> list[str]:
    link = (
        f'<a href="{escape(session["url"])}">{session["id"][:22]}…</a>' if session["url"] else f"{session['id'][:22]}…"
    )
    buyer = (session["customer_details"] or {}).get("email") or session["customer_email"] or ""
    return [
        wording.clock(session["created"]),
        f"<code>{link}</code>",
        escape(buyer),
        wording.money(session["amount_total"], session["currency"]),
        {"open": "abierta"}.get(session["status"]) or wording.STATUS[session["status"]],
    ]


def _event_row(event: Document, delivery: Document | None) -> list[str]:
    attempts = delivery["attempts"] if delivery else []
    last = f" ({attempts[-1]['status'] or 'sin respuesta'})" if attempts else ""
    return [
        wording.clock(event["created"]),
        f"<code>{event['type']}</code>",
        f"<code>{escape(event['data']['object']['id'])}</code>",
        (_DELIVERY[delivery["state"]] + last) if delivery else "sin destino",
        str(len(attempts)),
    ]


def _table(title: str, columns: list[str], rows: list[list[str]]) -> str:
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    empty = "" if rows else '<p class="soft">Todavía nada.</p>'
    return (
        f'<h2>{title}</h2><div class="scroll" role="region" aria-label="{title}" tabindex="0"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>{empty}"
    )
