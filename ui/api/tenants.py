"""Tenants by API: list, one, made by hand without Stripe, acted upon, and all as CSV."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from domain import by_hand
from domain.order_form import OrderForm
from domain.reports import tenant_detail
from domain.reports import tenants as report
from domain.reports.tenants import TenantRow
from ui import auth
from ui.api import sheets

router = APIRouter(prefix="/api/tenants", tags=["tenants"])
Viewer = Annotated[auth.Identity, Depends(auth.may("panel.see"))]
Operator = Annotated[auth.Identity, Depends(auth.may("tenants.operate"))]
REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Nobody is logged in."},
    403: {"description": "The account is not of the staff, or its role does not allow it."},
}


class TenantSummary(BaseModel):
    """One tenant. `state` is what it is, or past_due where it runs and is not paid; `desired` what it shall be."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "example": {
                "id": 1204, "subdomain": "panaderia-sol", "url": "https://panaderia-sol.alta.example",
                "company": "Panadería Sol, S.R.L.", "customer_id": 990, "email": "marta@panaderiasol.do",
                "country": "DO", "state": "running", "desired": "running", "observed": "running", "plan": "Pyme",
                "node": "nodo-a", "next_charge_at": "2026-12-08T14:03:22Z", "overdue_days": None,
                "ready_seconds": 0.82, "created_at": "2026-11-08T14:03:20Z",
            }
        },
    )  # fmt: skip

    id: int
    subdomain: str
    url: str
    company: str
    customer_id: int
    email: str
    country: str
    state: str
    desired: str
    observed: str
    plan: str | None
    node: str | None
    next_charge_at: datetime | None
    overdue_days: int | None
    ready_seconds: float | None
    created_at: datetime


class TenantPage(BaseModel):
    """`total` counts all that pass the filter."""

    tenants: list[TenantSummary]
    total: int
    page: int
    size: int


class TenantWhole(TenantSummary):
    """With why it is suspended or broken, and the actions that its state allows."""

    suspend_reasons: list[str]
    broken_reason: str | None
    language: str
    currency: str
    requested_at: datetime | None
    ready_at: datetime | None
    actions: list[str]


class NewTenant(BaseModel):
    """A tenant without Stripe. `plan` is recorded where given, and not charged."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "company": "Taller Andino SpA", "full_name": "Ana Rojas", "email": "ana@tallerandino.cl",
                "subdomain": "taller-andino", "country": "CL", "plan": "",
            }
        }
    )  # fmt: skip

    company: str = ""
    full_name: str = ""
    email: str = ""
    subdomain: str = ""
    country: str = ""
    plan: str = ""
    tax_id: str = ""


class MadeTenant(BaseModel):
    """The tenant and the job that makes it: follow it at /api/jobs/{job_id}/log?follow=1."""

    model_config = ConfigDict(from_attributes=True)

    tenant_id: int
    subdomain: str
    url: str = Field(examples=["https://taller-andino.alta.example"])
    job_id: int


def asked(
    search: Annotated[str, Query(description="Words of subdomain, company, person or e-mail; accents ignored.")] = "",
    state: Annotated[str | None, Query(description=f"One of {', '.join(report.STATES)}.")] = None,
    sort: Annotated[str, Query(description="created or subdomain")] = "created",
    descending: bool = True,
    page: Annotated[int, Query(ge=1)] = 1,
    size: Annotated[int, Query(ge=1, le=200)] = 25,
) -> report.Filter:
    """The filter that list and CSV share."""
    return report.Filter(search, state, sort, descending, page, size)


@router.get("", responses=REFUSALS, summary="List tenants")
def list_tenants(_who: Viewer, wanted: Annotated[report.Filter, Depends(asked)]) -> TenantPage:
    """One page of tenants, newest first unless asked otherwise; the deleted only when asked for by state."""
    found = report.page(wanted)
    rows = [TenantSummary.model_validate(row) for row in found.rows]
    return TenantPage(tenants=rows, total=found.total, page=found.number, size=found.size)


@router.post(
    "",
    status_code=201,
    responses={
        **REFUSALS,
        409: {"description": "The subdomain is taken."},
        422: {"description": "Something is wrong with the input: every fault at once."},
    },
    summary="Make a tenant without Stripe",
)
def create_tenant(who: Operator, new: NewTenant) -> MadeTenant:
    """Customer, owner, tenant and job in one commit."""
    return MadeTenant.model_validate(by_hand.create(OrderForm(**new.model_dump()), by=who.login))


@router.get(
    ".csv",
    response_class=StreamingResponse,
    responses={**REFUSALS, 200: {"content": {"text/csv": {}}, "description": "One row a tenant."}},
    summary="Tenants as CSV",
)
def export_tenants(_who: Viewer, wanted: Annotated[report.Filter, Depends(asked)]) -> StreamingResponse:
    """Every tenant that passes the filter, oldest first, streamed."""
    headers = {"Content-Disposition": 'attachment; filename="instancias.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_csv(report.export(wanted)), media_type="text/csv; charset=utf-8", headers=headers)


@router.get(
    "/{tenant_id}", responses={**REFUSALS, 404: {"description": "There is no such tenant."}}, summary="One tenant"
)
def read_tenant(_who: Viewer, tenant_id: int) -> TenantWhole:
    """The tenant as it is now."""
    whole = tenant_detail.read(tenant_id)
    return TenantWhole(
        **TenantSummary.model_validate(whole.row).model_dump(),
        suspend_reasons=whole.suspend_reasons,
        broken_reason=whole.broken_reason,
        language=whole.language,
        currency=whole.currency,
        requested_at=whole.requested_at,
        ready_at=whole.ready_at,
        actions=[action.name for action in whole.actions],
    )


COLUMNS = [name for name in TenantSummary.model_fields if name != "customer_id"]


def _csv(rows: Iterator[TenantRow]) -> Iterator[str]:
    yield sheets.MARK + sheets.line(COLUMNS)
    for row in rows:
        yield sheets.line([getattr(row, name) for name in COLUMNS])
