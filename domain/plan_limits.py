"""What a plan gives in numbers: one table, from which the editor, the files and the checks are made."""

from collections.abc import Mapping
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
    """What the plan of a tenant's newest subscription gives; {} for one that was made by hand."""
    query = (
        select(Plan.limits)
        .join(Price, col(Price.plan_id) == Plan.id)
        .join(Subscription, col(Subscription.price_id) == Price.id)
        .where(Subscription.tenant_id == tenant_id)
        .order_by(col(Subscription.id).desc())
    )
    return dict(session.exec(query).first() or {})


def problem(limits: Mapping[str, Any]) -> str | None:
    """What is wrong with a plan's limits, in Spanish; None: nothing."""
    for name, value in limits.items():
        limit = BY_NAME.get(name)
        if limit is None:
            return f"No hay ningún límite «{name}». Los que hay: {', '.join(BY_NAME)}."
        if isinstance(value, bool) or not isinstance(value, int) or not limit.least <= value <= limit.most:
            return f"{limit.words}: un número entre {limit.least} y {limit.most}."
    return None
