"""Tokens for the API, and who is asking."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from domain import accounts, entering, refreshing
from domain.devices import Device
from ui import admission, auth, bearer, visits

router = APIRouter(prefix="/api/auth", tags=["auth"])
Asker = Annotated[auth.Identity, Depends(auth.anyone())]

NOBODY: dict[int | str, dict[str, Any]] = {
    401: {
        "description": "Nobody is logged in, or the token is not accepted.",
        "content": {
            "application/json": {
                "example": {"detail": {"code": "not_logged_in", "message": "Entra primero con tu cuenta."}}
            }
        },
    }
}


class Credentials(BaseModel):
    """What /login asks for; other fields, as OAuth's `grant_type`, are let be."""

    username: str = Field(min_length=1, max_length=254, examples=["marta@panaderiasol.do"])
    password: str = Field(min_length=1, max_length=1000, examples=["cuatro palabras sin relación"])
    code: str = Field(default="", max_length=100, description="Where the account has a second factor.", examples=[""])


class Token(BaseModel):
    """`expires_in` is in seconds."""

    access_token: str = Field(examples=["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.…"])
    token_type: str = Field(examples=["bearer"])
    expires_in: int = Field(examples=[900])
    refresh_token: str = Field(examples=["Jx0…"], description="Good once, within 14 days, at /api/auth/refresh.")


class Refresh(BaseModel):
    """What /api/auth/token or the last refresh gave."""

    refresh_token: str = Field(min_length=1, max_length=200, examples=["Jx0…"])


class Me(BaseModel):
    """`memberships`: customer id to owner, billing, technical or reader; `staff_role`: admin, operator, support,
    finance, viewer or null."""

    model_config = ConfigDict(from_attributes=True)

    account_id: int = Field(examples=[7])
    login: str = Field(examples=["marta@panaderiasol.do"])
    name: str = Field(examples=["Marta Jiménez"])
    staff_role: str | None = Field(examples=[None])
    memberships: dict[int, str] = Field(examples=[{"12": "owner"}])
    customer_id: int | None = Field(examples=[12])


_CREDENTIALS = {"schema": Credentials.model_json_schema()}


@router.post(
    "/token",
    responses={
        401: {"description": "Login, password or code are wrong; `code_needed`: the account has a second factor."},
        422: {"description": "Login or password are missing."},
        429: {"description": "Too many tries from this address; `Retry-After` says when to come back."},
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": _CREDENTIALS, "application/x-www-form-urlencoded": _CREDENTIALS},
        }
    },
)
async def make_token(request: Request, response: Response) -> Token:
    """Login and password, as JSON or as a form, for a token."""
    credentials = await _credentials(request)
    response.headers["Cache-Control"] = "no-store"
    with admission.entered(None):
        return await run_in_threadpool(_token, credentials, visits.device(request))


@router.post(
    "/refresh",
    responses={401: {"description": "Unknown, too old, or used before: then the whole session ends."}},
)
def refresh_token(given: Refresh, response: Response) -> Token:
    """The next token, and the next refresh token. Each refresh token is good once."""
    response.headers["Cache-Control"] = "no-store"
    prolonged = refreshing.prolong(given.refresh_token)
    return _answer(prolonged.account_id, prolonged.session_id, prolonged.refresh_token)


@router.delete("/token", status_code=204, responses=NOBODY)
def end_token(identity: Asker) -> None:
    """Ends the asking token (or session) at once."""
    accounts.end_session(identity.session_id)


@router.get("/me", responses=NOBODY)
def me(identity: Asker) -> Me:
    """Who is asking."""
    return Me.model_validate(identity)


async def _credentials(request: Request) -> Credentials:
    try:
        if request.headers.get("content-type", "").startswith("application/json"):
            return Credentials.model_validate_json(await request.body())
        return Credentials.model_validate(dict(await request.form()))
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from error


def _token(credentials: Credentials, device: Device) -> Token:
    account_id = accounts.authenticate(credentials.username, credentials.password, device.address)
    session_id = entering.by_program(account_id, credentials.code, device)
    return _answer(account_id, session_id, refreshing.first(session_id))


def _answer(account_id: int, session_id: str, refresh: str) -> Token:
    return Token(
        access_token=bearer.issue(account_id, session_id),
        token_type="bearer",  # noqa: S106 - its kind
        expires_in=bearer.LIFE,
        refresh_token=refresh,
    )
