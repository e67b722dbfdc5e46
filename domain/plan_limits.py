"""What a plan gives in numbers: one table, from which the editor, the files and the checks are made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from domain.models import Plan, Price, Subscription


@dataclass(frozen=True)
class Limit:
    """`name` is its key in a plan's `limits`. `least` to `most`; `usual` where the plan says nothing; `words` for
    staff. With `zero_is_endless` a 0 means that there is no limit."""

    name: str
    words: str
    usual: int
    least: int
    most: int
    zero_is_endless: bool = False


COPIES = "staging_copies"  # a column of its own on a plan
EXTENDED = ("users", "disk_gb")  # what an extra may add to
LIMITS = (
    Limit("users", "Personas en Odoo (0: sin límite)", 0, 0, 10_000, zero_is_endless=True),
    Limit("disk_gb", "Espacio, en GB (0: sin límite)", 0, 0, 100_000, zero_is_endless=True),
    Limit("own_domain", "Dominio propio (1: sí, 0: no)", 1, 0, 1),
    Limit("backups_per_day", "Copias al día", 1, 0, 24),
    Limit("keep_daily", "Días que se guarda una copia diaria", 7, 1, 366),
    Limit("keep_weekly", "Semanas con una copia", 4, 0, 260),
    Limit("keep_monthly", "Meses con una copia", 6, 0, 120),
)
BY_NAME = {limit.name: limit for limit in LIMITS}


def of(limits: Mapping[str, Any], name: str) -> int:
    """What a plan gives of one thing; what it does not say, or says wrongly, has its usual number."""
    limit, value = BY_NAME[name], limits.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        return limit.usual
    return min(max(value, limit.least), limit.most)


def of_tenant(session: Session, tenant_id: int) -> dict[str, Any]:
    """What a tenant's newest subscription gives, people and extras counted, copies too; {} for one by hand."""
    query = (
        select(Plan, Subscription)
        .join(Price, col(Price.plan_id) == Plan.id)
        .join(Subscription, col(Subscription.price_id) == Price.id)
        .where(Subscription.tenant_id == tenant_id)
        .order_by(col(Subscription.id).desc())
    )
    found = session.exec(query).first()
    if found is None:
        return {}
    plan, subscription = found
    given = {**plan.limits, COPIES: plan.staging_copies}
    if plan.per_person:
        given["users"] = subscription.people
    if subscription.extras:
        _extend(given, session.exec(select(Plan).where(col(Plan.code).in_(subscription.extras))).all(), subscription)
    return given


def _extend(given: dict[str, Any], extras: Sequence[Plan], subscription: Subscription) -> None:
    for extra in extras:
        pieces = subscription.extras[extra.code]
        given[COPIES] += pieces * extra.staging_copies
        for name in EXTENDED:
            there, added = of(given, name), pieces * of(extra.limits, name)
            if there and added:  # 0 is without limit, and stays so
                given[name] = there + added


def problem(limits: Mapping[str, Any]) -> str | None:
    """What is wrong with a plan's limits, in Spanish; None: nothing."""
    for name, value in limits.items():
        limit = BY_NAME.get(name)
        if limit is None:
            return f"No hay ningún límite «{name}». Los que hay: {', '.join(BY_NAME)}."
        if isinstance(value, bool) or not isinstance(value, int) or not limit.least <= value <= limit.most:
            return f"{limit.words}: un número entre {limit.least} y {limit.most}."
    return None
