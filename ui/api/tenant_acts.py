"""What staff do to a tenant, by API: the menu of its page, and its own domain."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from domain import own_domains, tenant_actions, tenants
from domain.errors import NotFound
from ui import auth
from ui.api.tenants import REFUSALS, TenantWhole, read_tenant

router = APIRouter(prefix="/api/tenants/{tenant_id}", tags=["tenants"])
Operator = Annotated[auth.Identity, Depends(auth.may("tenants.operate"))]
Viewer = Annotated[auth.Identity, Depends(auth.may("panel.see"))]
ANSWERS: dict[int | str, dict[str, Any]] = {
    **REFUSALS,
    404: {"description": "There is no such tenant, action or domain."},
    409: {"description": "The tenant's state does not allow it, or the name or domain is another's."},
    422: {"description": "What was typed or given is not right."},
    503: {"description": "DNS does not answer; try again."},
}


class Act(BaseModel):
    """`typed`: the subdomain, where the action wants it confirmed; `value`: what it asks for, as a copy's name."""

    model_config = ConfigDict(json_schema_extra={"example": {"typed": "", "value": "panaderia-sol-pruebas"}})

    typed: str = ""
    value: str = ""


class WantedDomain(BaseModel):
    domain: str = Field(examples=["erp.panaderiasol.do"], max_length=300)


class DnsRecord(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    type: str
    name: str
    value: str


class OwnDomain(BaseModel):
    """`state`: waiting (for the records in DNS), applying, live, removing; `problem` is what the last look missed."""

    model_config = ConfigDict(from_attributes=True)

    domain: str
    state: str
    records: list[DnsRecord]
    problem: str | None
    checked_at: datetime | None


@router.post("/actions/{name}", responses=ANSWERS, summary="Do what the tenant's state allows")
def act(who: Operator, tenant_id: int, name: str, given: Act) -> TenantWhole:
    """One of the tenant's `actions`; answers with the tenant as it is then. What takes time is a job."""
    tenant_actions.perform(tenant_id, name, by=who.login, typed=given.typed, value=given.value)
    return read_tenant(who, tenant_id)


@router.get("/domain", responses=ANSWERS, summary="A tenant's own domain")
def read_domain(_who: Viewer, tenant_id: int) -> OwnDomain:
    """The domain, how far it is, and the records that prove it."""
    return domain_of(tenant_id)


@router.put("/domain", responses=ANSWERS, summary="Ask for an own domain")
def ask_domain(who: Operator, tenant_id: int, wanted: WantedDomain) -> OwnDomain:
    """Notes the domain; it is served once both records are in DNS and were looked at."""
    return OwnDomain.model_validate(own_domains.ask(tenant_id, wanted.domain, by=who.login))


@router.post("/domain/check", responses=ANSWERS, summary="Look at the domain's DNS records")
def check_domain(who: Operator, tenant_id: int) -> OwnDomain:
    """Looks now; where both records are right, a job has the node serve the domain."""
    return OwnDomain.model_validate(own_domains.check(tenant_id, by=who.login))


@router.delete("/domain", status_code=202, responses=ANSWERS, summary="Take the own domain back")
def remove_domain(who: Operator, tenant_id: int) -> None:
    """At once where it never was served, else with a job."""
    own_domains.remove(tenant_id, by=who.login)


def domain_of(tenant_id: int) -> OwnDomain:
    """The domain of a tenant. Raises NotFound."""
    tenants.known(tenant_id)
    found = own_domains.view(tenant_id)
    if found is None:
        raise NotFound("No hay dominio propio.")
    return OwnDomain.model_validate(found)
