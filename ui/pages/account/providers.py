"""Other providers that open one's account."""

from nicegui import ui

from domain import oidc_identities
from domain.errors import AltaError
from domain.formats import day
from domain.settings import OidcProvider, settings
from ui import auth
from ui.components.button import button
from ui.components.heading import text
from ui.components.named import named
from ui.live import off_loop
from ui.pages.account.card import Card


class ProvidersCard(Card):
    """Those that the operator configured: connected or not."""

    title = "Otras formas de entrar"

    async def show(self) -> None:
        """As they are now."""
        linked = {one.issuer: one for one in await off_loop(oidc_identities.of, self.identity.account_id)}
        with self.begin():
            for provider in settings().oidc_providers:
                issuer = str(provider.issuer).rstrip("/")
                found = linked.get(issuer)
                with ui.row().classes("row between wrapping"):
                    with ui.element("div"):
                        text(provider.name, "strong")
                        text(
                            f"{found.email}, desde el {day(found.since)}." if found else "Sin conectar.", "small muted"
                        )
                    if found:
                        away = button("Quitar", lambda issuer=issuer: self._disconnect(issuer), small=True)
                        named(away, f"Quitar {provider.name}")
                    else:
                        button("Conectar", lambda provider=provider: self._connect(provider), small=True)

    async def _connect(self, provider: OidcProvider) -> None:
        try:
            who = await auth.proved(self.identity)
            visitor = ui.context.client.request.state.visitor
            ticket = await off_loop(oidc_identities.ticket, who.account_id, visitor)
        except AltaError as error:
            ui.notify(error.message)
        else:
            ui.navigate.to(f"/login/oidc/{provider.slug}?ticket={ticket}")

    async def _disconnect(self, issuer: str) -> None:
        await self.act(oidc_identities.disconnect, issuer)
        await self.show()
