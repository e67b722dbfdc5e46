"""A plan as a card, in the first HTML: both prices are there, and CSS shows the one that was chosen."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Protocol

from domain import formats

PERIODS = {"month": ("by-month", "al mes"), "year": ("by-year", "al año")}


class PriceLike(Protocol):
    """An amount in cents with its currency."""

    @property
    def amount_cents(self) -> int: ...
    @property
    def currency(self) -> str: ...


class PlanLike(Protocol):
    """A plan of the catalogue; `prices` by interval (month, year)."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def features(self) -> Sequence[str]: ...
    @property
    def highlighted(self) -> bool: ...
    @property
    def trial_days(self) -> int: ...
    @property
    def per_person(self) -> bool: ...
    @property
    def prices(self) -> Mapping[str, PriceLike]: ...


def plan_card_html(plan: PlanLike) -> str:
    """Name, price, features, and the way to sign up with this plan and interval chosen."""
    look = "primary" if plan.highlighted else "plain"
    ticks = "".join(f"<li>{escape(feature)}</li>" for feature in plan.features)
    summary = f'<p class="small muted">{escape(plan.summary)}</p>' if plan.summary else ""
    prices = "".join(_price(plan, interval) for interval in PERIODS if interval in plan.prices)
    links = "".join(_choose(plan, interval, look) for interval in PERIODS if interval in plan.prices)
    if plan.trial_days:
        summary += f'<p class="small"><b>{plan.trial_days} días de prueba</b>, sin pagar nada.</p>'
    return (
        f'<div class="card plan stack{" best" if plan.highlighted else ""}"><h3>{escape(plan.name)}</h3>'
        f'<div>{prices}</div>{summary}<ul class="ticks">{ticks}</ul><div class="right-end">{links}</div></div>'
    )


def prices_html(plan: PlanLike) -> str:
    """`5,00 USD al mes`, of which CSS shows the interval that was chosen."""
    return "".join(
        f'<span class="{PERIODS[one][0]}">{escape(formats.money(price.amount_cents, price.currency))} {PERIODS[one][1]}'
        "</span>"
        for one, price in plan.prices.items()
        if one in PERIODS
    )


def months_free(plan: PlanLike) -> int:
    """Whole months that a year's price saves against twelve months; 0 where it saves none."""
    if not {"month", "year"} <= set(plan.prices) or not plan.prices["month"].amount_cents:
        return 0
    monthly = plan.prices["month"].amount_cents
    return max(0, (12 * monthly - plan.prices["year"].amount_cents) // monthly)


def _price(plan: PlanLike, interval: str) -> str:
    look, words = PERIODS[interval]
    words = f"por persona {words}" if plan.per_person else words
    price = plan.prices[interval]
    amount = escape(formats.money(price.amount_cents, price.currency))
    return f'<p class="price num {look}">{amount} <span class="small muted">{words}</span></p>'


def _choose(plan: PlanLike, interval: str, look: str) -> str:
    shown, _ = PERIODS[interval]
    return (
        f'<div class="{shown}"><a class="btn {look}" href="/signup?plan={escape(plan.code)}&amp;interval={interval}">'
        f"Elegir {escape(plan.name)}</a></div>"
    )
