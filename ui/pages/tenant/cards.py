"""The cards that are kept: which one pays, another one in its place, one that goes."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from domain import payment_cards
from domain.errors import AltaError
from domain.stripe_changes import SavedCard
from ui import auth
from ui.auth import Identity
from ui.components.box import Box
from ui.components.button import button
from ui.components.heading import text
from ui.components.named import named
from ui.components.state_badge import badge_html
from ui.live import off_loop


class Cards:
    """A dialog; `another` leads to Stripe's page for a new card, `changed` is awaited when another one pays."""

    def __init__(
        self,
        place: ui.element,
        identity: Identity,
        customer_id: int,
        another: Callable[[], Awaitable[None]],
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        self._place, self._identity, self._customer_id = place, identity, customer_id
        self._another, self._changed = another, changed

    def show(self, found: list[SavedCard]) -> None:
        """Opens it with these cards."""
        with Box(self._place, "Tus tarjetas", "Lo pendiente se cobra en el momento a la que elijas.") as (box, _):
            self._box = box
            for card in found:
                name = f"{card.brand.title()} terminada en {card.last4}"
                with ui.row().classes("row between wrapping"):
                    with ui.column().style("gap:2px"):
                        text(name, "strong")
                        text(f"Caduca en {card.exp_month:02}/{card.exp_year}", "small muted num")
                    with ui.row().classes("row"):
                        if card.pays:
                            ui.html(badge_html("Paga", "ok"), sanitize=False)
                        else:
                            use = button("Usar esta", lambda card=card: self._use(card), small=True)
                            named(use, f"Usar la {name}")
                            gone = button("Quitar", lambda card=card: self._remove(card), look="danger", small=True)
                            named(gone, f"Quitar la {name}")
            box.confirm("Otra tarjeta", self._another)

    async def _use(self, card: SavedCard) -> None:
        await self._act(payment_cards.choose, card, "Desde ahora pagas con esta tarjeta.")

    async def _remove(self, card: SavedCard) -> None:
        await self._act(payment_cards.remove, card, "Tarjeta quitada.")

    async def _act(self, act: Callable[[int, str, str], object], card: SavedCard, done: str) -> None:
        try:
            who = await auth.allow(self._identity, "billing.change")
            await off_loop(act, self._customer_id, card.id, who.login)
        except AltaError as error:
            ui.notify(error.message)
            return
        self._box.close()
        with self._place:
            ui.notify(done, type="positive")
        await self._changed()
