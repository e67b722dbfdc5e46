"""The customer's own Odoo by API: its domain, staging copies, and the wish that it be deleted."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from domain import own_domains, portal, portal_extras, staging, wishes
from ui import auth
from ui.api.portal import customer_of
from ui.api.tenant_acts import ANSWERS, OwnDomain, WantedDomain, domain_of

router = APIRouter(prefix="/api/tenant", tags=["portal"])
Member = Annotated[auth.Identity, Depends(auth.may("portal.see"))]


class Copy(BaseModel):
    """A staging copy; `state` as a tenant's `observed`."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    subdomain: str
    url: str
    state: str


class Copies(BaseModel):
    """`limit`: how many the plan allows at once."""

    copies: list[Copy]
    limit: int


class NewCopy(BaseModel):
    name: str = Field(examples=["panaderia-sol-pruebas"], max_length=100)


class Deletion(BaseModel):
    """`asked_at`: since when the owner wishes the Odoo deleted, None where they do not."""

    asked_at: datetime | None


class Confirmation(BaseModel):
    typed: str = Field(description="The subdomain, to confirm.", max_length=100)


def _odoo(identity: auth.Identity, capability: str = "portal.see") -> int:
    return portal.home(customer_of(identity, capability)).tenant_id


@router.get("/domain", responses=ANSWERS)
def read_domain(identity: Member) -> OwnDomain:
    """The own domain, how far it is, and the records that prove it."""
    return domain_of(_odoo(identity))


@router.put("/domain", responses=ANSWERS)
def ask_domain(identity: Member, wanted: WantedDomain) -> OwnDomain:
    """Notes the domain; it is served once both records are in DNS and were looked at."""
    asked = own_domains.ask(_odoo(identity, "odoo.manage"), wanted.domain, by=identity.login)
    return OwnDomain.model_validate(asked)


@router.post("/domain/check", responses=ANSWERS)
def check_domain(identity: Member) -> OwnDomain:
    """Looks at the records now; where both are right, the domain is being served soon."""
    return OwnDomain.model_validate(own_domains.check(_odoo(identity, "odoo.manage"), by=identity.login))


@router.delete("/domain", status_code=202, responses=ANSWERS)
def remove_domain(identity: Member) -> None:
    """Takes the own domain back."""
    own_domains.remove(_odoo(identity, "odoo.manage"), by=identity.login)


@router.get("/copies", responses=ANSWERS)
def read_copies(identity: Member) -> Copies:
    """The staging copies that there are."""
    return _copies(_odoo(identity))


@router.post("/copies", status_code=201, responses=ANSWERS)
def make_copy(identity: Member, new: NewCopy) -> Copies:
    """Begins a staging copy, within the plan's limit."""
    tenant_id = _odoo(identity, "odoo.manage")
    staging.copy(tenant_id, new.name, by=identity.login)
    return _copies(tenant_id)


@router.delete("/copies/{copy_id}", status_code=202, responses=ANSWERS)
def end_copy(identity: Member, copy_id: int) -> Copies:
    """Does away with a staging copy."""
    tenant_id = _odoo(identity, "odoo.manage")
    staging.end(tenant_id, copy_id, by=identity.login)
    return _copies(tenant_id)


@router.post("/deletion", status_code=202, responses=ANSWERS)
def ask_deletion(identity: Member, given: Confirmation) -> Deletion:
    """Cancels the plan with its period and asks for the Odoo to be deleted afterwards; staff confirm."""
    tenant_id = _odoo(identity, "odoo.end")
    wishes.ask_deletion(tenant_id, typed=given.typed, by=identity.login)
    return _deletion(tenant_id)


@router.delete("/deletion", responses=ANSWERS)
def keep(identity: Member) -> Deletion:
    """Takes the wish back; the plan stays as it is."""
    tenant_id = _odoo(identity, "odoo.end")
    wishes.keep(tenant_id, by=identity.login)
    return _deletion(tenant_id)


def _copies(tenant_id: int) -> Copies:
    extras = portal_extras.read(tenant_id)
    return Copies(copies=[Copy.model_validate(copy) for copy in extras.copies], limit=extras.copies_limit)


def _deletion(tenant_id: int) -> Deletion:
    return Deletion(asked_at=portal_extras.read(tenant_id).deletion_asked_at)
