"""The customer's backups: seen by every member, made, downloaded and restored by who manages the Odoo."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

from domain import backup_requests, backups
from domain.errors import AltaError
from domain.portal import PortalHome
from ui import auth
from ui.auth import Identity
from ui.components.backup_list import BackupList
from ui.live import off_loop


class Backups:
    """Loads by itself; follows the tenant with the page."""

    def __init__(self, identity: Identity, customer_id: int, home: PortalHome) -> None:
        self._identity, self._tenant_id = identity, home.tenant_id
        owns = identity.may("odoo.manage")
        make, restore = (self._make, self._restore) if owns else (None, None)
        self._list = BackupList(home.subdomain, country=home.country, make=make, restore=restore, level=3)

    async def load(self) -> None:
        """The backups as they are now."""
        self._list.show(await off_loop(backups.of_tenant, self._tenant_id))

    async def _make(self) -> bool:
        return await self._act(backup_requests.make)

    async def _restore(self, backup_id: int, typed: str) -> bool:
        return await self._act(backup_requests.restore, backup_id, typed=typed)

    async def _act(self, function: Callable[..., Any], *args: Any, **words: Any) -> bool:
        try:
            who = await auth.allow(self._identity, "odoo.manage")
            await off_loop(lambda: function(self._tenant_id, *args, by=who.login, **words))
        except AltaError as error:
            ui.notify(error.message)
            return False
        return True
