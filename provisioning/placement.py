"""From a work order to everything that the work needs: the tenant's node, the words for its script, what is secret."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import Session, select

from domain import backups, blueprints, jobs, nodes, own_domains, placing, tenants
from domain.backups import Stored
from domain.job_kinds import KINDS, JobKind
from domain.jobs import WorkOrder
from domain.models import Customer, Job, Node, Tenant
from domain.nodes import NodePlace
from domain.placing import Choice, NoNode
from domain.settings import settings
from domain.states import TenantState


class NoRoom(Exception):
    """No open node takes it; says why of each. `silent`: there would be room on one that does not answer."""

    def __init__(self, why: str, *, silent: bool) -> None:
        super().__init__(why)
        self.silent = silent


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
    standard input, ticket and all; `target` what the script is called on; `host_header` is how the tenant's visitors
    address the node; `observed` is the tenant's state; `backup` is the one that the job is about, if any; `begun`: a
    node may have heard of the job, so that no other may do it."""

    job_id: int
    ticket: str
    kind: str
    attempt: int
    tenant_id: int
    subdomain: str
    target: str
    node: NodePlace
    payload: dict[str, Any]
    secrets: tuple[str, ...] = field(repr=False)
    log_bytes: int
    last_line: int
    steps_done: frozenset[str]
    host_header: str
    stop_asked: bool
    observed: str
    backup: Stored | None = None
    begun: bool = True


def assign(session: Session, order: WorkOrder, connected: Callable[[int], bool] = lambda _node: False) -> Assignment:
    """Gives the tenant a node if it has none and marks it as being worked on. Raises Refused, NoRoom, Superseded.

    `connected` says of a node whether we have a connection: then it is about to hear of the job, which is written down.
    """
    job = mine(session, order)
    kind = KINDS[order.kind]
    source = _source(session, order)
    tenant = tenants.locked(session, order.tenant_id or 0)
    if tenant.observed not in kind.allowed:
        raise Refused(tenant.observed)
    if source is not None:
        tenant.node_id = source.node_id
    customer = session.get_one(Customer, tenant.customer_id)
    node = session.get_one(Node, job.node_id) if kind.on_job_node else _node(session, job, tenant, customer.country)
    if job.begun_on is None and connected(node.id or 0):
        job.begun_on = node.id
    if kind.during is not None and tenant.observed != kind.during:
        tenants.observe(session, tenant, kind.during)
    return _assignment(session, order, job, tenant, _target(kind, job, tenant, source), node)


def elsewhere(session: Session, assignment: Assignment, order: WorkOrder, silent: set[int]) -> Assignment | None:
    """The same job on another node than those in `silent`; None where it has begun or there is no other.

    Only a new tenant can go elsewhere, and only while no node can have heard of it: or there might be two.
    """
    job = mine(session, order)
    tenant = tenants.locked(session, order.tenant_id or 0)
    if order.kind != "create_tenant" or job.begun_on is not None:
        return None
    customer = session.get_one(Customer, tenant.customer_id)
    choice = placing.choose(session, customer.country, avoid=frozenset(silent))
    if isinstance(choice, NoNode):
        return None
    _settle(session, job, tenant, choice)
    job.result = {**job.result, "moved_from": [*job.result.get("moved_from", []), assignment.node.name]}
    return _assignment(session, order, job, tenant, tenant.subdomain, choice.node)


def begin_on(session: Session, order: WorkOrder, node_id: int) -> None:
    """Writes down that this node is about to hear of the job. Raises Superseded."""
    job = mine(session, order)
    job.begun_on = job.begun_on or node_id
    session.add(job)


def _assignment(session: Session, order: WorkOrder, job: Job, tenant: Tenant, target: str, node: Node) -> Assignment:
    customer = session.get_one(Customer, tenant.customer_id)
    payload = _payload(session, job, tenant, customer)
    if order.kind == "create_tenant":
        payload["templates"] = blueprints.templates(session, tenant, customer.country, node)
    backup = backups.of_job(session, job)
    if backup is not None and backup.sha256:
        payload["sha256"] = backup.sha256
    return Assignment(
        job_id=order.job_id,
        ticket=jobs.ticket(job),
        kind=order.kind,
        attempt=order.attempt,
        tenant_id=tenant.id or 0,
        subdomain=tenant.subdomain,
        target=target,
        node=nodes.place(node),
        payload=payload,
        secrets=_secrets(tenant),
        log_bytes=job.log_bytes,
        last_line=job.last_line,
        steps_done=order.steps_done,
        host_header=urlsplit(str(payload["base_url"])).netloc,
        stop_asked=job.cancel_requested,
        observed=tenant.observed,
        backup=backup,
        begun=job.begun_on is not None,
    )


def on_node(session: Session, order: WorkOrder) -> Assignment:
    """A script about the node itself, on what the job's arguments name. Raises Superseded."""
    job = mine(session, order)
    name = str(order.args["blueprint"])
    return Assignment(
        job_id=order.job_id,
        ticket=jobs.ticket(job),
        kind=order.kind,
        attempt=order.attempt,
        tenant_id=0,
        subdomain=name,
        target=name,
        node=nodes.place(session.get_one(Node, job.node_id)),
        payload={"job": jobs.ticket(job), **blueprints.payload(order.args)},
        secrets=_our_secrets(),
        log_bytes=job.log_bytes,
        last_line=job.last_line,
        steps_done=order.steps_done,
        host_header="",
        stop_asked=job.cancel_requested,
        observed="",
    )


def mine(session: Session, order: WorkOrder | Assignment) -> Job:
    """The job's row, locked, if this attempt still owns it. Raises Superseded."""
    job = jobs.locked(session, order.job_id)
    if job.attempts != order.attempt or job.finished_at is not None:
        raise Superseded
    return job


def _node(session: Session, job: Job, tenant: Tenant, country: str) -> Node:
    if tenant.node_id is not None:
        job.node_id = tenant.node_id
        return session.get_one(Node, tenant.node_id)
    choice = placing.choose(session, country)
    if isinstance(choice, NoNode):
        raise NoRoom(choice.why, silent=choice.silent)
    _settle(session, job, tenant, choice)
    return choice.node


def _settle(session: Session, job: Job, tenant: Tenant, choice: Choice) -> None:
    tenant.node_id = job.node_id = choice.node.id
    job.result = {**job.result, "placement": choice.why}
    session.add(tenant)
    session.add(job)


def _source(session: Session, order: WorkOrder) -> Tenant | None:
    """Whose copy the tenant is, for kinds that copy; locked first, as whoever ends both does. Raises Refused."""
    kind = KINDS[order.kind]
    if kind.target != "source":
        return None
    source_id = session.exec(select(Tenant.staging_of).where(Tenant.id == order.tenant_id)).one()
    source = tenants.locked(session, source_id or 0)
    if source.observed not in kind.source_allowed:
        raise Refused(source.observed)
    return source


def _target(kind: JobKind, job: Job, tenant: Tenant, source: Tenant | None) -> str:
    if kind.target == "left":
        return str(job.args["database"])
    if kind.target == "archive":
        return tenant.archived_as or ""
    return source.subdomain if source is not None else tenant.subdomain


def _payload(session: Session, job: Job, tenant: Tenant, customer: Customer) -> dict[str, Any]:
    """What the script may need to know; a job's own `args`, which hold no secrets, go before what is generally so."""
    return {
        "company": customer.company,
        "login": customer.email,
        "password_hash": tenant.odoo_password_hash or "",
        "language": tenant.language,
        "country": customer.country,
        "currency": tenant.currency,
        "base_url": own_domains.address(session, tenant),
        "portal": f"{settings().app_url}/tenant/portal",
        "reason": "unpaid" if "unpaid" in tenant.suspend_reasons else "",
        "to": tenant.subdomain if tenant.staging_of is not None else "",
        **job.args,
        "job": jobs.ticket(job),
    }


def _secrets(tenant: Tenant) -> tuple[str, ...]:
    """What must never stand in a log although its shape may not give it away."""
    return tuple(secret for secret in (tenant.odoo_password_hash, *_our_secrets()) if secret)


def _our_secrets() -> tuple[str, ...]:
    now = settings()
    ours = (now.stripe_secret_key, now.jwt_secret_key, now.admin_password, now.backup_secret_key)
    known = [*(secret.get_secret_value() for secret in ours), *now.webhook_secrets, *now.backup_keys]
    return tuple(secret for secret in known if secret)


def wanted_instead(tenant: Tenant) -> str | None:
    """The kind of job that brings a tenant from what it is to what is desired; None where they agree."""
    moves = {
        (TenantState.RUNNING, TenantState.SUSPENDED): "suspend_tenant",
        (TenantState.SUSPENDED, TenantState.RUNNING): "resume_tenant",
        (TenantState.RUNNING, TenantState.ARCHIVED): "archive_tenant",
        (TenantState.SUSPENDED, TenantState.ARCHIVED): "archive_tenant",
        (TenantState.ARCHIVED, TenantState.DELETED): "delete_tenant",
    }
    return moves.get((TenantState(tenant.observed), TenantState(tenant.desired)))
