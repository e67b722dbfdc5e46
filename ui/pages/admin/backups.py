"""The section of a tenant's page with its backups, for staff."""

from nicegui import ui

from domain import access, backup_requests, backups
from domain.errors import AltaError
from domain.reports.tenant_detail import TenantDetail
from ui import auth
from ui.auth import Identity
from ui.components.backup_list import BackupList
from ui.live import off_loop
from ui.pages.admin.console import act


class TenantBackups:
    """Loads by itself; viewers look, operators act."""

    def __init__(self, identity: Identity, detail: TenantDetail) -> None:
        self._identity, self._tenant_id = identity, detail.row.id
        name = detail.row.subdomain
        self._list = (
            BackupList(name, make=self._make, take=self._take, restore=self._restore, prove=self._prove)
            if identity.may("tenants.operate")
            else BackupList(name)
        )

    async def load(self) -> None:
        """The backups as they are now."""
        self._list.show(await off_loop(backups.of_tenant, self._tenant_id))

    async def _make(self) -> bool:
        return await act(self._identity, "tenants.operate", backup_requests.make, self._tenant_id)

    async def _take(self, _backup_id: int) -> bool:
        try:
            await auth.allow(self._identity, "backups.operate")
            await off_loop(access.ask_consented, self._tenant_id)
        except AltaError as error:
            ui.notify(error.message)
            return False
        return True

    async def _restore(self, backup_id: int, typed: str) -> bool:
        return await act(
            self._identity, "backups.operate", backup_requests.restore, self._tenant_id, backup_id, typed=typed
        )

    async def _prove(self, backup_id: int) -> bool:
        return await act(self._identity, "tenants.operate", backup_requests.prove, self._tenant_id, backup_id)
