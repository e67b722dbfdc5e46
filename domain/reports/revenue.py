"""Income over time: what came, grew, shrank, went and came back, month by month; cohorts; what is owed by age.

Each figure has its definition beside it (DEFINITIONS), which the page shows.
"""

from collections import defaultdict
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


Row = tuple[int, datetime, str, str, int]  # subscription, moment, kind, currency, cents


def month_of(moment: datetime) -> datetime:
    """The first moment of a moment's month (UTC)."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def following(first: datetime) -> datetime:
    """The first moment of the next month."""
    return first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)


@recent(30)
def read() -> Revenue:
    """Everything but what is owed, up to 30 s old."""
    query = text("select subscription_id, at, kind, currency, cents from mrr_movement order by at, id")
    with database.reading() as session:
        rows = [tuple(row) for row in session.execute(query)]
    return Revenue(by_month(rows, now()), cohorts(rows, now()), rates())


def by_month(rows: list[Row], today: datetime) -> dict[str, list[Month]]:
    """The last MONTHS months of each currency. `rows` in the order of their moments."""
    found: dict[str, list[Month]] = {}
    for currency in sorted({row[3] for row in rows}):
        mine = [row for row in rows if row[3] == currency]
        found[currency] = _months(mine, today)
    return found


def _months(rows: list[Row], today: datetime) -> list[Month]:
    firsts = [month_of(today)]
    while len(firsts) < MONTHS:
        last = firsts[0]
        firsts.insert(0, last.replace(year=last.year - (last.month == 1), month=(last.month - 2) % 12 + 1))
    standing: dict[int, int] = defaultdict(int)
    made, position = [], 0
    for first in firsts:
        while position < len(rows) and rows[position][1] < first:
            standing[rows[position][0]] += rows[position][4]
            position += 1
        living = {name for name, cents in standing.items() if cents > 0}
        month = Month(first, opening=sum(standing.values()), began_with=len(living))
        gone: set[int] = set()
        while position < len(rows) and rows[position][1] < following(first):
            name, _, kind, _, cents = rows[position]
            standing[name] += cents
            month.by_kind[kind] += cents
            if kind == "churn" and name in living:
                gone.add(name)
            position += 1
        month.churned = sum(standing[name] <= 0 for name in gone)
        month.paying = sum(cents > 0 for cents in standing.values())
        made.append(month)
    return made


def cohorts(rows: list[Row], today: datetime) -> list[Cohort]:
    """By the month in which subscriptions began to pay, the last MONTHS of them, oldest first."""
    began: dict[int, datetime] = {}
    changes: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for name, at, _, _, cents in rows:
        began.setdefault(name, month_of(at))
        changes[name].append((at, cents))
    made = []
    for first in sorted(set(began.values()))[-MONTHS:]:
        names = [name for name, month in began.items() if month == first]
        kept, end = [], following(first)
        while end <= following(month_of(today)):
            kept.append(sum(sum(cents for at, cents in changes[name] if at < end) > 0 for name in names))
            end = following(end)
        made.append(Cohort(first, len(names), kept))
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
