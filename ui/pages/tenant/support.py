"""The customer's word on whether our team may enter their Odoo, for how long, and taking it back."""

from collections.abc import Callable

from nicegui import ui

from domain import access
from domain.errors import AltaError
from domain.formats import day_clock
from ui import auth
from ui.auth import Identity
from ui.components.button import button
from ui.components.heading import heading, text
from ui.live import off_loop

DAYS = {1: "1 día", 3: "3 días", 7: "7 días"}


class SupportCard:
    """Shows what is in force; only an owner changes it."""

    def __init__(self, identity: Identity, customer_id: int, tenant_id: int, country: str) -> None:
        self.identity, self.customer_id, self.tenant_id, self.country = identity, customer_id, tenant_id, country
        self.card = ui.element("section").classes("card stack").props('aria-label="Ayuda de nuestro equipo"')
        self._shown: access.Consent | str | None = "nothing yet"

    async def load(self) -> None:
        """The consent as it is now; written again only when it changed."""
        consent = await off_loop(access.consent, self.tenant_id)
        if consent == self._shown:
            return
        self._shown = consent
        self.card.clear()
        with self.card:
            heading("Ayuda de nuestro equipo", 2, look="h-card")
            if consent is None:
                self._offer()
            else:
                self._in_force(consent)

    def _offer(self) -> None:
        text("Nadie de nuestro equipo entra en tu Odoo ni ve este portal como tú sin tu permiso. Si necesitas ayuda, "
             "dalo por unos días: verás quién entró y puedes retirarlo cuando quieras.", "small muted")  # fmt: skip
        if self._may_give:
            acts = ui.checkbox("También puede cambiar cosas de mi Odoo en este portal (copias y dominio)")
            with ui.row().classes("row wrapping"):
                for days, words in DAYS.items():
                    button(f"Permitir {words}", lambda days=days: self._give(days, acts=bool(acts.value)), small=True)
        else:
            text("Solo la persona titular puede dar el permiso.", "tiny muted")

    def _in_force(self, consent: access.Consent) -> None:
        until = day_clock(consent.ends_at, self.country)
        text(f"Nuestro equipo puede entrar en tu Odoo y ver este portal hasta el {until} UTC, con permiso de "
             f"{consent.given_by}. Mientras está dentro se ve un aviso, y todo queda registrado.", "small")  # fmt: skip
        if self._may_give:
            text("Si lo retiras, nadie más entra, y quien esté dentro sale antes de 30 minutos.", "tiny muted")
            with ui.row().classes("row"):
                button("Retirar el permiso", self._withdraw, look="danger", small=True)

    @property
    def _may_give(self) -> bool:
        return self.identity.may("consent.give")

    async def _give(self, days: int, *, acts: bool) -> None:
        await self._act(lambda by: access.give_consent(self.customer_id, self.tenant_id, days, by=by, acts=acts))

    async def _withdraw(self) -> None:
        await self._act(lambda by: access.withdraw_consent(self.customer_id, self.tenant_id, by=by))

    async def _act(self, act: Callable[[str], None]) -> None:
        try:
            who = await auth.allow(self.identity, "consent.give")
            await off_loop(act, who.login)
        except AltaError as error:
            ui.notify(error.message)
        await self.load()
