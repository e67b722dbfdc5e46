"""The hero's name field: a plain form that leads to the sign-up without a script, and answers as one types "
"with it."""

import json
from html import escape

from nicegui import ui

from domain import signup
from domain.settings import settings
from domain.signup import Availability
from ui.components.latest import Latest

TONES = {"free": "ok", "yours": "ok", "taken": "bad", "reserved": "bad", "invalid": "bad"}
WAIT = 60  # ms after the last key; Latest keeps slower answers from piling up


def form_html() -> str:
    """Field, place for the answer, and button."""
    return (
        '<form class="stack" action="/signup" method="get" style="max-width:460px;--gap:0">'
        '<div class="joined"><input class="input" id="nombre" name="subdomain" style="min-height:52px" maxlength="63"'
        ' autocomplete="off" autocapitalize="off" spellcheck="false" placeholder="tu-empresa" '
        'aria-label="Nombre de tu Odoo"'
        f' aria-describedby="respuesta"><span class="suffix">.{escape(settings().base_domain)}</span></div>'
        '<p class="hint line" id="respuesta" aria-live="polite"></p>'
        '<div class="row wrapping" style="margin-top:16px"><button class="btn primary wide-s">Crear mi Odoo</button>'
        '<span class="small muted">Cancela cuando quieras.</span></div></form>'
    )


def attach(visitor: str | None) -> None:
    """Makes the field of `form_html` answer, in the page being built."""
    client = ui.context.client

    def tell(answer: Availability | None) -> None:
        words = answer.message if answer else ""
        tone = TONES.get(answer.state, "") if answer else ""
        client.run_javascript(
            "const p = document.getElementById('respuesta');"
            f"p.textContent = {json.dumps(words)}; p.className = {json.dumps(f'hint line {tone}')}"
        )

    latest: Latest[Availability | None] = Latest(lambda name: _ask(name, visitor), tell)
    ui.on("nombre", lambda event: latest.ask(str(event.args or "")[:200]))
    # The field is in the first HTML and may hold letters before the connection stands: those are sent at once.
    client.run_javascript(
        "const f = document.getElementById('nombre'); let t;"
        "const send = () => emitEvent('nombre', f.value);"
        f"f.addEventListener('input', () => {{ clearTimeout(t); t = setTimeout(send, {WAIT}) }});"
        "if (f.value) send()"
    )


def _ask(name: str, visitor: str | None) -> Availability | None:
    return signup.availability(name, visitor=visitor) if name.strip() else None
