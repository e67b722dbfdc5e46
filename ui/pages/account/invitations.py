"""Teams that wait for an answer: who invites, as what, and the two answers."""

from nicegui import ui

from domain import invitations
from domain.errors import AltaError
from domain.invitations import Invitation
from ui.components.button import button
from ui.components.heading import text
from ui.components.named import named
from ui.live import off_loop
from ui.pages.account.card import Card
from ui.pages.tenant.team import NAMES


class InvitationsCard(Card):
    """Not there while nobody waits."""

    title = "Invitaciones"

    async def show(self) -> None:
        """As they are now."""
        found = await off_loop(invitations.waiting, self.identity.account_id)
        self.place.set_visibility(bool(found))
        with self.begin():
            for one in found:
                self._line(one, look="primary" if len(found) == 1 else "plain")

    def _line(self, one: Invitation, *, look: str) -> None:
        with ui.row().classes("row between wrapping"):
            with ui.element("div"):
                text(f"{one.company} te invita a su equipo", "strong break")
                text(NAMES[one.role], "small muted")
            with ui.row().classes("row"):
                no = button("No, gracias", lambda: self._answer(one, yes=False), small=True)
                named(no, f"Rechazar la invitación de {one.company}")
                yes = button("Aceptar", lambda: self._answer(one, yes=True), look=look, small=True)
                named(yes, f"Aceptar la invitación de {one.company}")

    async def _answer(self, one: Invitation, *, yes: bool) -> None:
        function = invitations.accept if yes else invitations.decline
        said = await self.act(function, one.customer_id, proof=False)
        if yes and not isinstance(said, AltaError):
            ui.navigate.to(f"/tenant/portal?customer={one.customer_id}")
        else:
            await self.show()
