"""POST /tenant/odoo: the portal's button into the customer's own Odoo."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from domain import access
from domain.errors import AltaError, Forbidden
from ui import auth, cookies
from ui.auth import Identity
from ui.failures import status_of
from ui.handover import STALE, handover, no_way_in

router = APIRouter(include_in_schema=False)


@router.post("/tenant/odoo")
async def enter(
    request: Request,
    csrf: Annotated[str, Form()] = "",
    customer: Annotated[str, Form()] = "",
    tenant: Annotated[str, Form()] = "",
) -> Response:
    """`customer` and `tenant` choose among the person's own, by number."""
    identity: Identity = request.state.identity
    back = f"/tenant/portal?customer={customer}" if customer.isdigit() else "/tenant/portal"
    if not cookies.csrf_good(request, csrf):
        return no_way_in(STALE, back, 403)
    own = {str(each): each for each in identity.memberships}
    customer_id = own.get(customer, identity.customer_id or 0)
    tenant_id = int(tenant) if tenant.isdigit() and len(tenant) < 18 else None
    try:
        if not identity.may_there("odoo.enter", customer_id):
            raise Forbidden(auth.NOT_YOURS)
        role = identity.memberships[customer_id]
        entry = await run_in_threadpool(access.for_customer, customer_id, identity.login, role, tenant_id)
    except AltaError as error:
        return no_way_in(error.message, back, status_of(error))
    return handover(entry)
