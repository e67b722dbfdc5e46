"""Editing what is sold. A changed amount is another price: those who subscribed before keep theirs.

Saving changes our tables and nothing else; `publishing.publish` tells Stripe, and can be done again whenever it failed.
"""

import re
from dataclasses import dataclass, field

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from domain import audit, blueprints, currencies, database, plan_limits, plans
from domain.errors import Conflict, FieldProblem, Invalid, NotFound
from domain.models import Plan, Price, Subscription

CODE = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")
LONGEST_NAME, LONGEST_LINE, MOST_FEATURES, MOST_TRIAL = 60, 160, 12, 90
_WRITTEN = (
    "kind", "name", "summary", "visible", "highlighted", "blueprint", "trial_days", "staging_copies", "per_person",
)  # fmt: skip
Amounts = dict[tuple[str, str], int]


@dataclass(frozen=True)
class PlanForm:
    """A plan as edited. `prices`: (currency, interval) -> amount in cents; `blueprint` None: the node's plain one.

    `kind`: plan, or extra, whose `limits` and `staging_copies` are what one piece adds; it stays what it was made.
    """

    code: str
    name: str
    summary: str = ""
    features: tuple[str, ...] = ()
    visible: bool = True
    highlighted: bool = False
    blueprint: str | None = None
    trial_days: int = 0
    staging_copies: int = 1
    limits: dict[str, int] = field(default_factory=dict)
    prices: Amounts = field(default_factory=dict)
    kind: str = "plan"
    per_person: bool = False


@dataclass(frozen=True)
class Entry:
    """A plan as it stands, with the number of subscriptions that live on it."""

    form: PlanForm
    subscribers: int


def entries() -> list[Entry]:
    """Every plan, hidden ones too, in their order."""
    with database.reading() as session:
        rows = session.exec(select(Plan).order_by(col(Plan.position), col(Plan.id))).all()
        prices = session.exec(select(Price).where(col(Price.active).is_(True)).order_by(col(Price.id))).all()
        counted = session.execute(
            text(
                "select price.plan_id, count(*) from subscription as s join price on price.id = s.price_id "
                "where s.status in ('active', 'past_due') group by price.plan_id union all "
                "select plan.id, count(*) from subscription as s join plan on plan.kind = 'extra' "
                "and jsonb_exists(s.extras, plan.code) where s.status in ('active', 'past_due') group by plan.id"
            )
        )
        living: dict[int, int] = {int(plan): int(count) for plan, count in counted}
    return [
        Entry(
            _form(row, [price for price in prices if price.plan_id == row.id]),
            living.get(row.id or 0, 0),
        )
        for row in rows
    ]


def entry(code: str) -> Entry:
    """One plan. Raises NotFound."""
    found = next((one for one in entries() if one.form.code == code), None)
    if found is None:
        raise NotFound("No existe ese plan.")
    return found


def _form(row: Plan, prices: list[Price]) -> PlanForm:
    return PlanForm(
        row.code, row.name, row.summary, tuple(row.features), row.visible, row.highlighted, row.blueprint,
        row.trial_days, row.staging_copies, dict(row.limits),
        {(price.currency, price.interval): price.amount_cents for price in prices}, row.kind, row.per_person,
    )  # fmt: skip


def problems(form: PlanForm) -> list[FieldProblem]:
    """Everything that is wrong with a plan, by field; empty: it may be saved."""
    found = []

    def wrong(name: str, message: str) -> None:
        found.append(FieldProblem(name, "invalid", message))

    if not CODE.fullmatch(form.code):
        wrong("code", "De 3 a 40 letras minúsculas sin acentos, cifras y guiones; empieza con una letra.")
    if not form.name.strip() or len(form.name) > LONGEST_NAME:
        wrong("name", f"Escribe un nombre de hasta {LONGEST_NAME} caracteres.")
    if len(form.summary) > LONGEST_LINE:
        wrong("summary", f"Caben {LONGEST_LINE} caracteres.")
    if len(form.features) > MOST_FEATURES or any(len(line) > LONGEST_LINE for line in form.features):
        wrong("features", f"Hasta {MOST_FEATURES} líneas de {LONGEST_LINE} caracteres.")
    if not 0 <= form.trial_days <= MOST_TRIAL:
        wrong("trial_days", f"De 0 a {MOST_TRIAL} días.")
    if not 0 <= form.staging_copies <= 20:
        wrong("staging_copies", "De 0 a 20.")
    if form.blueprint is not None and form.blueprint not in {recipe.family for recipe in blueprints.RECIPES.values()}:
        wrong("blueprint", "No existe esa plantilla.")
    if said := plan_limits.problem(form.limits) or _extra_problem(form):
        wrong("limits", said)
    if said := _price_problem(form.prices):
        wrong("prices", said)
    return found


def _extra_problem(form: PlanForm) -> str | None:
    if form.kind not in ("plan", "extra"):
        return f"«{form.kind}» no es plan ni extra."
    if form.kind == "plan":
        return None
    if form.trial_days or form.per_person or form.blueprint or not set(form.limits) <= set(plan_limits.EXTENDED):
        return "Un extra solo suma personas, espacio o copias de pruebas: no tiene prueba, plantilla ni otros límites."
    return None if form.staging_copies or any(form.limits.values()) else "Un extra tiene que sumar algo."


def _price_problem(prices: Amounts) -> str | None:
    if not prices:
        return "Escribe al menos un precio."
    for (currency, interval), cents in prices.items():
        if currency not in currencies.SOLD_IN:
            return f"No vendemos en {currency}. Las monedas que hay: {', '.join(currencies.SOLD_IN)}."
        if interval not in plans.INTERVALS:
            return f"«{interval}» no es un periodo: month o year."
        if not 0 < cents <= currencies.MOST:
            return f"El precio en {currency} tiene que ser mayor que cero y de hasta ocho cifras."
    return None


def save(form: PlanForm, *, by: str, creating: bool = False) -> int:
    """Writes a plan whole; returns how many prices are new. Saved again, it changes nothing.

    Raises Invalid, NotFound, and Conflict for a code that is taken.
    """
    if found := problems(form):
        raise Invalid(found)
    with database.transaction() as session:
        session.execute(text("lock table plan in share row exclusive mode"))
        row = session.exec(select(Plan).where(Plan.code == form.code)).one_or_none()
        if creating and row is not None:
            raise Conflict("Ya hay un plan con ese código.", code="code_taken")
        if row is None and not creating:
            raise NotFound("No existe ese plan.")
        made = write(session, form, row)
        audit.record(session, actor=by, action="plan.save", target=f"plan:{form.code}", new_prices=made)
    plans.forget()
    return made


def write(session: Session, form: PlanForm, row: Plan | None) -> int:
    """Puts a checked plan into this transaction; returns how many prices are new."""
    if row is None:
        last = session.exec(select(Plan.position).order_by(col(Plan.position).desc())).first()
        row = Plan(code=form.code, name=form.name, position=0 if last is None else last + 1)
    elif row.kind != form.kind:
        raise Conflict("Un plan no se convierte en extra, ni al revés: crea otro.", code="other_kind")
    for name in _WRITTEN:
        setattr(row, name, getattr(form, name))
    row.features, row.limits = list(form.features), dict(form.limits)
    session.add(row)
    session.flush()
    return _write_prices(session, row, form.prices)


def _write_prices(session: Session, plan: Plan, wanted: Amounts) -> int:
    made = 0
    rows = session.exec(select(Price).where(Price.plan_id == plan.id)).all()
    known = {(row.currency, row.interval, row.amount_cents): row for row in rows}
    for row in rows:
        row.active = wanted.get((row.currency, row.interval)) == row.amount_cents
        session.add(row)
    for (currency, interval), cents in wanted.items():
        if (currency, interval, cents) not in known:
            key = plans.lookup_key(plan.code, interval, currency, cents)
            session.add(
                Price(
                    plan_id=plan.id or 0, currency=currency, interval=interval, amount_cents=cents, lookup_key=key
                )
            )  # fmt: skip
            made += 1
    session.flush()
    return made


def move(code: str, by_places: int, *, by: str) -> None:
    """Moves a plan up (negative) or down in the order in which plans are shown. Raises NotFound."""
    with database.transaction() as session:
        session.execute(text("lock table plan in share row exclusive mode"))
        rows = list(session.exec(select(Plan).order_by(col(Plan.position), col(Plan.id))).all())
        at = next((number for number, row in enumerate(rows) if row.code == code), None)
        if at is None:
            raise NotFound("No existe ese plan.")
        rows.insert(min(max(at + by_places, 0), len(rows) - 1), rows.pop(at))
        for position, row in enumerate(rows):
            row.position = position
            session.add(row)
        audit.record(session, actor=by, action="plan.move", target=f"plan:{code}", places=by_places)
    plans.forget()


def remove(code: str, *, by: str) -> None:
    """Deletes a plan that nobody ever ordered; one that was ordered can only be hidden. Raises NotFound, Conflict."""
    with database.transaction() as session:
        row = session.exec(select(Plan).where(Plan.code == code).with_for_update(key_share=True)).one_or_none()
        if row is None:
            raise NotFound("No existe ese plan.")
        prices = session.exec(select(Price).where(Price.plan_id == row.id)).all()
        ordered = select(Subscription.id).where(col(Subscription.price_id).in_([price.id for price in prices]))
        added = select(Subscription.id).where(func.jsonb_exists(Subscription.extras, code))
        if session.exec(ordered).first() is not None or session.exec(added).first() is not None:
            raise Conflict("Alguien pidió ya este plan: ocúltalo en lugar de borrarlo.", code="plan_in_use")
        for price in prices:
            session.delete(price)
        session.flush()
        session.delete(row)
        audit.record(session, actor=by, action="plan.remove", target=f"plan:{code}")
    plans.forget()
