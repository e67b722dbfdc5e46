"""What is sold: the plans as visitors see them, and their copy at Stripe."""

from dataclasses import dataclass, field

from sqlalchemy import text
from sqlmodel import Session, col, select

from domain import catalogue as default
from domain import database, stripe_gateway
from domain.models import Plan, Price
from domain.recent import recent

INTERVALS = ("month", "year")


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
    """A plan on sale; `prices` by interval (`month`, `year`), never empty."""

    code: str
    name: str
    summary: str
    features: list[str]
    highlighted: bool
    prices: dict[str, PriceView] = field(default_factory=dict)


@recent(5)
def catalogue() -> list[PlanView]:
    """The plans on sale, in their order, up to 5 s old."""
    with database.reading() as session:
        rows = session.exec(
            select(Plan, Price)
            .join(Price, col(Price.plan_id) == Plan.id)
            .where(col(Plan.visible).is_(True), col(Price.active).is_(True))
            .order_by(col(Plan.position), col(Plan.id), col(Price.id))
        ).all()
    views: dict[str, PlanView] = {}
    for plan, price in rows:
        view = views.setdefault(
            plan.code, PlanView(plan.code, plan.name, plan.summary, list(plan.features), plan.highlighted)
        )
        view.prices[price.interval] = PriceView(
            price.id or 0, price.amount_cents, price.currency, price.lookup_key, price.interval
        )
    return list(views.values())


def offered(session: Session, code: str, interval: str) -> Price | None:
    """The price at which `code` is sold now; None: there is no such plan, or not by that interval."""
    return session.exec(
        select(Price)
        .join(Plan, col(Price.plan_id) == Plan.id)
        .where(Plan.code == code, Price.interval == interval)
        .where(col(Plan.visible).is_(True), col(Price.active).is_(True))
        .order_by(col(Price.id).desc())
    ).first()


def lookup_key(code: str, interval: str, currency: str, amount_cents: int) -> str:
    """Names a price at Stripe. The amount is part of it, because a changed amount is another price."""
    return f"alta_{code}_{interval}_{currency.lower()}_{amount_cents}"


def install_default(session: Session) -> int:
    """Puts the first catalogue into an installation that has no plan; returns how many plans were added."""
    # Several processes may start at once on one new database.
    session.execute(text("lock table plan in share row exclusive mode"))
    if session.exec(select(Plan.id)).first() is not None:
        return 0
    for position, given in enumerate(default.PLANS):
        plan = Plan(
            code=given.code, name=given.name, summary=given.summary, features=list(given.features),
            position=position, highlighted=given.highlighted, blueprint=default.BLUEPRINT,
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


def publish() -> int:
    """Makes Stripe know every price on sale, by its lookup key; returns how many changed here. Raises Unavailable.

    Doing it again changes nothing, so that it may run at every start; a Stripe account emptied meanwhile is refilled.
    """
    with database.reading() as session:
        pairs = session.exec(
            select(Plan, Price)
            .join(Price, col(Price.plan_id) == Plan.id)
            .where(col(Plan.visible).is_(True), col(Price.active).is_(True))
            .order_by(col(Plan.position), col(Price.id))
        ).all()
    return sum(_publish(plan, price) for plan, price in pairs)


def _publish(plan: Plan, price: Price) -> bool:
    product_id, price_id = stripe_gateway.publish_price(plan, price)
    if (plan.stripe_product_id, price.stripe_price_id) == (product_id, price_id):
        return False
    with database.transaction() as session:
        for row, column, value in (
            (session.get(Plan, plan.id), "stripe_product_id", product_id),
            (session.get(Price, price.id), "stripe_price_id", price_id),
        ):
            if row is not None:
                setattr(row, column, value)
                session.add(row)
    plan.stripe_product_id = product_id  # the plan's next price must not make a second product
    return True


def published() -> bool:
    """True when Stripe was told of every price on sale (what `doctor` asks)."""
    with database.reading() as session:
        unknown = select(Price.id).join(Plan, col(Price.plan_id) == Plan.id)
        unknown = unknown.where(col(Plan.visible).is_(True), col(Price.active).is_(True))
        return session.exec(unknown.where(col(Price.stripe_price_id).is_(None))).first() is None
