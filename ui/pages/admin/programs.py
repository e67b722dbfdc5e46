"""/admin/programs: one's own API keys as staff, and the operator's webhooks, which hear of every customer."""

from fastapi import Request
from nicegui import ui

from domain import api_keys, hooks
from domain.api_keys import STAFF_SCOPES
from ui import auth
from ui.auth import Identity
from ui.components.hooks_card import HooksCard
from ui.components.keys_card import KeysCard
from ui.live import off_loop
from ui.pages.admin.console import console


@ui.page("/admin/programs")
async def programs_page(request: Request) -> None:
    """Two cards; each for who may."""
    async with console(request, "Programas", "Programas") as page:
        await StaffKeys(page.identity).load()
        if page.may("hooks.operate"):
            await OperatorHooks(page.identity).load()


class StaffKeys(KeysCard):
    """One's own."""

    def __init__(self, identity: Identity) -> None:
        super().__init__({scope: words for scope, words in STAFF_SCOPES.items() if identity.may(scope)})
        self._identity = identity

    async def find(self) -> list[api_keys.View]:
        return await off_loop(api_keys.of_staff, self._identity.account_id)

    async def make(self, name: str, scopes: list[str], days: str) -> str:
        who = await auth.allow(self._identity, "staff.keys")
        return await off_loop(lambda: api_keys.make(who, None, name, scopes, days, by=who.login))

    async def end(self, key_id: int) -> None:
        who = await auth.allow(self._identity, "staff.keys")
        await off_loop(lambda: api_keys.end(key_id, customer_id=None, account_id=who.account_id, by=who.login))


class OperatorHooks(HooksCard):
    """Of every customer."""

    def __init__(self, identity: Identity) -> None:
        super().__init__()
        self._identity = identity

    async def find(self) -> list[hooks.View]:
        return await off_loop(hooks.of, None)

    async def sent(self, endpoint_id: int) -> list[hooks.Sent]:
        return await off_loop(hooks.sent, None, endpoint_id)

    async def add(self, url: str, kinds: list[str]) -> str:
        who = await auth.allow(self._identity, "hooks.operate")
        return (await off_loop(lambda: hooks.add(None, url, kinds, by=who.login)))[1]

    async def act(self, name: str, number: int) -> None:
        who = await auth.allow(self._identity, "hooks.operate")
        acts = {"remove": hooks.remove, "enable": hooks.enable, "ping": hooks.ping, "resend": hooks.resend}
        await off_loop(lambda: acts[name](None, number, by=who.login))
