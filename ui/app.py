"""The web application: one FastAPI that carries API, webhook and login, with NiceGUI's pages mounted behind it."""

import asyncio
import gc
import importlib
import pkgutil
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from itertools import takewhile
from types import ModuleType

import nicegui
from fastapi import APIRouter, FastAPI
from nicegui import ui
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from domain import accounts, database
from domain.notices import listener
from domain.settings import settings
from ui import api, auth, docs, failures, logs, open_pages, pages, security, theme, webhook

Extra = Callable[[], AbstractAsyncContextManager[None]]
THREADS = 32  # for pages' `run.io_bound`; the default, CPUs + 4, is starved by a few slow queries
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

# From the outside in. The id is first, so that everything below can name it; compression wraps what marks the HTML.
MIDDLEWARE = [
    Middleware(logs.RequestLog),
    Middleware(security.Head),
    Middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5),
    Middleware(security.AnswerHeaders),
    Middleware(security.Hosts),
    Middleware(security.BodyLimit),
    Middleware(security.Origin),
    Middleware(failures.Caught),
    Middleware(auth.IdentityMiddleware),
]


def create_app(*extras: Extra) -> FastAPI:
    """The whole application. `extras` run while it does, as the embedded worker."""
    logs.configure()
    app = docs.described(middleware=MIDDLEWARE, lifespan=_lifespan(extras), favicon_url="/favicon.ico")
    failures.install(app)
    app.include_router(webhook.router)
    for module in [*_modules(api), *_modules(pages)]:
        router = getattr(module, "router", None)
        if isinstance(router, APIRouter):
            app.include_router(router)
    for path in ("/api/{path:path}", "/healthz", "/readyz"):
        app.router.routes.append(Unknown(path))
    _mount_pages(app)
    return app


def _modules(package: ModuleType) -> list[ModuleType]:
    """Every module below `package`, imported: a new file is a new page or router, with no list to forget it in."""
    found = pkgutil.walk_packages(package.__path__, prefix=package.__name__ + ".")
    return [importlib.import_module(info.name) for info in found]


def _mount_pages(app: FastAPI) -> None:
    inner = nicegui.app
    # NiceGUI's application is one a process; a second `create_app` (tests) starts from a clean one.
    inner.middleware_stack = None
    inner.user_middleware.clear()
    failures.install(inner)
    open_pages.install()
    ui.run_with(
        app,
        title="Alta",
        favicon=theme.FAVICON,
        language="es",
        dark=None,
        tailwind=False,
        reconnect_timeout=30,
        gzip_middleware_factory=None,  # ours compresses the parent's answers too, after their scripts are marked
        show_welcome_message=False,
    )


def _lifespan(extras: tuple[Extra, ...]) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        given = settings().database_url
        if given and database.url() != given:
            database.configure(given)
        nicegui.run.thread_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="pages")
        await asyncio.to_thread(accounts.ensure_first_admin)
        listener.start()
        async with AsyncExitStack() as running:
            running.callback(listener.stop)
            await running.enter_async_context(open_pages.followed())
            for extra in extras:
                await running.enter_async_context(extra())
            gc.collect()
            gc.freeze()  # what is here now stays: later collections need not look at it
            yield

    return lifespan


class Unknown(Route):
    """Takes every method, so that those that nobody knows (TRACE, QUERY) are refused here too."""

    def __init__(self, path: str) -> None:
        super().__init__(path, _Refusing(), include_in_schema=False)


class _Refusing:
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _unknown(scope, receive, send)


async def _unknown(scope: Scope, receive: Receive, send: Send) -> None:
    """Paths below /api that no route answers: JSON, not NiceGUI's page; 405 where only the method is wrong."""
    ours = takewhile(lambda route: not isinstance(route, Unknown), scope["app"].routes)
    known = [route for route in ours if route.matches({**scope, "method": "GET"})[0] != Match.NONE]
    allowed = [
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] == Match.FULL for route in known)
    ]
    if allowed:
        raise HTTPException(405, headers={"Allow": ", ".join(allowed)})
    raise HTTPException(404)
