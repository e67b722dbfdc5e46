"""Staff in a customer's portal leave when the leave ends: by the clock, or because it was withdrawn."""

from nicegui import ui

from domain.errors import AltaError
from ui import auth
from ui.auth import Identity

EVERY = 2.0  # seconds between two looks


def watch_visit(identity: Identity) -> None:
    """Leads the page back to the admin once the visit is over."""

    async def look() -> None:
        try:
            over = (await auth.still(identity)).visit is None
        except AltaError:
            over = True
        if over:
            ui.navigate.to("/admin")

    ui.timer(EVERY, look)
