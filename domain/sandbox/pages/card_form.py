"""The card fields, as checkout and portal show them."""

from html import escape

from domain.sandbox.pages.layout import field

# Only for the eye: the server takes a second click for the same payment whether or not this runs.
ONCE = "onsubmit=\"var b=this.querySelector('button');b.disabled=true;b.textContent='Procesando…'\""


def fields(typed: dict[str, str], problems: dict[str, str]) -> str:
    """Number, expiry, CVC and holder. The number and the CVC are never sent back to the page."""
    return (
        field("number", "Número de tarjeta", "", problems.get("number"),
              'inputmode="numeric" autocomplete="cc-number" placeholder="1234 1234 1234 1234" maxlength="23"')
        + '<div class="pair">'
        + field("expiry", "Caducidad (MM/AA)", typed.get("expiry", ""), problems.get("expiry"),
                'inputmode="numeric" autocomplete="cc-exp" placeholder="MM / AA" maxlength="9"')
        + field("cvc", "CVC", "", problems.get("cvc"),
                'inputmode="numeric" autocomplete="cc-csc" placeholder="CVC" maxlength="4"')
        + "</div>"
        + field("name", "Nombre del titular de la tarjeta", typed.get("name", ""), problems.get("name"),
                'autocomplete="cc-name" placeholder="Nombre y apellidos" maxlength="200"')
    )  # fmt: skip


def refusal(text: str) -> str:
    """Why the card was refused, announced to screen readers."""
    return f'<div class="notice" role="alert"><strong>{escape(text)}</strong></div>' if text else ""


HINT = (
    '<p class="soft">Tarjetas de prueba: <code>4242 4242 4242 4242</code> paga y '
    "<code>4000 0000 0000 0002</code> es rechazada; cualquier fecha futura y cualquier CVC.</p>"
)
