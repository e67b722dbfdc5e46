"""POST /admin/tenants/N/odoo: support enters a customer's Odoo, with the customer's consent."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from domain import access
from domain.errors import AltaError
from ui import auth, cookies
from ui.failures import status_of
from ui.handover import STALE, handover, no_way_in

router = APIRouter(include_in_schema=False)


@router.post("/admin/tenants/{tenant_id:int}/odoo")
async def enter(request: Request, tenant_id: int, csrf: Annotated[str, Form()] = "") -> Response:
    """With `support.enter` only; written to the audit."""
    back = f"/admin/tenants/{tenant_id}"
    if not cookies.csrf_good(request, csrf):
        return no_way_in(STALE, back, 403)
    try:
        who = auth.check(request.state.identity, "support.enter")
        entry = await run_in_threadpool(lambda: access.for_staff(tenant_id, by=who.login))
    except AltaError as error:
        return no_way_in(error.message, back, status_of(error))
    return handover(entry)
