"""What must hold at the end of every life, whatever happened: our rows against Stripe's documents."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlmodel import col, select

from domain import billing, database, dunning, reconciling
from domain.models import DunningDone, Job, Letter, Price, StripeEvent
from domain.models.base import now
from tests.lives.world import World

# Written out here once more on purpose: the product's own table is what is being tested.
OURS = {
    "incomplete": "pending", "trialing": "active", "active": "active", "past_due": "past_due", "unpaid": "past_due",
    "paused": "past_due", "canceled": "cancelled", "incomplete_expired": "cancelled",
}  # fmt: skip


def since(world: World) -> datetime:
    """Before anything happened."""
    return world.moment - timedelta(days=8000)


def settle(world: World) -> None:
    """Stripe tries again what was lost, the reconciler walks, the ladder is climbed, until nothing moves."""
    world.collect()
    reconciling.take_missed(since(world), undelivered=True)
    while dunning.climb():
        world.collect()
        reconciling.take_missed(since(world), undelivered=True)
    world.bag.clear()


def check(world: World) -> None:
    """Raises AssertionError where our rows say something else than Stripe."""
    if world.placed is None:
        return
    bought = world.subscriptions()
    assert len(bought) <= 1, "one order, two subscriptions"
    _events(world)
    ours, tenant = world.subscription(), world.tenant()
    with database.reading() as session:
        kinds = Counter(session.exec(select(Job.kind).where(Job.tenant_id == tenant.id)).all())
    if not bought:
        assert ours.stripe_subscription_id is None
        assert ours.activated_at is None
        assert kinds["create_tenant"] == 0
        return
    theirs = bought[0]
    item = theirs["items"].data[0]
    with database.reading() as session:
        price = session.get_one(Price, ours.price_id)
    ended = theirs.status in ("canceled", "incomplete_expired")
    said = {
        "id": ours.stripe_subscription_id,
        "word": ours.stripe_status,
        "status": ours.status,
        "price": price.stripe_price_id,
        "ends": ours.current_period_end,
        "leaving": ours.cancel_at_period_end and not ended,
        "extras": ours.extras,
    }
    beside = {str(one.price.product): one.quantity for one in theirs["items"].data[1:]}
    assert said == {
        "id": theirs.id,
        "word": theirs.status,
        "status": OURS[theirs.status],
        "price": item.price.id,
        "ends": datetime.fromtimestamp(item.current_period_end, UTC),
        "leaving": bool(theirs.cancel_at_period_end or theirs.cancel_at) and not ended,
        "extras": {name.removeprefix("alta_extra_"): number for name, number in beside.items()},
    }
    # Who ends before we hear of the payment is given nothing, and nothing has to be archived.
    assert kinds["create_tenant"] == (ours.activated_at is not None), kinds
    assert ours.activated_at or theirs.status not in ("active", "trialing", "past_due")
    _closed(world, theirs.status)
    _letters(ends=int(ended and ours.activated_at is not None))
    if not ended:
        _money(world, theirs.id)


def _events(world: World) -> None:
    with database.reading() as session:
        rows = {row.stripe_id: row for row in session.exec(select(StripeEvent)).all()}
    bad = {row.type: row.error for row in rows.values() if row.outcome == "failed"}
    assert not bad, bad
    assert set(rows) >= world.known, "an event was lost"


def _closed(world: World, word: str) -> None:
    """Suspended if and only if the ladder or Stripe says so; archived with the subscription's end."""
    ours, tenant = world.subscription(), world.tenant()
    if word in ("canceled", "incomplete_expired"):
        assert tenant.desired == ("deleted" if tenant.observed in ("absent", "deleted") else "archived")
        return
    assert (ours.past_due_since is not None) == (ours.status == "past_due")
    must = word in ("unpaid", "paused")
    if ours.past_due_since is not None:
        with database.reading() as session:
            query = select(DunningDone.step).where(DunningDone.since == ours.past_due_since)
            done = set(session.exec(query).all())
        must = must or "suspended" in done
        for step, day in zip(dunning.LADDER, dunning.days(), strict=True):
            grace = ours.grace_days if step is not dunning.LADDER[0] else 0
            due = ours.past_due_since + timedelta(days=day + grace) <= now()
            owed = any(invoice.status == "open" for invoice in world.invoices())
            assert step.name in done or not due or ours.dunning_paused or not owed, f"{step.name} was not taken"
    assert tenant.suspend_reasons == (["unpaid"] if must else []), (word, ours.status)
    assert tenant.desired == ("suspended" if must else "running")


def _letters(*, ends: int) -> None:
    """Each step of the ladder is told as often as it was taken, and each end once, whoever made it."""
    with database.reading() as session:
        letters = session.exec(select(Letter).order_by(col(Letter.id))).all()
        steps = Counter(session.exec(select(DunningDone.step)).all())
    once = Counter(letter.once for letter in letters if letter.once)
    assert not [name for name, count in once.items() if count > 1]
    written = Counter(letter.kind for letter in letters)
    for step in dunning.LADDER:
        if step.act != "end":
            assert written[step.name] <= steps[step.name], f"{step.name} was written more often than it happened"
    assert written["ended"] + written["cancelled"] == ends


def _money(world: World, stripe_subscription: str) -> None:
    """Every amount that the customer is shown is Stripe's, to the cent."""
    customer = world.customer()
    view = billing.overview(customer.id or 0)
    bought = world.v1.subscriptions.retrieve(stripe_subscription)
    whole = sum((item.price.unit_amount or 0) * (item.quantity or 0) for item in bought["items"].data)
    assert (view.amount_cents, view.currency) == (whole, bought.currency.upper())
    assert world.subscription().amount_cents == whole
    if view.next_amount_cents is not None:
        preview = world.v1.invoices.create_preview({"subscription": stripe_subscription})
        assert view.next_amount_cents == preview.amount_due
    shown = {one.id: (one.amount_cents, one.due_cents, one.status) for one in billing.invoices(customer.id or 0)}
    theirs = {
        str(one.id): (one.total, one.amount_remaining if one.status == "open" else 0, one.status)
        for one in world.invoices()
        if one.status != "draft"
    }
    assert shown == theirs
