"""Monthly recurring income by currency: what subscriptions that are active or past due bring (see `movements`).

A yearly price counts a twelfth, in whole cents. Tenants that staff made by hand are not charged and do not count.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text
from sqlmodel import Session

from domain import series


@dataclass(frozen=True)
class Income:
    """`cents` a month, and what stood at the end of each of the last 30 days, oldest first.

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


_NOW = text(
    "select p.currency, sum(s.mrr_cents) as cents from subscription as s join price as p on p.id = s.price_id "
    "where s.status in ('active', 'past_due') and s.stripe_subscription_id is not null group by p.currency"
)
_CHANGES = text(
    "select currency, date_trunc('day', at, 'UTC') as day, sum(cents) as cents from mrr_movement "
    "where at >= :first group by 1, 2"
)
# Since when it is due: as `reports.tenants.due_since`, which see.
_UNPAID = text(
    "select currency, sum(amount_cents) as cents, count(distinct customer_id) as customers, "
    "count(distinct customer_id) filter (where due < now() - interval '7 days') as late from ("
    "select upper(p.currency) as currency, s.amount_cents, s.customer_id, s.current_period_end - case "
    "when s.current_period_end <= now() then interval '0 days' "
    "when p.interval = 'year' then interval '365 days' else interval '30 days' end as due "
    "from subscription as s join price as p on p.id = s.price_id "
    "where s.status = 'past_due' and s.stripe_subscription_id is not null) as unpaid group by currency"
)


def by_currency(session: Session) -> list[Income]:
    """One entry a currency in which anything is sold or was, by currency."""
    now = {row.currency.upper(): int(row.cents) for row in session.execute(_NOW)}
    changes: dict[str, dict[datetime, int]] = defaultdict(dict)
    for row in session.execute(_CHANGES, {"first": series.month()[0]}):
        changes[row.currency.upper()][row.day.astimezone(UTC)] = int(row.cents)
    owed = _outstanding(session)
    return [
        Income(one, now.get(one, 0), series.standing(now.get(one, 0), changes[one], {}), *owed.get(one, (0, 0, 0)))
        for one in sorted({*now, *owed})
    ]


def monthly_cents(amount_cents: int, interval: str) -> int:
    """5900 a month is 5900; 59000 a year is 4917: a twelfth, rounded half up."""
    return (amount_cents + 6) // 12 if interval == "year" else amount_cents


def _outstanding(session: Session) -> dict[str, tuple[int, int, int]]:
    found = session.execute(_UNPAID).all()
    return {row.currency: (int(row.cents), int(row.customers), int(row.late)) for row in found}
