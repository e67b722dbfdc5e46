"""When a tenant's backups are made and how long they are kept: pure functions on moments and a plan's limits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain import plan_limits

NIGHT = 6 * 3600  # seconds over which a night's backups are spread
DAY = 86_400
SPREAD = 7_919  # a prime: neighbours by number are far apart in the night


@dataclass(frozen=True)
class Terms:
    """What a plan gives: scheduled backups a day, and how many days, weeks and months keep their last one."""

    per_day: int = 1
    daily: int = 7
    weekly: int = 4
    monthly: int = 6


# How long the others are kept, in days: somebody asked for them, or something was about to be done.
KEPT_DAYS = {"manual": 90, "before_restore": 30, "before_archive": 90}


def terms(limits: Mapping[str, Any]) -> Terms:
    """What a plan's `limits` say of backups (see `plan_limits`)."""
    return Terms(
        per_day=plan_limits.of(limits, "backups_per_day"),
        daily=plan_limits.of(limits, "keep_daily"),
        weekly=plan_limits.of(limits, "keep_weekly"),
        monthly=plan_limits.of(limits, "keep_monthly"),
    )


def last_slot(tenant_id: int, per_day: int, hour: int, now: datetime) -> datetime | None:
    """The newest moment, not after `now`, at which this tenant's backup was to be made; None for no schedule.

    The first of a day lies within the night that begins at `hour` (UTC), the others evenly after it.
    """
    if per_day <= 0:
        return None
    every = DAY / per_day
    phase = hour * 3600 + tenant_id * SPREAD % min(NIGHT, int(every))
    at = (now.timestamp() - phase) // every * every + phase
    return datetime.fromtimestamp(at, tz=now.tzinfo)


def night_began(hour: int, now: datetime) -> datetime:
    """When the night that is, or was last, began."""
    today = now.replace(hour=hour % 24, minute=0, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)


def kept(moments: Iterable[datetime], wanted: Terms) -> set[datetime]:
    """Grandfather, father, son: of the last `daily` days, `weekly` weeks and `monthly` months that have a backup, the
    newest of each. The newest of all is always kept. Counted by what is there, not by the calendar: a tenant that
    made none for a year keeps what it had."""
    newest_first = sorted(set(moments), reverse=True)
    keep = set(newest_first[:1])
    for many, name in (
        (wanted.daily, lambda at: at.date()),
        (wanted.weekly, lambda at: at.isocalendar()[:2]),
        (wanted.monthly, lambda at: (at.year, at.month)),
    ):
        seen: set[object] = set()
        for at in newest_first:
            if len(seen) >= many:
                break
            if name(at) not in seen:
                seen.add(name(at))
                keep.add(at)
    return keep
