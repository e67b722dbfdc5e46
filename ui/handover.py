"""From our page into a tenant's Odoo: a form that sends itself. The token is in its body, never in an address."""

import base64
import hashlib
from html import escape
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse, Response

from domain.access import Entry
from ui import theme
from ui.components.button import link_html

_SCRIPT = "document.forms[0].submit()"
_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
STALE = "La página llevaba mucho tiempo abierta. Vuelve a ella y pulsa otra vez."


def door_html(action: str, words: str, *, hidden: dict[str, str], look: str = "primary", small: bool = False) -> str:
    """The button that asks for the way in, in a tab of its own, as HTML; works without a script."""
    kept = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in hidden.items())
    return (
        f'<form method="post" action="{escape(action)}" target="_blank" rel="noopener" class="wide-s">{kept}'
        f'<button class="btn {look}{" s" if small else ""} wide-s">{escape(words)}</button></form>'
    )


def handover(entry: Entry) -> Response:
    """The page that sends the token on. Only its own script runs, and only that one address takes its form."""
    parts = urlsplit(entry.url)
    policy = (
        f"default-src 'none'; script-src 'sha256-{_HASH}'; style-src 'unsafe-inline'; base-uri 'none'; "
        f"form-action {parts.scheme}://{parts.netloc}; frame-ancestors 'none'"
    )
    page = (
        '<!doctype html><html lang="es"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">'
        "<title>Entrando a Odoo…</title></head>"
        '<body style="font:16px system-ui,sans-serif;display:grid;place-items:center;min-height:90vh">'
        f'<form method="post" action="{escape(entry.url)}"><input type="hidden" name="token" '
        f'value="{escape(entry.token)}"><p>Entrando a Odoo…</p><noscript><button>Entrar</button></noscript></form>'
        f"<script>{_SCRIPT}</script></body></html>"
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"})


def no_way_in(message: str, back: str, status: int) -> Response:
    """Why there is no way in, and the way back."""
    body = (
        f'<h1 class="h-page">No se puede entrar ahora</h1><p class="muted" role="alert">{escape(message)}</p>'
        f"<div>{link_html('Volver', back, look='primary')}</div>"
    )
    page = theme.public_document(
        "Error: no se puede entrar ahora · Alta",
        f'<div class="stack" style="--gap:20px">{body}</div>',
        head='<meta name="robots" content="noindex">',
    )
    return HTMLResponse(page, status, {"Cache-Control": "no-store"})
