"""Our catalogue and Stripe's: where they disagree, and making Stripe's say what ours says."""

from dataclasses import dataclass

from sqlmodel import col, select

from domain import database, formats, stripe_catalogue
from domain.models import Plan, Price


@dataclass(frozen=True)
class Difference:
    """`words` says in Spanish what Stripe has otherwise than our catalogue; `plan` is the plan's code."""

    plan: str
    words: str


def publish() -> int:
    """Makes Stripe know every price on sale and sell no other of ours; returns how many changed here. Raises
    Unavailable.

    Doing it again changes nothing, so that it may run at every start; a Stripe account emptied meanwhile is refilled.
    """
    pairs = _prices(on_sale=True)
    changed = sum(_publish(plan, price) for plan, price in pairs)
    living = {price.stripe_price_id for _, price in pairs}
    old = [price for _, price in _prices(on_sale=False) if price.stripe_price_id not in (None, *living)]
    there = {one.id for one in stripe_catalogue.every_price() if one.active} if old else set()
    for price in old:
        if price.stripe_price_id in there:
            stripe_catalogue.archive_price(price.stripe_price_id or "")
    return changed


def _prices(*, on_sale: bool) -> list[tuple[Plan, Price]]:
    query = select(Plan, Price).join(Price, col(Price.plan_id) == Plan.id).order_by(col(Plan.position), col(Price.id))
    # Those of a hidden plan stay as they are: it may be shown again, and its customers may change the interval.
    query = query.where(col(Price.active).is_(on_sale))
    with database.reading() as session:
        return [(plan, price) for plan, price in session.exec(query).all()]


def _publish(plan: Plan, price: Price) -> bool:
    product_id, price_id = stripe_catalogue.publish_price(plan, price)
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
    return all(price.stripe_price_id for plan, price in _prices(on_sale=True) if plan.visible)


def differences() -> list[Difference]:
    """Where Stripe disagrees with our catalogue now, in its order. Raises Unavailable."""
    names = stripe_catalogue.product_names()
    there = {one.id: one for one in stripe_catalogue.every_price()}
    found = []
    told: set[str] = set()
    for plan, price in _prices(on_sale=True):
        amount = f"{formats.money(price.amount_cents, price.currency)} ({price.interval})"
        product = plan.stripe_product_id or ""
        if plan.code not in told and plan.stripe_product_id and names.get(product) != plan.name:
            told.add(plan.code)
            named = f"se llama «{names[product]}»" if product in names else "no está o está archivado"
            found.append(Difference(plan.code, f"El producto {named} en Stripe."))
        known = there.get(price.stripe_price_id or "")
        if price.stripe_price_id is None:
            found.append(Difference(plan.code, f"Stripe aún no conoce el precio de {amount}."))
        elif known is None:
            found.append(Difference(plan.code, f"El precio de {amount} no está en Stripe."))
        elif not known.active:
            found.append(Difference(plan.code, f"El precio de {amount} está archivado en Stripe."))
        elif (known.amount_cents, known.currency) != (price.amount_cents, price.currency.lower()):
            said = formats.money(known.amount_cents or 0, known.currency)
            found.append(Difference(plan.code, f"El precio de {amount} es de {said} en Stripe."))
    living = {price.stripe_price_id for _, price in _prices(on_sale=True)}
    for plan, price in _prices(on_sale=False):
        known = there.get(price.stripe_price_id or "")
        if known is not None and known.active and known.id not in living:
            amount = formats.money(price.amount_cents, price.currency)
            found.append(Difference(plan.code, f"El precio antiguo de {amount} se puede vender aún en Stripe."))
    return found
