"""The rest of the customer's page: their own domain, staging copies, and whether they asked for the end."""

from dataclasses import dataclass
from datetime import datetime

from domain import database, own_domains, staging
from domain.models import Tenant
from domain.own_domains import DomainView
from domain.settings import settings
from domain.states import TenantState


@dataclass(frozen=True)
class CopyView:
    """A staging copy; `state` is its observed one."""

    id: int
    subdomain: str
    url: str
    state: str


@dataclass(frozen=True)
class Extras:
    """`may_copy`: the plan leaves room for a copy and the Odoo can be copied now; `proposal` is a name for it."""

    subdomain: str
    running: bool
    ending: bool
    domain: DomainView | None
    copies: tuple[CopyView, ...]
    copies_limit: int
    may_copy: bool
    proposal: str
    deletion_asked_at: datetime | None


def read(tenant_id: int) -> Extras:
    """All of it as it is now."""
    domain = own_domains.view(tenant_id)
    with database.reading() as session:
        tenant = session.get_one(Tenant, tenant_id)
        copies = [
            CopyView(one.id or 0, one.subdomain, settings().tenant_url(one.subdomain), one.observed)
            for one in staging.of(session, tenant_id)
        ]
        most = staging.limit(session, tenant)
        there = tenant.observed in (TenantState.RUNNING, TenantState.SUSPENDED)
        return Extras(
            subdomain=tenant.subdomain,
            running=tenant.observed == TenantState.RUNNING,
            ending=not there or tenant.desired in (TenantState.ARCHIVED, TenantState.DELETED),
            domain=domain,
            copies=tuple(copies),
            copies_limit=most,
            may_copy=there and len(copies) < most,
            proposal=staging.proposal(tenant.subdomain),
            deletion_asked_at=tenant.deletion_asked_at,
        )
