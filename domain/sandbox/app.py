"""The stand-in's web application: API, pages, switches, and the deliverer beside them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.sandbox import clockwork
from domain.sandbox.api import (
    catalogue,
    checkout,
    clocks,
    customers,
    discounts,
    events,
    invoices,
    payments,
    portal,
    refunds,
    schedules,
    subscriptions,
)  # fmt: skip
from domain.sandbox.api.call import Endpoint
from domain.sandbox.control import Control
from domain.sandbox.delivery import Deliverer
from domain.sandbox.faults import Faults
from domain.sandbox.gateway import Gateway, unknown
from domain.sandbox.ledger import Config, Ledger
from domain.sandbox.listening import HOSTS
from domain.sandbox.objects.portal import CONFIGURATION_ID, configuration
from domain.sandbox.pages import challenge as challenge_page
from domain.sandbox.pages import checkout as checkout_page
from domain.sandbox.pages import invoice as invoice_page
from domain.sandbox.pages import overview as overview_page
from domain.sandbox.pages import portal as portal_page
from domain.sandbox.store import Store

_NOUNS = (
    customers, catalogue, discounts, checkout, subscriptions, schedules, invoices, payments, refunds, portal, events,
    clocks,
)  # fmt: skip


class Stand:
    """Everything that one running stand-in holds."""

    def __init__(self, store: Store, config: Config) -> None:
        self.ledger = Ledger(store, config)
        self.faults = Faults()
        self.deliverer = Deliverer(self.ledger, lambda: self.faults)
        self.gateway = Gateway(self.ledger, lambda: self.faults)
        if not store.get("billing_portal.configuration", CONFIGURATION_ID):
            store.put("billing_portal.configuration", configuration(self.ledger.now()))

    def application(self) -> Starlette:
        """The ASGI application."""
        api = [
            Route(path, self._endpoint(endpoint), methods=[method])
            for noun in _NOUNS
            for method, path, endpoint in noun.ROUTES
        ]
        fallback = Route("/v1/{rest:path}", self._endpoint(unknown), methods=["GET", "POST", "DELETE", "PUT", "PATCH"])
        pages = [
            *checkout_page.CheckoutPage(self.ledger, self.deliverer).routes(),
            *challenge_page.ChallengePage(self.ledger, self.deliverer).routes(),
            *invoice_page.InvoicePage(self.ledger).routes(),
            *portal_page.PortalPage(self.ledger).routes(),
            *overview_page.OverviewPage(self.ledger).routes(),
        ]
        return Starlette(
            routes=[*api, fallback, *Control(self).routes(), *pages],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)],
            lifespan=self._lifespan,
        )

    def _endpoint(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            return await self.gateway.answer(request, endpoint)

        return handle

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        work = [asyncio.create_task(self.deliverer.run()), asyncio.create_task(clockwork.run(self.ledger))]
        try:
            yield
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
