"""Income over time: what came, grew, shrank, went and came back, month by month; cohorts; what is owed by age.

Each figure has its definition beside it (DEFINITIONS), which the page shows.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import text

from domain import currencies, database, stripe_accounts
from domain.models.base import now
from domain.movements import KINDS
from domain.recent import recent
from domain.settings import settings

MONTHS = 12
AGES = (("Hasta 7 días", 7), ("8 a 30 días", 30), ("31 a 60 días", 60), ("Más de 60 días", 100_000))
DEFINITIONS = {
    "MRR": "Lo que las suscripciones pagan al mes a precio de lista: un año cuenta una doceava parte. Sin impuestos, "
    "descuentos ni cobros únicos. Una prueba no cuenta hasta que se paga; quien debe cuenta hasta que termina.",
    "Nuevo": "MRR de clientes que pagan por primera vez.",
    "Expansión": "Lo que sube el MRR de quien ya pagaba: un plan más caro.",
    "Contracción": "Lo que baja el MRR de quien sigue pagando.",
    "Bajas": "MRR de suscripciones que terminaron.",
    "Reactivación": "MRR de quien se fue y volvió, por su correo.",
    "Tasa de bajas": "Suscripciones que terminaron en el mes entre las que había al empezarlo.",
    "Ingreso medio": "MRR entre suscripciones que pagan, al final del mes.",
    "Cohortes": "De las suscripciones que empezaron a pagar en un mes, cuántas seguían pagando al final de cada mes.",
    "Por cobrar": "Facturas emitidas y sin pagar, según Stripe, por los días que han pasado desde que se emitieron.",
}


@dataclass
class Month:
    """One month of one currency, in cents; `first` is its first moment. `churned` and `began_with` count
    subscriptions."""

    first: datetime
    opening: int = 0
    by_kind: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    began_with: int = 0
    churned: int = 0
    paying: int = 0

    @property
    def closing(self) -> int:
        return self.opening + sum(self.by_kind.values())

    @property
    def churn_rate(self) -> float | None:
        """0.05 for 5 %; None where nobody could leave."""
        return self.churned / self.began_with if self.began_with else None

    @property
    def average_cents(self) -> int | None:
        """MRR a paying subscription, rounded half up; None where nobody pays."""
        return (2 * self.closing + self.paying) // (2 * self.paying) if self.paying else None


@dataclass(frozen=True)
class Cohort:
    """`size` subscriptions began to pay in the month of `first`; `kept` of them at the end of that month and of each
    later one."""

    first: datetime
    size: int
    kept: list[int]


@dataclass(frozen=True)
class Receivable:
    """What is owed in a currency, in cents, by the ages of AGES."""

    currency: str
    by_age: list[int]


@dataclass(frozen=True)
class Revenue:
    """`months` by currency, oldest first; `rates`: what one unit of a currency is worth in the first of SOLD_IN."""

    months: dict[str, list[Month]]
    cohorts: list[Cohort]
    rates: dict[str, Decimal]


Sum = tuple[str, datetime, str, int]
"""Currency, first moment of a month, kind of movement, cents."""
Turn = tuple[str, datetime, datetime, int, int]
"""Currency, month in which subscriptions began to pay, a month, how many of them paid again from it on, how many no
more."""

# Counted in the database: a hundred thousand subscriptions are a few hundred rows here.
_SUMS = text(
    "select currency, date_trunc('month', at, 'UTC') as month, kind, sum(cents) as cents from mrr_movement "
    "group by 1, 2, 3"
)
_TURNS = text(
    "with monthly as (select subscription_id, currency, date_trunc('month', at, 'UTC') as month, sum(cents) as cents "
    "from mrr_movement group by 1, 2, 3), standing as (select currency, month, cents, "
    "sum(cents) over (partition by subscription_id order by month) as after, "
    "min(month) over (partition by subscription_id) as cohort from monthly) "
    "select currency, cohort, month, count(*) filter (where after > 0 and after - cents <= 0) as came, "
    "count(*) filter (where after <= 0 and after - cents > 0) as gone from standing group by 1, 2, 3"
)


def month_of(moment: datetime) -> datetime:
    """The first moment of a moment's month (UTC)."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def following(first: datetime) -> datetime:
    """The first moment of the next month."""
    return first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)


@recent(30)
def read() -> Revenue:
    """Everything but what is owed, up to 30 s old."""
    with database.reading() as session:
        sums = [(row[0], month_of(row[1]), row[2], int(row[3])) for row in session.execute(_SUMS)]
        turns = [(row[0], month_of(row[1]), month_of(row[2]), row[3], row[4]) for row in session.execute(_TURNS)]
    return Revenue(by_month(sums, turns, now()), cohorts(turns, now()), rates())


def by_month(sums: list[Sum], turns: list[Turn], today: datetime) -> dict[str, list[Month]]:
    """The last MONTHS months of each currency, oldest first."""
    return {
        currency: _months(
            [row for row in sums if row[0] == currency], [row for row in turns if row[0] == currency], today
        )
        for currency in sorted({row[0] for row in sums})
    }


def _months(sums: list[Sum], turns: list[Turn], today: datetime) -> list[Month]:
    firsts = [month_of(today)]
    while len(firsts) < MONTHS:
        last = firsts[0]
        firsts.insert(0, last.replace(year=last.year - (last.month == 1), month=(last.month - 2) % 12 + 1))
    opening = sum(cents for _, month, _, cents in sums if month < firsts[0])
    paying = sum(came - gone for _, _, month, came, gone in turns if month < firsts[0])
    made = []
    for first in firsts:
        month = Month(first, opening=opening, began_with=paying)
        for _, when, kind, cents in sums:
            if when == first:
                month.by_kind[kind] += cents
        month.churned = sum(gone for _, _, when, _, gone in turns if when == first)
        paying += sum(came for _, _, when, came, _ in turns if when == first) - month.churned
        month.paying, opening = paying, month.closing
        made.append(month)
    return made


def cohorts(turns: list[Turn], today: datetime) -> list[Cohort]:
    """By the month in which subscriptions began to pay, the last MONTHS of them, oldest first."""
    made = []
    for first in sorted({cohort for _, cohort, _, _, _ in turns})[-MONTHS:]:
        mine = [(month, came, gone) for _, cohort, month, came, gone in turns if cohort == first]
        kept, end = [], following(first)
        while end <= following(month_of(today)):
            kept.append(sum(came - gone for month, came, gone in mine if month < end))
            end = following(end)
        size = sum(came for month, came, _ in mine if month == first)
        made.append(Cohort(first, size, kept))
    return made


def rates() -> dict[str, Decimal]:
    """What one unit of each currency is worth in the first of SOLD_IN, as the operator states it."""
    stated = {currencies.SOLD_IN[0]: Decimal(1)}
    for part in filter(None, (part.strip() for part in settings().exchange_rates.split(","))):
        currency, _, rate = part.partition("=")
        stated[currency] = Decimal(rate)
    return stated


def converted(cents: int, currency: str, stated: dict[str, Decimal]) -> int | None:
    """Cents of the first of SOLD_IN, rounded; None where no rate is stated."""
    if currency not in stated:
        return None
    units = Decimal(cents).scaleb(-currencies.decimals(currency)) * stated[currency]
    return int(units.scaleb(currencies.decimals(currencies.SOLD_IN[0])).to_integral_value())


@recent(60)
def receivables() -> list[Receivable]:
    """What Stripe says is owed, up to a minute old. Raises Unavailable."""
    sums: dict[str, list[int]] = {}
    today = now()
    for invoice in stripe_accounts.every_open_invoice():
        age = (today - invoice.date).days
        place = next(place for place, (_, most) in enumerate(AGES) if age <= most)
        sums.setdefault(invoice.currency.upper(), [0] * len(AGES))[place] += invoice.due_cents
    return [Receivable(currency, by_age) for currency, by_age in sorted(sums.items())]
