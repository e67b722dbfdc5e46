"""On a customer's page: their people, a lost second factor, seeing the portal as they do, and erasing them."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

from domain import personal_data, staff_accounts, support_visits, team
from domain.formats import day_clock
from domain.models import Customer, SupportConsent
from domain.team import Member
from ui import auth
from ui.auth import Identity
from ui.components.box import Box
from ui.components.button import button
from ui.components.field import field
from ui.components.heading import heading, text
from ui.components.named import named
from ui.live import off_loop
from ui.pages.admin.console import act

ROLES = {"owner": "titular", "billing": "facturación", "technical": "técnica", "reader": "solo mirar"}


class PeopleCard:
    """Drawn anew after each act."""

    def __init__(self, identity: Identity, customer: Customer) -> None:
        self._identity, self._customer, self._id = identity, customer, customer.id or 0
        self._strict = customer.second_factor
        self._card = ui.element("section").classes("card stack").props('aria-label="Personas"')

    async def load(self) -> None:
        """The people and the consent as they are now."""
        people = await off_loop(team.members, self._id)
        leave = await off_loop(support_visits.leave, self._id)
        self._card.clear()
        with self._card:
            heading("Personas", 2, look="h-card")
            if self._customer.erased_at is not None:
                text("Se borró lo que teníamos de este cliente.", "small muted")
                return
            for one in people:
                self._line(one)
            strict = "Todas necesitan un segundo paso." if self._strict else "El segundo paso es cosa de cada una."
            text(strict, "small muted")
            self._support(leave)
            with ui.row().classes("row wrapping"):
                self._buttons(leave)

    def _line(self, one: Member) -> None:
        with ui.row().classes("row between wrapping"):
            with ui.element("div"):
                text(one.name or one.login, "strong")
                text(f"{one.login}, {ROLES.get(one.role, one.role)}", "small muted break")
            if self._identity.may("accounts.help"):
                with ui.row().classes("row wrapping"):
                    close = button("Cerrar sesiones", lambda: self._close(one), small=True)
                    named(close, f"Cerrar las sesiones de {one.login}")
                    if one.factor:
                        lost = button("Quitar segundo paso", lambda: self._ask_lost(one), small=True)
                        named(lost, f"Quitar el segundo paso de {one.login}")

    def _support(self, leave: SupportConsent | None) -> None:
        if leave is not None:
            acts = ", y deja cambiar cosas" if leave.acts else ""
            text(f"{leave.given_by} nos deja entrar hasta el {day_clock(leave.ends_at)} UTC{acts}.", "small")

    def _buttons(self, leave: SupportConsent | None) -> None:
        if self._identity.may("support.enter"):
            if leave is not None:
                button("Ver como este cliente", self._ask_visit, small=True)
            else:
                button("Pedir permiso para ayudar", self._ask_leave, small=True)
        if self._identity.may("accounts.help"):
            words = "No exigir segundo paso" if self._strict else "Exigir segundo paso"
            button(words, self._require, small=True)
        if self._identity.may("data.erase"):
            button("Borrar sus datos", self._ask_erase, look="danger", small=True)

    def _ask_visit(self) -> None:
        with Box(self._card, "Ver como este cliente", "Una hora como máximo. El cliente recibe una carta, y todo queda "
                 "en su registro.") as (box, form):  # fmt: skip
            form["reason"] = field("Motivo, que lee el cliente", attributes="maxlength=300")

            async def begin() -> None:
                if await self._act_in("support.enter", box, self._begin, form["reason"].value):
                    ui.navigate.to(f"/tenant/portal?customer={self._id}")

            box.confirm("Ver su portal", begin)

    def _begin(self, customer_id: int, reason: str, *, by: str) -> None:
        support_visits.begin(self._identity, customer_id, reason, by=by)

    def _ask_leave(self) -> None:
        with Box(self._card, "Pedir permiso", "Escribimos a la persona titular; lo da en su portal.") as (box, form):
            form["reason"] = field("Motivo", attributes="maxlength=300")

            async def ask() -> None:
                if await self._act_in("support.enter", box, support_visits.ask, form["reason"].value):
                    with self._card:
                        ui.notify("Le hemos escrito.")

            box.confirm("Pedir", ask)

    async def _close(self, one: Member) -> None:
        if await self._act("accounts.help", staff_accounts.close_sessions, one.account_id):
            with self._card:
                ui.notify("Sus sesiones se cerraron.")

    def _ask_lost(self, one: Member) -> None:
        words = "Solo si reconociste a la persona por otro camino. Sus sesiones se cierran y se le escribe."
        with Box(self._card, f"Quitar el segundo paso de {one.login}", words) as (box, _):

            async def lost() -> None:
                box.close()
                await self._act("accounts.help", staff_accounts.help_with_factor, one.account_id)

            box.confirm("Quitar", lost, danger=True)

    async def _require(self) -> None:
        if await self._act("accounts.help", staff_accounts.require_factor, self._id, not self._strict):
            self._strict = not self._strict
            await self.load()

    def _ask_erase(self) -> None:
        with Box(self._card, "Borrar sus datos", "No se puede deshacer. Se queda:") as (box, form):
            ui.html("".join(f"<li>{one}</li>" for one in personal_data.KEPT), sanitize=False, tag="ul").classes("small")
            form["typed"] = field(f"Escribe {self._customer.company}", attributes="maxlength=200")

            async def erase() -> None:
                if await self._act_in("data.erase", box, personal_data.erase, form["typed"].value):
                    ui.navigate.reload()

            box.confirm("Borrar para siempre", erase, danger=True)

    async def _act_in(self, capability: str, box: Box, function: Callable[..., Any], *given: Any) -> bool:
        """Acts on this customer in the name of who clicked; faults stand beside their fields."""
        with box.faults():
            who = await auth.allow(self._identity, capability)
            await off_loop(lambda: function(self._id, *given, by=who.login))
            box.close()
            return True
        return False

    async def _act(self, capability: str, function: Callable[..., Any], *given: Any) -> bool:
        with self._card:
            return await act(self._identity, capability, function, *given)
