"""Tokens for the API, and who is asking."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from domain import accounts
from ui import auth, bearer

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


class Token(BaseModel):
    """`expires_in` is in seconds."""

    access_token: str = Field(examples=["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.…"])
    token_type: str = Field(examples=["bearer"])
    expires_in: int = Field(examples=[3600])


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
        401: {"description": "Login or password are wrong."},
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
    token = await run_in_threadpool(_token, credentials, _address(request), request.headers.get("user-agent", ""))
    return Token(access_token=token, token_type="bearer", expires_in=bearer.LIFE)  # noqa: S106 - its kind


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


def _token(credentials: Credentials, address: str, agent: str) -> str:
    account_id = accounts.authenticate(credentials.username, credentials.password, address)
    return bearer.issue(account_id, address=address, agent=agent)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
