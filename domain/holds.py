"""A name that an order holds while it waits for its payment."""

from sqlmodel import Session, select

from domain import database
from domain.drafts import is_closed
from domain.models import Subscription, Tenant
from domain.models.base import now
from domain.states import TenantState


def release(session: Session, subscription: Subscription) -> bool:
    """Frees the name of an order that was not paid, in the caller's transaction, which holds the order's lock.

    The rows stay: a second try with the same key takes them up again where the name is still free. False: it was paid,
    or had been freed before.
    """
    if is_closed(subscription):
        return False
    tenant = session.exec(
        select(Tenant).where(Tenant.id == subscription.tenant_id).with_for_update(key_share=True)
    ).one()
    if tenant.released_at is not None or tenant.requested_at is not None or tenant.observed != TenantState.ABSENT:
        return False
    tenant.released_at = now()
    session.add(tenant)
    database.notify(session, f"tenant:{tenant.id}")
    return True
