"""/account: how one enters, and where one is logged in; for staff and customers alike."""

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import Request
from nicegui import ui

from domain.settings import settings
from ui import theme
from ui.auth import Identity
from ui.components.heading import heading, text
from ui.pages.account.address import AddressCard
from ui.pages.account.invitations import InvitationsCard
from ui.pages.account.logins import Sessions
from ui.pages.account.providers import ProvidersCard
from ui.pages.account.second import SecondFactor

LACKING = (
    "Tu cuenta necesita un segundo paso antes de seguir: pon una aplicación de códigos o una llave de acceso. "
    "Después se abre todo lo demás."
)


@ui.page("/account")
async def account_page(request: Request) -> None:
    """Second factor, passkeys, address, other providers, and the logins that are open."""
    identity: Identity = request.state.identity
    with _frame(identity):
        text(f"Entras como {identity.login}.", "muted")
        if identity.lacks_factor:
            with ui.element("section").classes("card warn").props("role=status"):
                text(LACKING)
        if identity.invited:
            await InvitationsCard(identity).show()
        await SecondFactor(identity).show()
        if "@" in identity.login:
            await AddressCard(identity).show()
        if settings().oidc_providers:
            await ProvidersCard(identity).show()
        await Sessions(identity).show()


@contextmanager
def _frame(identity: Identity) -> Iterator[None]:
    if identity.staff_role:
        with theme.admin_frame(identity, "", "Tu cuenta"):
            yield
    else:
        with theme.portal_frame(identity, "", "Tu cuenta"):
            heading("Tu cuenta", 1)
            yield
