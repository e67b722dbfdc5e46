"""How much of each Odoo is used, as its node said last: for the tenant's page and the portal."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, or_, select

from domain import database
from domain.models import Tenant, TenantUsage
from domain.models.base import now
from domain.states import TenantState

EVERY = timedelta(hours=1)


def of(session: Session, tenant_id: int) -> TenantUsage | None:
    """What is known of one tenant; None: it was never asked."""
    return session.get(TenantUsage, tenant_id)


def due(limit: int = 200) -> list[tuple[int, int, str]]:
    """Running tenants that were not asked within the hour, the longest first: (tenant id, node id, subdomain)."""
    with database.reading() as session:
        query = (
            select(Tenant.id, Tenant.node_id, Tenant.subdomain)
            .join(TenantUsage, col(TenantUsage.tenant_id) == Tenant.id, isouter=True)
            .where(Tenant.observed == TenantState.RUNNING, col(Tenant.node_id).is_not(None))
            .where(or_(col(TenantUsage.measured_at).is_(None), col(TenantUsage.measured_at) < now() - EVERY))
            .order_by(col(TenantUsage.measured_at).asc().nulls_first(), col(Tenant.id))
            .limit(limit)
        )
        return [(int(tenant or 0), int(node or 0), name) for tenant, node, name in session.exec(query).all()]


def store(
    tenant_id: int, *, users: int, database_bytes: int, files_bytes: int, last_login: datetime | None, one_click: bool
) -> None:
    """Writes what the node answered; the page that shows it is told."""
    with database.transaction() as session:
        _write(
            session, tenant_id, users=users, database_bytes=database_bytes, files_bytes=files_bytes,
            last_login_at=last_login, one_click=one_click, measured_at=now(),
        )  # fmt: skip
        database.notify(session, f"tenant:{tenant_id}")


def not_told(tenant_id: int) -> None:
    """It was asked and gave no answer: it is asked again in an hour, like the others."""
    with database.transaction() as session:
        _write(session, tenant_id, measured_at=now())


def created(session: Session, tenant: Tenant, *, one_click: bool) -> None:
    """A new Odoo: only its door is known, a copy's by its original's. It is asked for the rest at the next round."""
    original = session.get(TenantUsage, tenant.staging_of) if tenant.staging_of is not None else None
    known = one_click or (original is not None and original.one_click)
    _write(session, tenant.id or 0, one_click=known, measured_at=now() - EVERY)


def _write(session: Session, tenant_id: int, **values: Any) -> None:
    row = insert(TenantUsage).values(
        **{"tenant_id": tenant_id, "users": 0, "database_bytes": 0, "files_bytes": 0, **values}
    )
    session.execute(row.on_conflict_do_update(index_elements=["tenant_id"], set_=values))
