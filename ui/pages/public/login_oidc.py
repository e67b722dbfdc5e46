"""/login/oidc/NAME: in by way of another provider, and connecting one to an account that one is inside of."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from domain import entering, oidc_identities
from domain.entering import Entered
from domain.errors import AltaError, NotLoggedIn
from ui import auth, oidc, visits
from ui.pages.public.login import arrived, leave_behind, login_form

router = APIRouter(include_in_schema=False)


@router.get("/login/oidc/{slug}")
async def leave(request: Request, slug: str, next: str = "", ticket: str = "") -> Response:  # noqa: A002
    """Leads to the provider. `ticket`: from our own page, to come back as another way into the account one is in; so
    that no other page can send somebody there and have a stranger's identity connected."""
    onwards = auth.safe_path(next) or ""
    try:
        account_id = await run_in_threadpool(_connecting, request, ticket) if ticket else None
        wanted = oidc.provider(slug)
        url = await oidc.leave(wanted, request.state.visitor, onwards=onwards, account_id=account_id)
    except NotLoggedIn:
        return RedirectResponse("/account", 303)
    except AltaError as error:
        return login_form(request, onwards=onwards, notice=error.message, status=503)
    return RedirectResponse(url, 303, {"Cache-Control": "no-store"})


def _connecting(request: Request, ticket: str) -> int:
    """The account that the ticket's page was for, if it is still theirs. Raises NotLoggedIn."""
    identity: auth.Identity | None = request.state.identity
    account_id = oidc_identities.spend_ticket(ticket, request.state.visitor)
    if identity is None or identity.account_id != account_id:
        raise NotLoggedIn(auth.LOGIN_FIRST)
    return account_id


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
