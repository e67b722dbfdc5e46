"""From a work order to everything that the work needs: the tenant's node, the words for its script, what is secret."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import Session

from domain import jobs, nodes, tenants
from domain.job_kinds import KINDS
from domain.jobs import WorkOrder
from domain.models import Customer, Job, Node, Tenant
from domain.nodes import NodePlace
from domain.settings import settings
from domain.states import TenantState


class NoRoom(Exception):
    """Every open node is full."""


class Refused(Exception):
    """The tenant's state does not allow this job; `state` is that state."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class Superseded(Exception):
    """The job ended, or another worker has taken it: whoever notices lets go without a trace."""


@dataclass(frozen=True)
class Assignment:
    """One job, ready to be worked on. `ticket` is the node's name for it; `payload` is what the script reads on
    standard input, ticket and all; `host_header` is how the tenant's visitors address the node."""

    job_id: int
    ticket: str
    kind: str
    attempt: int
    tenant_id: int
    subdomain: str
    node: NodePlace
    payload: dict[str, Any]
    secrets: tuple[str, ...] = field(repr=False)
    log_bytes: int
    last_line: int
    steps_done: frozenset[str]
    host_header: str
    stop_asked: bool


def assign(session: Session, order: WorkOrder) -> Assignment:
    """Gives the tenant a node if it has none and marks it as being worked on. Raises Refused, NoRoom, Superseded."""
    job = mine(session, order)
    kind = KINDS[order.kind]
    tenant = tenants.locked(session, order.tenant_id or 0)
    if tenant.observed not in kind.allowed:
        raise Refused(tenant.observed)
    node = _node(session, tenant)
    job.node_id = node.id
    if kind.during is not None and tenant.observed != kind.during:
        tenants.observe(session, tenant, kind.during)
    customer = session.get_one(Customer, tenant.customer_id)
    address = settings().tenant_url(tenant.subdomain)
    return Assignment(
        job_id=order.job_id,
        ticket=jobs.ticket(job),
        kind=order.kind,
        attempt=order.attempt,
        tenant_id=tenant.id or 0,
        subdomain=tenant.subdomain,
        node=nodes.place(node),
        payload=_payload(job, tenant, customer, address),
        secrets=_secrets(tenant),
        log_bytes=job.log_bytes,
        last_line=job.last_line,
        steps_done=order.steps_done,
        host_header=urlsplit(address).netloc,
        stop_asked=job.cancel_requested,
    )


def mine(session: Session, order: WorkOrder | Assignment) -> Job:
    """The job's row, locked, if this attempt still owns it. Raises Superseded."""
    job = jobs.locked(session, order.job_id)
    if job.attempts != order.attempt or job.finished_at is not None:
        raise Superseded
    return job


def _node(session: Session, tenant: Tenant) -> Node:
    if tenant.node_id is not None:
        return session.get_one(Node, tenant.node_id)
    node = nodes.choose(session)
    if node is None:
        raise NoRoom
    tenant.node_id = node.id
    session.add(tenant)
    return node


def _payload(job: Job, tenant: Tenant, customer: Customer, address: str) -> dict[str, Any]:
    return {
        "job": jobs.ticket(job),
        "company": customer.company,
        "login": customer.email,
        "password_hash": tenant.odoo_password_hash or "",
        "language": tenant.language,
        "country": customer.country,
        "currency": tenant.currency,
        "base_url": address,
    }


def _secrets(tenant: Tenant) -> tuple[str, ...]:
    """What must never stand in a log although its shape may not give it away."""
    now = settings()
    ours = (now.stripe_secret_key, now.jwt_secret_key, now.admin_password)
    known = [tenant.odoo_password_hash or "", *(secret.get_secret_value() for secret in ours), *now.webhook_secrets]
    return tuple(secret for secret in known if secret)


def wanted_instead(tenant: Tenant) -> str | None:
    """The kind of job that brings a tenant from what it is to what is desired; None where they agree."""
    moves = {
        (TenantState.RUNNING, TenantState.SUSPENDED): "suspend_tenant",
        (TenantState.SUSPENDED, TenantState.RUNNING): "resume_tenant",
        (TenantState.RUNNING, TenantState.ARCHIVED): "archive_tenant",
        (TenantState.SUSPENDED, TenantState.ARCHIVED): "archive_tenant",
    }
    return moves.get((TenantState(tenant.observed), TenantState(tenant.desired)))
