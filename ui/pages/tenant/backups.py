"""The customer's backups: seen by every member, made, downloaded and restored by who manages the Odoo."""

from collections.abc import Callable

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
        takes = identity.may("backups.take")
        self._list = BackupList(
            home.subdomain, country=home.country, level=3, make=self._make if owns else None,
            take=self._take if takes else None, restore=self._restore if takes else None,
        )  # fmt: skip

    async def load(self) -> None:
        """The backups as they are now."""
        self._list.show(await off_loop(backups.of_tenant, self._tenant_id))

    async def _make(self) -> bool:
        return await self._act("odoo.manage", lambda by: backup_requests.make(self._tenant_id, by=by))

    async def _take(self, _backup_id: int) -> bool:
        return await self._act("backups.take")

    async def _restore(self, backup_id: int, typed: str) -> bool:
        return await self._act(
            "backups.take", lambda by: backup_requests.restore(self._tenant_id, backup_id, typed=typed, by=by)
        )

    async def _act(self, capability: str, function: Callable[[str], None] | None = None) -> bool:
        try:
            who = await auth.allow(self._identity, capability)
            if function is not None:
                await off_loop(function, who.login)
        except AltaError as error:
            ui.notify(error.message)
            return False
        return True
