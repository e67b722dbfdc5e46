"""Passkeys in pages: the script that talks to the browser, and the form that sends its answer."""

import hashlib
import json
from functools import lru_cache
from html import escape
from pathlib import Path

from fastapi import Response
from nicegui import app, ui

from domain.errors import NotLoggedIn

WAIT = 120.0  # seconds for a person to find their finger
NO_KEY = "No se usó ninguna llave: el navegador no tiene, o lo dejaste."
SCRIPT = Path(__file__).parent.parent / "passkey.js"


@lru_cache
def script() -> str:
    """The tag that loads the script; a changed script has another address, so that it may be kept for a year."""
    return f'<script src="/_alta/passkey.{_digest()}.js"></script>'


def passkey_form(action: str, options: str, words: str, *, hidden: dict[str, str], look: str = "plain") -> str:
    """A button that asks the browser for a passkey and sends its answer; not shown where there are none to be had."""
    kept = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in hidden.items())
    return (
        f'<form method="post" action="{escape(action)}" data-passkey="{escape(options)}" hidden>{kept}'
        f'<input type="hidden" name="answer" value=""><button class="btn {look} wide-s">{escape(words)}</button>'
        '<p class="hint bad" role="status"></p></form>'
    )


async def call(act: str, options: str) -> str:
    """What the browser answers to `make` or `get`, as JSON. Raises NotLoggedIn where it did not, or the person would
    not."""
    loaded = (
        f"if (!window.altaPasskey) await new Promise((done, failed) => {{ const tag = document.createElement('script');"
        f" tag.src = '/_alta/passkey.{_digest()}.js'; tag.onload = done; tag.onerror = failed;"
        " document.head.append(tag) });"
    )
    try:
        answer = await ui.run_javascript(
            f"{loaded} return altaPasskey.possible() ? await altaPasskey.{act}({json.dumps(options)}) : '!'",
            timeout=WAIT,
        )
    except TimeoutError:
        answer = "!"
    if not isinstance(answer, str) or answer.startswith("!"):
        raise NotLoggedIn(NO_KEY, code="no_passkey")
    return answer


@lru_cache
def _digest() -> str:
    return hashlib.sha256(SCRIPT.read_bytes()).hexdigest()[:12]


@app.get("/_alta/passkey.{digest}.js", include_in_schema=False)
def _script(digest: str) -> Response:
    keep = "public, max-age=31536000, immutable" if digest == _digest() else "no-cache"
    return Response(SCRIPT.read_text(encoding="utf-8"), media_type="text/javascript", headers={"Cache-Control": keep})
