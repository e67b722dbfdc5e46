"""The business in figures: what the overview, the metrics route and the landing say. Nothing here is estimated."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import TextClause, text
from sqlmodel import Session

from domain import attention, backup_figures, database, income, series
from domain.attention import Concern
from domain.backup_figures import BackupFigures
from domain.income import Income
from domain.recent import recent
from domain.reports import drift as drift_report
from domain.reports import tenants as tenant_report
from domain.states import SubscriptionStatus

ENOUGH = 20  # samples below which a median says nothing to a visitor


@dataclass(frozen=True)
class ReadyTime:
    """Seconds from the order's payment to the first answer of its /web/login, over the last 30 days."""

    count: int
    p50: float
    p95: float


@dataclass(frozen=True)
class NewCustomers:
    """Customers that came in the last 30 days and in the 30 before; `daily` has 30 counts, oldest first."""

    total: int
    recent: int
    before: int
    daily: list[int]


@dataclass(frozen=True)
class Jobs:
    """`failed_today`: those that ended badly since 0:00 UTC."""

    queued: int
    running: int
    failed_today: int


@dataclass(frozen=True)
class Webhooks:
    """Events stored in the last 24 hours, those of them that failed, and deliveries refused since 0:00 UTC."""

    received: int
    failed: int
    refused_today: int


@dataclass(frozen=True)
class Snapshot:
    """Everything the overview shows. Series have one entry a day for 30 days, oldest first; money is in cents.

    `drift` counts disagreements by kind.
    `ready` is None while nothing became ready in 30 days; `ready_daily` has None on days without a sample.
    """

    at: datetime
    customers: NewCustomers
    income: list[Income]
    subscriptions: dict[str, int]
    tenants: dict[str, int]
    running_daily: list[int]
    jobs: Jobs
    ready: ReadyTime | None
    ready_daily: list[float | None]
    webhooks: Webhooks
    backups: BackupFigures
    drift: dict[str, int]
    attention: list[Concern]


_READY = text(
    "select count(*), percentile_cont(0.5) within group (order by took), "
    "percentile_cont(0.95) within group (order by took) "
    "from (select extract(epoch from ready_at - requested_at) as took from tenant "
    "where ready_at > now() - interval '30 days' and requested_at is not null) as sample"
)
_READY_DAILY = text(
    "select date_trunc('day', ready_at, 'UTC'), "
    "percentile_cont(0.5) within group (order by extract(epoch from ready_at - requested_at)) "
    "from tenant where ready_at >= :first and requested_at is not null group by 1"
)
_NEW = text(
    "select (select count(*) from customer), count(*) filter (where created_at > now() - interval '30 days'), "
    "count(*) filter (where created_at <= now() - interval '30 days') "
    "from customer where created_at > now() - interval '60 days'"
)
_NEW_DAILY = text(
    "select date_trunc('day', created_at, 'UTC'), count(*) from customer where created_at >= :first group by 1"
)
_STOOD_UP = text("select date_trunc('day', ready_at, 'UTC'), count(*) from tenant where ready_at >= :first group by 1")
_STANDING = text(
    "select (select count(*) from tenant where ready_at is not null) "
    "- (select count(*) from tenant where released_at is not null and ready_at is not null)"
)
_TAKEN_DOWN = text(
    "select date_trunc('day', released_at, 'UTC'), count(*) from tenant "
    "where released_at >= :first and ready_at is not null group by 1"
)
_SUBSCRIPTIONS = text("select status, count(*) from subscription group by status")
_JOBS = text(
    "select (select count(*) from job where status = 'queued'), (select count(*) from job where status = 'running'), "
    "(select count(*) from job where status = 'failed' and finished_at >= :midnight)"
)
_WEBHOOKS = text(
    "select count(*), count(*) filter (where outcome = 'failed'), "
    "(select coalesce(sum(count), 0) from webhook_counter where day = :today) "
    "from stripe_event where received_at > now() - interval '24 hours'"
)


@recent(5)
def ready_time() -> ReadyTime | None:
    """The measured time to ready, up to 5 s old; None while there are fewer than 20 samples."""
    with database.reading() as session:
        measured = _ready(session)
    return measured if measured is not None and measured.count >= ENOUGH else None


@recent(2)
def snapshot() -> Snapshot:
    """All figures as they stand, up to 2 s old."""
    first = {"first": series.month()[0]}
    with database.reading() as session:
        statuses = {row[0]: row[1] for row in session.execute(_SUBSCRIPTIONS)}
        return Snapshot(
            at=datetime.now(UTC),
            customers=_customers(session),
            income=income.by_currency(session),
            subscriptions={status.value: int(statuses.get(status.value, 0)) for status in SubscriptionStatus},
            tenants=tenant_report.counts(session),
            running_daily=_running(session),
            jobs=_jobs(session),
            ready=_ready(session),
            ready_daily=series.fill({day: float(took) for day, took in session.execute(_READY_DAILY, first)}, None),
            webhooks=_webhooks(session),
            backups=backup_figures.figures(session),
            drift=drift_report.counts(session),
            attention=attention.concerns(session),
        )


@recent(2)
def rail() -> dict[str, int]:
    """The counts beside the rail's nouns, up to 2 s old: `tenants` not deleted, `jobs` running or waiting, `drift`."""
    with database.reading() as session:
        tenants = session.scalar(text("select count(*) from tenant where observed <> 'deleted'"))
        jobs = session.scalar(text("select count(*) from job where status in ('queued', 'running')"))
        drift = session.scalar(text("select count(*) from drift where gone_at is null"))
    return {"tenants": int(tenants or 0), "jobs": int(jobs or 0), "drift": int(drift or 0)}


def _ready(session: Session) -> ReadyTime | None:
    count, p50, p95 = session.execute(_READY).one()
    return ReadyTime(int(count), float(p50), float(p95)) if count else None


def _daily(session: Session, query: TextClause) -> dict[datetime, int]:
    return {day: int(number) for day, number in session.execute(query, {"first": series.month()[0]})}


def _running(session: Session) -> list[int]:
    standing = int(session.scalar(_STANDING) or 0)
    return series.standing(standing, _daily(session, _STOOD_UP), _daily(session, _TAKEN_DOWN))


def _customers(session: Session) -> NewCustomers:
    total, recently, before = session.execute(_NEW).one()
    return NewCustomers(int(total), int(recently), int(before), series.fill(_daily(session, _NEW_DAILY), 0))


def _jobs(session: Session) -> Jobs:
    return Jobs(*(int(number) for number in session.execute(_JOBS, {"midnight": series.midnight()}).one()))


def _webhooks(session: Session) -> Webhooks:
    today = f"{series.midnight():%Y-%m-%d}"
    return Webhooks(*(int(number) for number in session.execute(_WEBHOOKS, {"today": today}).one()))
