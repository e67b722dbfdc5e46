"""The customer's people, for the owner: who they are, what each may do, inviting and taking away."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

from domain import team
from domain.capabilities import CUSTOMER_ROLES
from domain.errors import AltaError
from domain.team import Member
from ui import auth
from ui.auth import Identity
from ui.components.box import Box
from ui.components.button import button
from ui.components.field import field, select_field
from ui.components.heading import heading, text
from ui.components.named import named
from ui.live import off_loop

NAMES = {"owner": "Titular", "billing": "Facturación", "technical": "Técnica", "reader": "Solo mirar"}
OFFERED = {role: f"{NAMES[role]}: {CUSTOMER_ROLES[role][0].lower()}{CUSTOMER_ROLES[role][1:]}" for role in team.INVITED}


class TeamCard:
    """Drawn anew after each act."""

    def __init__(self, identity: Identity, customer_id: int) -> None:
        self._identity, self._customer_id = identity, customer_id
        self._card = ui.element("section").classes("card stack").props('aria-label="Equipo"')

    async def load(self) -> None:
        """The people as they are now."""
        found = await off_loop(team.members, self._customer_id)
        self._card.clear()
        with self._card:
            heading("Equipo", 2, look="h-card")
            for one in found:
                self._line(one)
            with ui.row().classes("row"):
                button("Invitar a alguien", self._ask, small=True)

    def _line(self, one: Member) -> None:
        with ui.row().classes("row between wrapping"):
            with ui.element("div"):
                text(one.name or one.login, "strong")
                waits = ", invitación sin aceptar" if one.invited else ", sin contraseña todavía" if one.waits else ""
                text(f"{one.login}, {NAMES[one.role].lower()}{waits}", "small muted break")
            if one.role != "owner":
                with ui.row().classes("row"):
                    change = button("Cambiar papel", lambda: self._ask_role(one), small=True)
                    named(change, f"Cambiar el papel de {one.login}")
                    away = button("Quitar", lambda: self._do(team.remove, one.account_id), small=True)
                    named(away, f"Quitar a {one.login}")

    def _ask(self) -> None:
        with Box(self._card, "Invitar a alguien", "Le escribimos: entra en tu equipo cuando acepte.") as (box, form):
            form["email"] = field("Correo", kind="email", attributes="inputmode=email maxlength=200")
            form["role"] = select_field("Qué puede hacer", OFFERED, value=team.INVITED[0])

            async def send() -> None:
                with box.faults():
                    who = await auth.allow(self._identity, "team.manage")
                    await off_loop(
                        lambda: team.invite(self._customer_id, form["email"].value, form["role"].value, by=who.login)
                    )
                    box.close()
                    await self.load()

            box.confirm("Invitar", send)

    def _ask_role(self, one: Member) -> None:
        with Box(self._card, "Cambiar papel", one.login) as (box, form):
            form["role"] = select_field("Qué puede hacer", OFFERED, value=one.role)

            async def save() -> None:
                box.close()
                await self._do(team.change, one.account_id, form["role"].value)

            box.confirm("Guardar", save)

    async def _do(self, act: Callable[..., None], *given: Any) -> None:
        try:
            who = await auth.allow(self._identity, "team.manage")
            await off_loop(lambda: act(self._customer_id, *given, by=who.login))
        except AltaError as error:
            with self._card:
                ui.notify(error.message)
            return
        await self.load()
