"""A customer's outgoing webhooks, for their own programs."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from domain import hooks
from ui import auth
from ui.api.portal import customer_of

router = APIRouter(prefix="/api/tenant/hooks", tags=["hooks"])
Manager = Annotated[auth.Identity, Depends(auth.may("hooks.manage"))]
Number = Annotated[int, Field(ge=1, lt=2**63)]

REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Nobody is logged in."},
    403: {"description": "The account belongs to no customer, or its role there does not allow it."},
}
GONE: dict[int | str, dict[str, Any]] = {**REFUSALS, 404: {"description": "It is not there, or another customer's."}}


class NewHook(BaseModel):
    """`url`: https, in a public network. `kinds` empty: every event."""

    url: str = Field(max_length=500, examples=["https://mi-empresa.com/avisos"])
    kinds: list[str] = Field(default=[], max_length=50, examples=[["tenant.ready", "subscription.past_due"]])


class MadeHook(BaseModel):
    """`secret` signs the deliveries (Standard Webhooks) and is shown this once."""

    id: int
    secret: str = Field(examples=["whsec_…"])


class Hook(BaseModel):
    """An address; `disabled_at`: since when nothing is sent there."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    url: str
    kinds: list[str]
    failing_since: datetime | None
    disabled_at: datetime | None


class Delivery(BaseModel):
    """One event sent, or on its way. `state`: delivered, waiting or failed; `status` of the last answer."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    event: str
    kind: str
    created_at: datetime
    tries: int
    tried_at: datetime | None
    state: str
    status: int | None
    answer: str


@router.get("", responses=REFUSALS)
def read_hooks(identity: Manager) -> list[Hook]:
    """The addresses."""
    return [Hook.model_validate(one) for one in hooks.of(customer_of(identity, "hooks.manage"))]


@router.post("", status_code=201, responses={**REFUSALS, 409: {"description": "There are ten already."}})
def add_hook(given: NewHook, identity: Manager) -> MadeHook:
    """A new address, with its signing secret."""
    number, secret = hooks.add(customer_of(identity, "hooks.manage"), given.url, given.kinds, by=identity.login)
    return MadeHook(id=number, secret=secret)


@router.delete("/{hook_id}", status_code=204, responses=GONE)
def remove_hook(hook_id: Number, identity: Manager) -> None:
    """Nothing is sent there any more."""
    hooks.remove(customer_of(identity, "hooks.manage"), hook_id, by=identity.login)


@router.post("/{hook_id}/enable", status_code=204, responses=GONE)
def enable_hook(hook_id: Number, identity: Manager) -> None:
    """Sends there again, after it was switched off."""
    hooks.enable(customer_of(identity, "hooks.manage"), hook_id, by=identity.login)


@router.post("/{hook_id}/ping", status_code=202, responses={**GONE, 409: {"description": "It is switched off."}})
def ping_hook(hook_id: Number, identity: Manager) -> None:
    """Sends an event that tells nothing."""
    hooks.ping(customer_of(identity, "hooks.manage"), hook_id, by=identity.login)


@router.get("/{hook_id}/deliveries", responses=GONE)
def read_deliveries(hook_id: Number, identity: Manager) -> list[Delivery]:
    """The last twenty, the newest first."""
    found = hooks.sent(customer_of(identity, "hooks.manage"), hook_id)
    return [Delivery.model_validate(one) for one in found]


@router.post("/deliveries/{delivery_id}/resend", status_code=202, responses=GONE)
def resend_delivery(delivery_id: Number, identity: Manager) -> None:
    """The same event once more."""
    hooks.resend(customer_of(identity, "hooks.manage"), delivery_id, by=identity.login)
