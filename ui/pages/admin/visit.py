"""POST /admin/visit/end: staff who see a customer's portal are only themselves again."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from domain import support_visits
from ui import auth
from ui.auth import Identity

router = APIRouter(include_in_schema=False)


@router.post("/admin/visit/end")
async def end(request: Request) -> Response:
    """Leads back to the customer's page in the admin; who was on no visit goes to the admin."""
    identity: Identity = auth.check(request.state.identity, "panel.see")
    customer_id = await run_in_threadpool(lambda: support_visits.end(identity, by=identity.login))
    return RedirectResponse(f"/admin/customers/{customer_id}" if customer_id else "/admin", 303)
