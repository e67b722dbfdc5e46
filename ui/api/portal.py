"""The customer's billing as JSON: what the portal shows, for their own programs. Always the asker's own customer."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from domain import access, billing
from domain.errors import Forbidden
from domain.settings import settings
from ui import auth

router = APIRouter(prefix="/api/tenant", tags=["portal"])
Member = Annotated[auth.Identity, Depends(auth.may("portal.see"))]

REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Nobody is logged in."},
    403: {"description": "The account belongs to no customer, or its role there does not allow it."},
    404: {"description": "There is no subscription."},
    409: {"description": "The subscription's state does not allow it."},
    503: {"description": "Stripe does not answer; try again."},
}


class Billing(BaseModel):
    """The subscription as Stripe has it. Amounts in cents of `currency`; times in UTC."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "example": {
                "plan": "Pyme", "interval": "month", "status": "active", "amount_cents": 5900, "currency": "usd",
                "next_charge_at": "2026-12-24T14:03:22Z", "next_amount_cents": 5900, "card_brand": "visa",
                "card_last4": "4242", "cancel_at_period_end": False,
            }
        },
    )  # fmt: skip

    plan: str
    interval: str
    status: str
    amount_cents: int
    currency: str
    next_charge_at: datetime | None
    next_amount_cents: int | None
    card_brand: str | None
    card_last4: str | None
    cancel_at_period_end: bool


class Invoice(BaseModel):
    """One invoice; `hosted_url` and `pdf_url` are Stripe's."""

    model_config = ConfigDict(from_attributes=True)

    number: str | None
    date: datetime
    status: str
    amount_cents: int
    currency: str
    hosted_url: str | None
    pdf_url: str | None


class Invoices(BaseModel):
    """Newest first."""

    invoices: list[Invoice]


class PortalSession(BaseModel):
    """Where to send the customer's browser; the address works once and soon ends."""

    url: str = Field(examples=["https://billing.stripe.com/p/session/…"])


class OdooSession(BaseModel):
    """Send `token` as a form field by POST to `url`, from the person's browser, within `expires_in` seconds. It is good
    once, and only for that Odoo."""

    model_config = ConfigDict(from_attributes=True)

    url: str = Field(examples=["https://panaderia-sol.alta.example/alta/enter"])
    token: str
    expires_in: int


def customer_of(identity: auth.Identity, capability: str) -> int:
    """The asker's customer. Raises Forbidden where they may not do this for it."""
    if identity.customer_id is None:
        raise Forbidden("Tu cuenta no pertenece a ningún cliente.")
    if not identity.may_there(capability):
        raise Forbidden("Tu papel en este equipo no te deja hacer esto.")
    return identity.customer_id


@router.get("/billing", response_model=Billing, responses=REFUSALS)
def read_billing(identity: Member) -> Any:
    """Plan, state, next charge and card of the asker's subscription."""
    return billing.overview(customer_of(identity, "invoices.see"))


@router.get("/invoices", response_model=Invoices, responses=REFUSALS)
def read_invoices(identity: Member) -> Any:
    """The asker's invoices, newest first."""
    return {"invoices": billing.invoices(customer_of(identity, "invoices.see"))}


@router.post("/portal-session", response_model=PortalSession, responses=REFUSALS)
def open_portal(identity: Member) -> Any:
    """A session of Stripe's own billing portal, to change the card or the fiscal data."""
    return {"url": billing.portal_url(customer_of(identity, "billing.change"), f"{settings().app_url}/tenant/portal")}


@router.post("/subscription/cancel", response_model=Billing, responses=REFUSALS)
def cancel(identity: Member) -> Any:
    """Ends the subscription at the end of the period that is paid; it can be resumed until then."""
    customer_id = customer_of(identity, "odoo.end")
    billing.cancel(customer_id, identity.login)
    return billing.overview(customer_id)


@router.post("/subscription/resume", response_model=Billing, responses=REFUSALS)
def resume(identity: Member) -> Any:
    """Takes a cancellation back that has not come into force yet."""
    customer_id = customer_of(identity, "billing.change")
    billing.resume(customer_id, identity.login)
    return billing.overview(customer_id)


@router.post("/odoo-session", response_model=OdooSession, responses=REFUSALS)
def enter(identity: Member) -> Any:
    """The way into the asker's own Odoo without a password: a signed token for one entry."""
    customer_id = customer_of(identity, "odoo.enter")
    return access.for_customer(customer_id, identity.login, identity.memberships[customer_id])
