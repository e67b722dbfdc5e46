"""The stand-in's web side: `SUBDOMAIN.anything` is that tenant's Odoo; `/_faults` switches what goes wrong."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from provisioning.sandbox import pages
from provisioning.sandbox.door import Door, Refused
from provisioning.sandbox.tenants import Tenant, Tenants

ChangeFaults = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


def application(tenants: Tenants, door: Door, change_faults: ChangeFaults) -> Starlette:
    """The Starlette application. `change_faults` gets the posted switches, answers with all of them."""

    async def faults(request: Request) -> Response:
        try:
            wanted = json.loads(await request.body() or b"{}") if request.method == "POST" else {}
            return JSONResponse(await change_faults(wanted))
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)

    async def login(request: Request) -> Response:
        return await _with_tenant(tenants, request, _post_login if request.method == "POST" else _get_login)

    async def root(_: Request) -> Response:
        return RedirectResponse("/web/login", 303)

    async def _post_login(request: Request, tenant: Tenant) -> Response:
        form = await request.form()
        login, password = str(form.get("login", "")), str(form.get("password", ""))
        if await tenants.lets_in(tenant, login, password):
            return HTMLResponse(pages.welcome(tenant.company, login))
        return HTMLResponse(pages.login(tenant.company, login=login, wrong=True))

    async def enter(request: Request) -> Response:
        return await _with_tenant(tenants, request, _enter)

    async def _enter(request: Request, tenant: Tenant) -> Response:
        token = str((await request.form()).get("token", ""))
        try:
            login, staff = await door.open(tenant.name, token)
        except Refused as refused:
            return HTMLResponse(pages.refused(str(refused)), 403)
        return HTMLResponse(pages.welcome(tenant.company, login, staff=staff))

    async def _get_login(_: Request, tenant: Tenant) -> Response:
        return HTMLResponse(pages.login(tenant.company))

    return Starlette(
        routes=[
            Route("/_faults", faults, methods=["GET", "POST"]),
            Route("/web/login", login, methods=["GET", "POST"]),
            Route("/alta/enter", enter, methods=["POST"]),
            *(Route(path, root) for path in ("/", "/web", "/odoo")),
        ]
    )


async def _with_tenant(
    tenants: Tenants, request: Request, answer: Callable[[Request, Tenant], Awaitable[Response]]
) -> Response:
    name = await asyncio.to_thread(tenants.name_for, request.url.hostname or "")
    try:
        closed = await asyncio.to_thread(tenants.closed_page, name)
        if closed is not None:
            return HTMLResponse(closed, 503)
        tenant = await tenants.find(name)
        if tenant is None:
            return HTMLResponse(pages.absent(name), 404)
        return await answer(request, tenant)
    except psycopg.OperationalError:
        return HTMLResponse(pages.unavailable(), 503)
