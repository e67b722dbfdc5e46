"""What a customer may have in place of what they have: plans on sale, extras, and the items that make them up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from domain import database, mirror, plans
from domain.errors import Conflict, FieldProblem, Invalid
from domain.models import Plan, Price, Subscription
from domain.stripe_views import ItemView, LaterView, SubscriptionView

MOST_PIECES = 1000
IMPOSSIBLE = f"Escribe de 1 a {plans.MOST_PEOPLE} personas, y de 0 a {MOST_PIECES} de cada extra."


@dataclass(frozen=True)
class Choice:
    """A price on sale in the subscription's currency; amounts in cents. `current`: what the customer has."""

    price_id: int
    plan: str
    interval: str
    amount_cents: int
    currency: str
    current: bool
    per_person: bool = False


@dataclass(frozen=True)
class ExtraChoice:
    """An extra on sale by the interval that is paid now: what a piece costs, and how many the customer has."""

    code: str
    name: str
    summary: str
    amount_cents: int
    pieces: int


@dataclass(frozen=True)
class Offer:
    """What may be chosen. `present`: what the customer has, on sale or not; `people`: for how many it is paid."""

    present: Choice
    choices: tuple[Choice, ...]
    extras: tuple[ExtraChoice, ...]
    people: int

    def choice(self, price_id: int) -> Choice | None:
        """A price that may be had: one on sale, or the present one."""
        return next((one for one in (*self.choices, self.present) if one.price_id == price_id), None)


@dataclass(frozen=True)
class Wish:
    """What the customer would have: a price of a plan, for how many people, and how many pieces of each extra."""

    price_id: int
    people: int = 1
    extras: Mapping[str, int] = field(default_factory=dict)


def offer(customer_id: int) -> Offer:
    """What the customer may change to, in the catalogue's order. Raises NotFound."""
    with database.reading() as session:
        subscription = mirror.current(session, customer_id)
        present = session.get_one(Price, subscription.price_id)
        plan = session.get_one(Plan, present.plan_id)
        rows = session.exec(
            select(Price, Plan)
            .join(Plan, col(Plan.id) == Price.plan_id)
            .where(col(Plan.visible).is_(True), col(Price.active).is_(True), Price.currency == present.currency)
            .where(col(Price.stripe_price_id).is_not(None))
            .order_by(col(Plan.position), col(Plan.id), col(Price.id))
        ).all()
    return Offer(
        _choice(present, plan, present),
        tuple(_choice(row, plan, present) for row, plan in rows if plan.kind == "plan"),
        tuple(
            ExtraChoice(plan.code, plan.name, plan.summary, row.amount_cents, subscription.extras.get(plan.code, 0))
            for row, plan in rows
            if plan.kind == "extra" and row.interval == present.interval
        ),
        subscription.people,
    )


def _choice(price: Price, plan: Plan, present: Price) -> Choice:
    return Choice(
        price.id or 0, plan.name, price.interval, price.amount_cents, price.currency,
        current=price.id == present.id, per_person=plan.per_person,
    )  # fmt: skip


def lines(session: Session, view: SubscriptionView, wanted: Price, wish: Wish) -> list[ItemView]:
    """The lines that the subscription would have: the plan's first. What is kept keeps its price.

    Raises Invalid for numbers that are none, Conflict where an extra is not sold as it would have to be.
    """
    plan = session.get_one(Plan, wanted.plan_id)
    people = wish.people if plan.per_person else 1
    if not 1 <= people <= plans.MOST_PEOPLE or not all(0 <= n <= MOST_PIECES for n in wish.extras.values()):
        raise Invalid([FieldProblem("people", "out_of_range", IMPOSSIBLE)])
    made = [ItemView(wanted.stripe_price_id or "", people, wanted.amount_cents, view.item_id)]
    kept = {line.extra: line for line in view.extras}
    for code, pieces in {**view.pieces, **wish.extras}.items():
        line = kept.get(code)
        if line is not None and view.interval == wanted.interval:
            made.append(ItemView(line.price_id, pieces, line.amount_cents, line.id, code))
        elif pieces:
            price, name = _extra_price(session, code, wanted), line.id if line else None
            made.append(ItemView(price.stripe_price_id or "", pieces, price.amount_cents, name, code))
        elif line is not None:
            made.append(ItemView(line.price_id, 0, line.amount_cents, line.id, code))
    return made


def _extra_price(session: Session, code: str, like: Price) -> Price:
    """The price of an extra by the interval and in the money of a plan's price. Raises Conflict."""
    query = (
        select(Price)
        .join(Plan, col(Plan.id) == Price.plan_id)
        .where(Plan.code == code, Plan.kind == "extra", col(Price.active).is_(True))
        .where(Price.currency == like.currency, Price.interval == like.interval)
        .where(col(Price.stripe_price_id).is_not(None))
    )
    found = session.exec(query).first()
    if found is None:
        name = session.exec(select(Plan.name).where(Plan.code == code)).first() or code
        every = "al año" if like.interval == "year" else "al mes"
        raise Conflict(f"«{name}» no se vende {every}. Quítalo antes de hacer este cambio.", code="extra_not_sold")
    return found


def as_is(subscription: Subscription, price_id: int) -> Wish:
    """Another price, with the people and the extras that there are."""
    return Wish(price_id, subscription.people, dict(subscription.extras))


def fingerprint(made: Sequence[ItemView]) -> str:
    """`price_1x3,price_2x1`: what two sets of lines have in common when they cost the same."""
    return ",".join(sorted(f"{line.price_id}x{line.quantity}" for line in made if line.quantity))


def present(view: SubscriptionView) -> list[ItemView]:
    """The lines that there are."""
    return [ItemView(view.price_id or "", view.people, view.plan_cents, view.item_id), *view.extras]


def later_words(session: Session, later: LaterView) -> str | None:
    """`Pyme, 3 personas, 2 × 10 GB más`: what begins later, by our names; None where none of it is ours."""
    query = (
        select(Price.stripe_price_id, Plan.name, Plan.kind, Plan.per_person)
        .join(Plan, col(Plan.id) == Price.plan_id)
        .where(col(Price.stripe_price_id).in_([price for price, _ in later.items]))
    )
    known = {row[0]: row[1:] for row in session.exec(query).all()}
    said: list[str] = []
    for price, number in later.items:
        name, kind, per_person = known.get(price, (None, "", False))
        if name and kind == "plan":
            said.insert(0, name + (f", {people_words(number)}" if per_person else ""))
        elif name:
            said.append(piece_words(name, number))
    return ", ".join(said) or None


def people_words(number: int) -> str:
    """`1 persona`, `3 personas`."""
    return "1 persona" if number == 1 else f"{number} personas"


def piece_words(name: str, number: int) -> str:
    """`10 GB más`, `2 × 10 GB más`."""
    return name if number == 1 else f"{number} × {name}"
