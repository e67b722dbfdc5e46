"""/login/oidc/NAME: in by way of another provider, and connecting one to an account that one is inside of."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from domain import entering, oidc_identities
from domain.entering import Entered
from domain.errors import AltaError
from ui import auth, oidc, visits
from ui.pages.public.login import arrived, leave_behind, login_form

router = APIRouter(include_in_schema=False)


@router.get("/login/oidc/{slug}")
async def leave(request: Request, slug: str, next: str = "", connect: bool = False) -> Response:  # noqa: A002
    """Leads to the provider. `connect`: to come back as another way into the account that one is in."""
    identity: auth.Identity | None = request.state.identity
    if connect and identity is None:
        return RedirectResponse("/login?next=/account", 303)
    account_id = identity.account_id if connect and identity and identity.fresh else None
    if connect and account_id is None:
        return RedirectResponse("/account", 303)
    onwards = auth.safe_path(next) or ""
    try:
        wanted = oidc.provider(slug)
        url = await oidc.leave(wanted, request.state.visitor, onwards=onwards, account_id=account_id)
    except AltaError as error:
        return login_form(request, onwards=onwards, notice=error.message, status=503)
    return RedirectResponse(url, 303, {"Cache-Control": "no-store"})


@router.get("/login/oidc/{slug}/back")
async def back(request: Request, slug: str) -> Response:
    """What the provider sends the browser back with."""
    try:
        came = await oidc.back(oidc.provider(slug), request.state.visitor, request.query_params)
        if came.account_id is not None:
            return await _connected(request, came)
        entered = await run_in_threadpool(_enter, request, came)
    except AltaError as error:
        return login_form(request, notice=error.message, status=401)
    return await arrived(request, entered, auth.safe_path(came.onwards))


async def _connected(request: Request, came: oidc.Came) -> Response:
    identity: auth.Identity | None = request.state.identity
    if identity is None or identity.account_id != came.account_id:
        return RedirectResponse("/login?next=/account", 303)
    await run_in_threadpool(lambda: oidc_identities.connect(identity.account_id, came.vouched, by=identity.login))
    return RedirectResponse("/account", 303)


def _enter(request: Request, came: oidc.Came) -> Entered:
    account_id = oidc_identities.account_of(came.vouched)
    leave_behind(request)
    return entering.admit(account_id, f"oidc:{came.vouched.provider}"[:40], visits.device(request))
