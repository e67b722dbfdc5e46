"""Retention and the night: properties that hold for every history."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as some

from domain.backup_schedule import NIGHT, Terms, kept, last_slot, night_began, terms

MOMENTS = some.lists(
    some.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31), timezones=some.just(UTC)), max_size=60  # noqa: DTZ001
)  # fmt: skip
TERMS = some.builds(Terms, some.just(1), some.integers(1, 10), some.integers(0, 6), some.integers(0, 12))


@given(MOMENTS, TERMS)
@settings(max_examples=150)
def test_the_newest_stays_nothing_is_made_up_and_no_more_than_promised(moments: list[datetime], wanted: Terms) -> None:
    keep = kept(moments, wanted)
    assert keep <= set(moments)
    assert len(keep) <= max(1, wanted.daily + wanted.weekly + wanted.monthly)
    if moments:
        assert max(moments) in keep
    assert kept(keep, wanted) == keep, "what is kept is kept again"


@given(MOMENTS, TERMS)
@settings(max_examples=150)
def test_each_of_the_last_days_and_months_keeps_its_newest(moments: list[datetime], wanted: Terms) -> None:
    keep = kept(moments, wanted)
    days = sorted({at.date() for at in moments}, reverse=True)[: wanted.daily]
    assert all(max(at for at in moments if at.date() == day) in keep for day in days)
    months = sorted({(at.year, at.month) for at in moments}, reverse=True)[: wanted.monthly]
    assert all(max(at for at in moments if (at.year, at.month) == month) in keep for month in months)


@given(TERMS)
@settings(max_examples=30)
def test_pruned_each_night_as_much_is_kept_as_pruned_once(wanted: Terms) -> None:
    nights = [datetime(2026, 1, 1, 3, tzinfo=UTC) + timedelta(days=night) for night in range(200)]
    standing: set[datetime] = set()
    for night in nights:
        standing = kept({*standing, night}, wanted)
    assert standing == kept(nights, wanted)


@given(some.integers(1, 10**9), some.integers(1, 24), some.integers(0, 23), some.integers(0, 10**6))
def test_the_slot_is_in_the_past_less_than_a_period_ago_and_the_first_in_the_night(
    tenant: int, per_day: int, hour: int, minutes: int
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    slot = last_slot(tenant, per_day, hour, now)
    assert slot is not None
    assert timedelta() <= now - slot < timedelta(days=1) / per_day + timedelta(seconds=1)
    if per_day == 1:
        assert (slot - night_began(hour, slot)).total_seconds() < NIGHT


def test_a_plan_without_a_schedule_has_no_slot() -> None:
    assert last_slot(7, 0, 6, datetime(2026, 1, 1, tzinfo=UTC)) is None


def test_limits_that_make_no_sense_are_the_usual_ones_or_the_nearest() -> None:
    assert terms({}) == Terms(1, 7, 4, 6)
    assert terms({"backups_per_day": 4, "keep_daily": 0, "keep_weekly": "x", "keep_monthly": True}) == Terms(4, 1, 4, 6)
    assert terms({"backups_per_day": 900}).per_day == 24
