"""The inbox of the mail catcher."""

import re
from datetime import datetime
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from domain.sandbox.mailbox import Mailbox
from domain.sandbox.pages.layout import message, page
from domain.sandbox.store import Document

_BANNER = "Entorno de prueba: aquí llega el correo que Alta envía. Nada sale a internet"
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:)]")


class InboxPage:
    """The handlers of the inbox."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def routes(self) -> list[Route]:
        """The addresses."""
        return [
            Route("/", self.index, methods=["GET"]),
            Route("/clear", self.clear, methods=["POST"]),
            Route("/messages/{id}", self.show, methods=["GET"]),
            Route("/messages/{id}/html", self.html, methods=["GET"]),
        ]

    async def index(self, _request: Request) -> Response:
        """All messages, the newest first."""
        rows = "".join(_row(m) for m in reversed(self._mailbox.all()))
        empty = '<p class="soft">Todavía no ha llegado ningún mensaje.</p>'
        clear = '<form method="post" action="/clear"><button class="plain">Vaciar el buzón</button></form>'
        body = (
            '<main class="page"><h1>Buzón</h1><p><a href="/">Actualizar</a></p>'
            f"{rows or empty}{'<p></p>' + clear if rows else ''}</main>"
        )
        return page("Buzón", body, banner=_BANNER)

    async def clear(self, _request: Request) -> Response:
        """Throw all away and show the empty inbox."""
        self._mailbox.clear()
        return RedirectResponse("/", 303)

    async def show(self, request: Request) -> Response:
        """One message: as it looks, and as plain text."""
        found = self._mailbox.get(request.path_params["id"])
        if found is None:
            return message("No encontramos este mensaje", "Puede que se haya vaciado el buzón.", status=404)
        # Without allow-scripts nothing in the message runs; popups let its links be followed.
        frame = (
            f'<h2>Como se ve</h2><iframe title="El mensaje como se ve" src="/messages/{found["id"]}/html" '
            'sandbox="allow-popups allow-popups-to-escape-sandbox" '
            'style="width:100%;height:32rem;border:1px solid var(--line);border-radius:8px;background:#fff"></iframe>'
        )
        body = (
            f'<main class="page"><p><a href="/">← Buzón</a></p><h1>{escape(found["subject"] or "(sin asunto)")}</h1>'
            f'<div class="row"><span class="soft">De</span><span>{escape(found["from"])}</span></div>'
            f'<div class="row"><span class="soft">Para</span><span>{escape(found["to"])}</span></div>'
            f'<div class="row"><span class="soft">Fecha</span><span>{_when(found)}</span></div>'
            f"{frame if found['html'] else ''}<h2>Como texto</h2>"
            f'<div style="white-space:pre-wrap;overflow-wrap:anywhere">{linked(found["text"])}</div></main>'
        )
        return page(found["subject"] or "Mensaje", body, banner=_BANNER)

    async def html(self, request: Request) -> Response:
        """The message's own HTML, for the frame: nothing from elsewhere, links in a new tab."""
        found = self._mailbox.get(request.path_params["id"])
        policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups"
        return HTMLResponse(
            f'<base target="_blank">{found["html"]}' if found else "",
            200 if found else 404,
            headers={"Content-Security-Policy": policy + " allow-popups-to-escape-sandbox"},
        )


def linked(text: str) -> str:
    """Text as HTML, with its addresses as links."""
    parts, last = [], 0
    for match in _LINK.finditer(text):
        address = escape(match[0])
        parts += [
            escape(text[last : match.start()]),
            f'<a href="{address}" target="_blank" rel="noopener">{address}</a>',
        ]
        last = match.end()
    return "".join(parts) + escape(text[last:])


def _when(found: Document) -> str:
    return datetime.fromisoformat(found["date"]).strftime("%d/%m/%Y %H:%M")


def _row(found: Document) -> str:
    return (
        f'<div class="row"><span><a href="/messages/{found["id"]}">{escape(found["subject"] or "(sin asunto)")}</a><br>'
        f'<span class="soft">Para {escape(found["to"])}</span></span>'
        f'<span class="soft">{_when(found)}</span></div>'
    )
