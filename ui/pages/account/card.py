"""What the cards of /account share: drawn anew after each act, which asks who it is again."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from nicegui import ui

from domain.errors import AltaError
from ui import auth
from ui.auth import Identity
from ui.components.heading import heading
from ui.components.named import named
from ui.live import off_loop


class Card(ABC):
    """A titled part of the page."""

    title = ""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.place = named(ui.element("section").classes("card stack"), self.title)

    @abstractmethod
    async def show(self) -> None:
        """As things are now."""

    def begin(self) -> ui.element:
        """The empty card with its title, to be drawn into."""
        self.place.clear()
        with self.place:
            heading(self.title, 2, look="h-card")
        return self.place

    async def act(self, function: Callable[..., Any], *given: Any, proof: bool = True) -> Any:
        """Runs `function(account_id, *given, by=login)` off the loop, after a fresh proof; says what went wrong.

        Returns its answer, or the error that was said.
        """
        try:
            who = await (auth.proved(self.identity) if proof else auth.still(self.identity))
            return await off_loop(lambda: function(who.account_id, *given, by=who.login))
        except AltaError as error:
            with self.place:
                ui.notify(error.message)
            return error
