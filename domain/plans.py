"""What is sold: the plans as visitors see them, in the money of their country where we sell in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlmodel import Session, col, select

from domain import catalogue as default
from domain import currencies, database, formats
from domain.models import Plan, Price
from domain.recent import recent

INTERVALS = ("month", "year")
MOST_PEOPLE = 10_000


@dataclass(frozen=True)
class PriceView:
    """`amount_cents` in Stripe's minor units of `currency` (upper case), charged once an `interval`."""

    id: int
    amount_cents: int
    currency: str
    lookup_key: str
    interval: str


@dataclass(frozen=True)
class PlanView:
    """A plan on sale; `prices` by interval (`month`, `year`), never empty. `trial_days` before the first charge.

    `per_person`: a price is for one person. Extras, which are added to a plan by the piece, have the same shape.
    """

    code: str
    name: str
    summary: str
    features: list[str]
    highlighted: bool
    prices: dict[str, PriceView] = field(default_factory=dict)
    trial_days: int = 0
    per_person: bool = False


@recent(5)
def catalogue(country: str = "") -> list[PlanView]:
    """The plans on sale, in their order, up to 5 s old, priced for a country (ISO 3166-1 alpha-2; "" for no one's)."""
    return _on_sale("plan", country)


@recent(5)
def extras(country: str = "") -> list[PlanView]:
    """What is added to a plan by the piece, as `catalogue`."""
    return _on_sale("extra", country)


def forget() -> None:
    """What is sold was changed in this process: it is read anew."""
    catalogue.forget()
    extras.forget()


def _on_sale(kind: str, country: str) -> list[PlanView]:
    with database.reading() as session:
        rows = session.exec(
            select(Plan, Price)
            .join(Price, col(Price.plan_id) == Plan.id)
            .where(Plan.kind == kind, col(Plan.visible).is_(True), col(Price.active).is_(True))
            .order_by(col(Plan.position), col(Plan.id), col(Price.id))
        ).all()
    views: dict[str, PlanView] = {}
    for code, prices in _by_plan(rows).items():
        plan = prices[0][0]
        view = PlanView(
            code, plan.name, plan.summary, list(plan.features), plan.highlighted,
            trial_days=plan.trial_days, per_person=plan.per_person,
        )  # fmt: skip
        for price in in_money_of(country, [price for _, price in prices]):
            view.prices[price.interval] = PriceView(
                price.id or 0, price.amount_cents, price.currency, price.lookup_key, price.interval
            )
        views[code] = view
    return list(views.values())


def _by_plan(rows: Sequence[tuple[Plan, Price]]) -> dict[str, list[tuple[Plan, Price]]]:
    found: dict[str, list[tuple[Plan, Price]]] = {}
    for plan, price in rows:
        found.setdefault(plan.code, []).append((plan, price))
    return found


def in_money_of(country: str, prices: Sequence[Price]) -> list[Price]:
    """Of one plan's prices those in the country's money, else those in the money that comes first in SOLD_IN."""
    order = (formats.currency_of(country) if country else "", *currencies.SOLD_IN)
    there = {price.currency for price in prices}
    chosen = next((code for code in order if code in there), None)
    return [price for price in prices if price.currency == chosen]


def offered(session: Session, code: str, interval: str, country: str = "") -> Price | None:
    """The price at which `code` is sold now; None: there is no such plan, or not by that interval."""
    rows = session.exec(
        select(Price)
        .join(Plan, col(Price.plan_id) == Plan.id)
        .where(Plan.code == code, Plan.kind == "plan", col(Plan.visible).is_(True), col(Price.active).is_(True))
        .order_by(col(Price.id).desc())
    ).all()
    return next((price for price in in_money_of(country, rows) if price.interval == interval), None)


def lookup_key(code: str, interval: str, currency: str, amount_cents: int) -> str:
    """Names a price at Stripe. The amount is part of it, because a changed amount is another price."""
    return f"alta_{code}_{interval}_{currency.lower()}_{amount_cents}"


def install_default(session: Session) -> int:
    """Puts the first catalogue into an installation that has no plan; returns how many plans were added."""
    # Several processes may start at once on one new database.
    session.execute(text("lock table plan in share row exclusive mode"))
    if session.exec(select(Plan.id)).first() is not None:
        return 0
    for position, given in enumerate((*default.PLANS, *default.EXTRAS)):
        extra = given in default.EXTRAS
        plan = Plan(
            code=given.code, name=given.name, summary=given.summary, features=list(given.features), position=position,
            highlighted=given.highlighted, kind="extra" if extra else "plan",
            blueprint=None if extra else default.BLUEPRINT, limits=dict(given.limits),
            staging_copies=given.staging_copies,
        )  # fmt: skip
        session.add(plan)
        session.flush()
        yearly = given.monthly_cents * default.MONTHS_IN_A_YEAR_PAID
        for interval, amount in zip(INTERVALS, (given.monthly_cents, yearly), strict=True):
            key = lookup_key(given.code, interval, default.CURRENCY, amount)
            session.add(
                Price(
                    plan_id=plan.id or 0, currency=default.CURRENCY, interval=interval, amount_cents=amount,
                    lookup_key=key,
                )
            )  # fmt: skip
    session.flush()
    return len(default.PLANS)
