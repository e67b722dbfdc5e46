"""Tenants on their way to another node, and nodes that are emptied: asking, the word that makes it final, progress."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from domain import backups, database, jobs, nodes, own_domains, placing, tenants
from domain.errors import Conflict
from domain.models import Backup, Customer, Job, JobStep, Node, Tenant
from domain.models.base import now
from domain.nodes import NodePlace
from domain.placing import NoNode
from domain.states import BackupState, JobStatus, NodeState, TenantState

KIND, LEFT = "move_tenant", "delete_left"
MOVABLE = (TenantState.RUNNING.value, TenantState.SUSPENDED.value)
OPEN_JOBS = (JobStatus.QUEUED.value, JobStatus.RUNNING.value)


@dataclass(frozen=True)
class Journey:
    """From `old` to `new`. `state`: ready or suspended, in the node's words; `phase`: whose log the job's place is in;
    `switched`: our row says already that it lives on the new node; `problem`: why it is being undone."""

    subdomain: str
    old: NodePlace
    new: NodePlace
    state: str
    staging_of: str
    phase: str
    switched: bool
    problem: str


def ask(session: Session, tenant: Tenant, *, by: str, to: int | None = None) -> Job:
    """Adds a move to this transaction. `to` None: the best node when it begins. Raises Conflict."""
    if tenant.observed not in MOVABLE or tenant.node_id is None:
        raise Conflict("Solo se mueve un Odoo en marcha o suspendido.")
    if jobs.pending(session, tenant, KIND):
        raise Conflict("Ya se está moviendo.")
    if to == tenant.node_id:
        raise Conflict("Ya está en ese nodo.")
    if to is None and isinstance(_choice(session, tenant), NoNode):
        raise Conflict("No hay otro nodo abierto con sitio al que moverlo.")
    args = {"old_node": tenant.node_id, **({"new_node": to} if to else {})}
    database.notify(session, f"tenant:{tenant.id}")
    return jobs.defer(session, KIND, tenant=tenant, args=args, requested_by=by)


def _choice(session: Session, tenant: Tenant) -> placing.Choice | NoNode:
    country = session.get_one(Customer, tenant.customer_id).country
    return placing.choose(session, country, avoid=frozenset({tenant.node_id or 0}))


def journey(job_id: int) -> Journey | NoNode:
    """Where a move leads and how far it has come; chooses the node where none is chosen yet, and writes it down."""
    with database.transaction() as session:
        job = jobs.locked(session, job_id)
        tenant = tenants.locked(session, job.tenant_id or 0)
        if "new_node" not in job.args:
            choice = _choice(session, tenant)
            if isinstance(choice, NoNode):
                return choice
            job.args = {**job.args, "new_node": choice.node.id}
            job.result = {**job.result, "placement": choice.why}
            session.add(job)
        if not job.result.get("phase"):  # another try after one that was undone: its steps are not this one's
            session.execute(delete(JobStep).where(col(JobStep.job_id) == job_id))
        source = session.get(Tenant, tenant.staging_of) if tenant.staging_of else None
        return Journey(
            subdomain=tenant.subdomain,
            old=nodes.place(session.get_one(Node, job.args["old_node"])),
            new=nodes.place(session.get_one(Node, job.args["new_node"])),
            state="suspended" if tenant.observed == TenantState.SUSPENDED else "ready",
            staging_of=source.subdomain if source else "",
            phase=str(job.result.get("phase", "")),
            switched=tenant.node_id == job.args["new_node"],
            problem=str(job.result.get("undoing", "")),
        )


def undoing(job_id: int, problem: str) -> None:
    """Writes down that it is being undone, and why: whoever comes back goes on with that."""
    with database.transaction() as session:
        job = jobs.locked(session, job_id)
        job.result = {**job.result, "undoing": job.result.get("undoing", problem)}
        session.add(job)


def undone(job_id: int) -> None:
    """All is as it was: another try begins at the beginning, with a node that is chosen anew."""
    with database.transaction() as session:
        job = jobs.locked(session, job_id)
        job.result = {name: value for name, value in job.result.items() if name not in ("undoing", "phase")}
        if "placement" in job.result:
            job.args = {name: value for name, value in job.args.items() if name != "new_node"}
        session.add(job)


def switch(job_id: int, attempt: int) -> None:
    """From this commit on the tenant lives on the new node. Raises Conflict where another has the job by now."""
    with database.transaction() as session:
        job = jobs.locked(session, job_id)
        if job.attempts != attempt or job.finished_at is not None:
            raise Conflict("Otro proceso ya tiene este trabajo.", code="log_moved")
        tenant = tenants.locked(session, job.tenant_id or 0)
        tenant.node_id = job.node_id = int(job.args["new_node"])
        session.add_all([tenant, job])
        database.notify(session, f"tenant:{tenant.id}")
        database.notify(session, f"node:{job.args['old_node']}", f"node:{job.args['new_node']}")


def opened(job_id: int) -> None:
    """It is open again: how long it was not, from the step that closed it."""
    with database.transaction() as session:
        job = jobs.locked(session, job_id)
        closed = session.get(JobStep, (job_id, "close"))
        if closed is not None and "closed_ms" not in job.result:
            job.result = {**job.result, "closed_ms": round((now() - closed.started_at).total_seconds() * 1000)}
            session.add(job)


def arrived(session: Session, tenant: Tenant) -> None:
    """What follows a move: its own domain is told to the new node, and a backup is made, after which what the old node
    keeps may go."""
    own_domains.tell_again(session, tenant)
    if backups.configured() and tenant.staging_of is None and not jobs.pending(session, tenant, "backup_tenant"):
        backups.ask(session, tenant, "scheduled")


def delete_left(session: Session, tenant: Tenant) -> None:
    """After a backup of it is safe: what moves left of the tenant on other nodes is not needed any more."""
    query = select(Job).where(Job.tenant_id == tenant.id, Job.kind == KIND, Job.status == JobStatus.SUCCEEDED)
    for move in session.exec(query).all():
        kept, node_id = move.result.get("kept"), move.result.get("kept_on")
        safe = select(Backup.id).where(
            Backup.tenant_id == tenant.id, Backup.state == BackupState.STORED, col(Backup.created_at) > move.finished_at
        )
        if not kept or move.result.get("left_deleted") or session.exec(safe).first() is None:
            continue
        if session.get_one(Node, node_id).state == NodeState.REMOVED:
            continue
        move.result = {**move.result, "left_deleted": True}
        session.add(move)
        jobs.defer(session, LEFT, tenant=tenant, node_id=node_id, args={"database": kept})


@dataclass(frozen=True)
class Drain:
    """How far the emptying of a node has come. `left`: tenants still there; `moved`: since it was asked for; `now`: who
    is on the way; `stopped`: the move that failed; `full`: why no other node takes the next one; `closed_ms`: the
    longest that one of them was closed."""

    left: int
    moved: int
    now: str | None
    stopped: str | None
    full: str | None
    closed_ms: int | None
    since: datetime | None


def check_drain(session: Session, node: Node) -> None:
    """Raises Conflict where nobody could take the node's tenants."""
    first = _next(session, node)
    if first is not None and isinstance(_choice(session, first), NoNode):
        raise Conflict("No hay otro nodo abierto con sitio: une o abre uno antes de vaciar este.")


def go_on() -> int:
    """Sends the next tenant of each node that is being emptied, where none is on its way and none has failed."""
    begun = 0
    with database.transaction() as session:
        draining = select(Node).where(Node.state == NodeState.DRAINING).order_by(col(Node.id))
        for node in session.exec(draining.with_for_update(key_share=True, skip_locked=True)).all():
            if _on_the_way(session, node) or _stopped(session, node):
                continue
            tenant = _next(session, node)
            if tenant is not None and not isinstance(_choice(session, tenant), NoNode):
                ask(session, tenant, by="sistema")
                begun += 1
    return begun


def retry(session: Session, node: Node) -> None:
    """Goes on after a move that failed. Raises Conflict where none did."""
    failed = _stopped(session, node)
    if failed is None:
        raise Conflict("No hay ningún traslado fallido que reintentar.")
    jobs.queue_again(session, jobs.locked(session, failed.id or 0))


def progress(session: Session, node_id: int) -> Drain:
    """As the node's page shows it."""
    node = session.get_one(Node, node_id)
    left = session.exec(_tenants(node, select(func.count(col(Tenant.id))))).one()
    done = select(Job).where(Job.kind == KIND, Job.status == JobStatus.SUCCEEDED, _from(node))
    moved = [job for job in session.exec(done).all() if node.drain_at and job.created_at >= node.drain_at]
    going, failed = _on_the_way(session, node), _stopped(session, node)
    name = session.get_one(Tenant, going.tenant_id).subdomain if going else None
    times = [int(job.result["closed_ms"]) for job in moved if "closed_ms" in job.result]
    full = None
    if not going and not failed and (tenant := _next(session, node)) is not None:
        choice = _choice(session, tenant)
        full = choice.why if isinstance(choice, NoNode) else None
    error = failed.error if failed else None
    return Drain(left, len(moved), name, error, full, max(times, default=None), node.drain_at)


def _from(node: Node) -> Any:
    return col(Job.args)["old_node"].as_integer() == node.id


def _tenants(node: Node, query: Any) -> Any:
    return query.where(Tenant.node_id == node.id, col(Tenant.observed).in_(MOVABLE))


def _next(session: Session, node: Node) -> Tenant | None:
    found: Tenant | None = session.exec(_tenants(node, select(Tenant)).order_by(col(Tenant.id))).first()
    return found


def _on_the_way(session: Session, node: Node) -> Job | None:
    return session.exec(select(Job).where(Job.kind == KIND, col(Job.status).in_(OPEN_JOBS), _from(node))).first()


def _stopped(session: Session, node: Node) -> Job | None:
    """The newest move, where it failed or was stopped since the emptying began."""
    newest = session.exec(select(Job).where(Job.kind == KIND, _from(node)).order_by(col(Job.id).desc())).first()
    if newest is None or newest.status not in (JobStatus.FAILED, JobStatus.CANCELLED):
        return None
    return newest if node.drain_at is not None and newest.created_at >= node.drain_at else None
