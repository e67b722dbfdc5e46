"""/tenant/programs: the customer's API keys and outgoing webhooks."""

from dataclasses import replace

from fastapi import Request
from nicegui import ui

from domain import api_keys, hooks
from domain.api_keys import CUSTOMER_SCOPES
from ui import auth, theme
from ui.auth import Identity
from ui.components.heading import heading
from ui.components.hooks_card import HooksCard
from ui.components.keys_card import KeysCard
from ui.live import off_loop
from ui.pages.tenant.customers import customer_choice


@ui.page("/tenant/programs")
async def programs_page(request: Request, customer: str = "") -> None:
    """Two cards. `customer` chooses among the person's own, by number."""
    identity: Identity = request.state.identity
    own = {str(each): each for each in identity.memberships}
    customer_id = own.get(customer, identity.customer_id or 0)
    identity = replace(identity, customer_id=customer_id)
    with theme.portal_frame(identity, "Programas", "Programas"):
        heading("Programas", 1)
        await customer_choice(identity)
        await CustomerKeys(identity, customer_id).load()
        await CustomerHooks(identity, customer_id).load()


class CustomerKeys(KeysCard):
    """A customer's."""

    def __init__(self, identity: Identity, customer_id: int) -> None:
        offered = {scope: words for scope, words in CUSTOMER_SCOPES.items() if identity.may(scope, customer_id)}
        super().__init__(offered)
        self._identity, self._customer_id = identity, customer_id

    async def find(self) -> list[api_keys.View]:
        return await off_loop(api_keys.of_customer, self._customer_id)

    async def make(self, name: str, scopes: list[str], days: str) -> str:
        who = await auth.allow(self._identity, "keys.manage")
        return await off_loop(lambda: api_keys.make(who, self._customer_id, name, scopes, days, by=who.login))

    async def end(self, key_id: int) -> None:
        who = await auth.allow(self._identity, "keys.manage")
        customer_id, account_id = self._customer_id, who.account_id
        await off_loop(lambda: api_keys.end(key_id, customer_id=customer_id, account_id=account_id, by=who.login))


class CustomerHooks(HooksCard):
    """A customer's."""

    def __init__(self, identity: Identity, customer_id: int) -> None:
        super().__init__()
        self._identity, self._customer_id = identity, customer_id

    async def find(self) -> list[hooks.View]:
        return await off_loop(hooks.of, self._customer_id)

    async def sent(self, endpoint_id: int) -> list[hooks.Sent]:
        return await off_loop(hooks.sent, self._customer_id, endpoint_id)

    async def add(self, url: str, kinds: list[str]) -> str:
        who = await auth.allow(self._identity, "hooks.manage")
        return (await off_loop(lambda: hooks.add(self._customer_id, url, kinds, by=who.login)))[1]

    async def act(self, name: str, number: int) -> None:
        who = await auth.allow(self._identity, "hooks.manage")
        acts = {"remove": hooks.remove, "enable": hooks.enable, "ping": hooks.ping, "resend": hooks.resend}
        await off_loop(lambda: acts[name](self._customer_id, number, by=who.login))
