"""Monthly recurring income by currency: what Stripe collects for subscriptions that are active or past due.

A yearly price counts a twelfth, in whole cents. Tenants that staff made by hand are not charged and do not count.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain import series
from domain.reports.tenants import due_since


@dataclass(frozen=True)
class Income:
    """`cents` a month, and what stood at the end of each of the last 30 days (at today's prices), oldest first.

    Outstanding: the charges that are past due, their customers, and those of them for more than 7 days.
    """

    currency: str
    cents: int
    daily: list[int]
    outstanding_cents: int
    outstanding_customers: int
    outstanding_over_7_days: int

    @property
    def growth(self) -> float | None:
        """Change over the series, 0.031 for 3.1 %; None where nothing stood at its beginning."""
        return (self.cents - self.daily[0]) / self.daily[0] if self.daily[0] else None


# One pass over the table: what stands now, what each day of the month added, and what each took.
_COUNTS = text(
    "select price_id, status <> 'cancelled' as stands, "
    "case when activated_at >= :first then date_trunc('day', activated_at, 'UTC') end as added, "
    "case when cancelled_at >= :first then date_trunc('day', cancelled_at, 'UTC') end as taken, count(*) as number "
    "from subscription where status in ('active', 'past_due', 'cancelled') and stripe_subscription_id is not null "
    "group by 1, 2, 3, 4"
)
_PRICES = text("select id, currency, interval, amount_cents from price")
_UNPAID = text(
    "select price_id, customer_id, current_period_end from subscription "
    "where status = 'past_due' and stripe_subscription_id is not null"
)


def by_currency(session: Session) -> list[Income]:
    """One entry a currency in which anything is sold or was, by currency."""
    prices = {row.id: row for row in session.execute(_PRICES)}
    monthly = {one: monthly_cents(row.amount_cents, row.interval) for one, row in prices.items()}
    now: dict[str, int] = defaultdict(int)
    added: dict[str, dict[datetime, int]] = defaultdict(lambda: defaultdict(int))
    taken: dict[str, dict[datetime, int]] = defaultdict(lambda: defaultdict(int))
    for row in session.execute(_COUNTS, {"first": series.month()[0]}):
        currency, cents = prices[row.price_id].currency.upper(), monthly[row.price_id] * row.number
        if row.stands:
            now[currency] += cents
            if row.added is not None:
                added[currency][row.added.astimezone(UTC)] += cents
        elif row.taken is not None and row.added is None:
            taken[currency][row.taken.astimezone(UTC)] += cents
    owed = _outstanding(session, prices)
    return [
        Income(one, now[one], series.standing(now[one], added[one], taken[one]), *owed.get(one, (0, 0, 0)))
        for one in sorted({*now, *owed})
    ]


def monthly_cents(amount_cents: int, interval: str) -> int:
    """5900 a month is 5900; 59000 a year is 4917: a twelfth, rounded half up."""
    return (amount_cents + 6) // 12 if interval == "year" else amount_cents


def _outstanding(session: Session, prices: Mapping[int, Any]) -> dict[str, tuple[int, int, int]]:
    cents: dict[str, int] = defaultdict(int)
    who: dict[str, set[int]] = defaultdict(set)
    late: dict[str, set[int]] = defaultdict(set)
    week_ago = datetime.now(UTC) - timedelta(days=7)
    for price, customer, period_end in session.execute(_UNPAID):
        currency = prices[price].currency.upper()
        cents[currency] += prices[price].amount_cents
        who[currency].add(customer)
        if period_end is not None and due_since(period_end, prices[price].interval) < week_ago:
            late[currency].add(customer)
    return {one: (cents[one], len(who[one]), len(late[one])) for one in cents}
