"""The business in figures, as the admin's overview shows it."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from domain import metrics
from ui import auth

router = APIRouter(prefix="/api/dashboard", tags=["dashboard"])
REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Nobody is logged in."},
    403: {"description": "The account is not of the staff."},
}
Daily = Annotated[list[int], Field(description="One number a day for 30 days, oldest first, days in UTC.")]


class NewCustomers(BaseModel):
    """Customers in all, of the last 30 days, of the 30 before."""

    total: int
    recent: int
    before: int
    daily: Daily


class Income(BaseModel):
    """Monthly recurring income of one currency, in cents; a yearly price counts a twelfth."""

    currency: str
    cents: int
    daily: Daily
    outstanding_cents: int
    outstanding_customers: int
    outstanding_over_7_days: int


class Jobs(BaseModel):
    """Jobs that wait, that run, and that failed since 0:00 UTC."""

    queued: int
    running: int
    failed_today: int


class ReadyTime(BaseModel):
    """Seconds from payment to the first page, over the last 30 days."""

    count: int
    p50: float
    p95: float


class Webhooks(BaseModel):
    """Events of the last 24 hours, the failed among them, and deliveries refused since 0:00 UTC."""

    received: int
    failed: int
    refused_today: int


class Backups(BaseModel):
    """Backups that are stored and their bytes; made and failed in the last 24 hours; proven by a restore on trial, or
    not, in the last 30 days. `on`: whether they are made at all."""

    on: bool
    stored: int
    bytes: int
    made: int
    failed: int
    proven: int
    disproven: int
    last_proven_at: datetime | None


class Concern(BaseModel):
    """Something that needs attention: why, and the page where it is dealt with."""

    code: str
    count: int
    reason: str
    link: str


class Metrics(BaseModel):
    """All figures, at most 2 s old."""

    at: datetime
    customers: NewCustomers
    income: list[Income]
    subscriptions: dict[str, int] = Field(examples=[{"pending": 3, "active": 1187, "past_due": 31, "cancelled": 40}])
    tenants: dict[str, int] = Field(examples=[{"running": 1187, "creating": 5, "suspended": 12, "broken": 0}])
    running_daily: Daily
    jobs: Jobs
    ready: ReadyTime | None
    ready_daily: list[float | None]
    webhooks: Webhooks
    backups: Backups
    drift: dict[str, int] = Field(examples=[{"row_without_database": 1, "two_databases": 0}])
    attention: list[Concern]


@router.get("/metrics", responses=REFUSALS, summary="The overview's figures")
def read_metrics(_who: Annotated[auth.Identity, Depends(auth.may("panel.see"))]) -> Metrics:
    """Customers, income by currency, subscriptions, tenants, jobs, time to ready, webhooks, what needs attention."""
    return Metrics.model_validate(asdict(metrics.snapshot()))
