"""A month in days: counts and sums a day in UTC, and standing figures told backwards from today's."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

V = TypeVar("V")
DAYS = 30


def midnight() -> datetime:
    """The beginning of today, UTC."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def month() -> list[datetime]:
    """The beginnings of the last 30 days, today's last."""
    today = midnight()
    return [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]


def fill(found: Mapping[datetime, V], empty: V) -> list[V]:
    """What was found for each day of the month, `empty` where nothing was."""
    by_day = {day.astimezone(UTC): value for day, value in found.items()}
    return [by_day.get(day, empty) for day in month()]


def standing(now: int, added: Mapping[datetime, int], taken: Mapping[datetime, int]) -> list[int]:
    """How much stood at the end of each day, from what stands now and what each day added and took."""
    changes = [plus - minus for plus, minus in zip(fill(added, 0), fill(taken, 0), strict=True)]
    levels = [now]
    for change in reversed(changes[1:]):
        levels.append(levels[-1] - change)
    return levels[::-1]
