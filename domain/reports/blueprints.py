"""Which templates each node has, for staff: ready, of another Odoo, being built, failed or missing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import Session, col, select

from domain import blueprints, database
from domain.models import Blueprint, Job, Node

State = Literal["ready", "stale", "building", "failed", "missing"]


@dataclass(frozen=True)
class Row:
    """One recipe on one node. `job_id`: its newest build, if any; the rest is of the version that orders get."""

    name: str
    title: str
    state: State
    version: int | None
    odoo_version: str | None
    built_at: datetime | None
    tested: str
    job_id: int | None


@dataclass(frozen=True)
class NodeBlueprints:
    """A node's templates. `odoo`: the version it has now, empty where it has none or has not said so."""

    node_id: int
    node: str
    odoo: str
    rows: tuple[Row, ...]


def every() -> list[NodeBlueprints]:
    """All nodes, by name."""
    with database.reading() as session:
        nodes = session.exec(select(Node).order_by(col(Node.name))).all()
        return [_node(session, node) for node in nodes]


def _node(session: Session, node: Node) -> NodeBlueprints:
    ready = session.exec(
        select(Blueprint).where(Blueprint.node_id == node.id, Blueprint.state == "ready").order_by(col(Blueprint.id))
    ).all()
    builds = session.exec(
        select(Job).where(Job.node_id == node.id, Job.kind == "build_blueprint").order_by(col(Job.id))
    ).all()
    there = {row.name: row for row in ready}
    newest = {str(job.args.get("blueprint")): job for job in builds}
    rows = [_row(recipe, there.get(name), newest.get(name), node) for name, recipe in blueprints.RECIPES.items()]
    return NodeBlueprints(node.id or 0, node.name, str(node.health.get("odoo") or ""), tuple(rows))


def _row(recipe: blueprints.Recipe, there: Blueprint | None, job: Job | None, node: Node) -> Row:
    return Row(
        recipe.name,
        recipe.title,
        _state(there, job, node),
        there.version if there else None,
        there.odoo_version if there else None,
        there.built_at if there else None,
        there.tested if there else "",
        job.id if job else None,
    )


def _state(there: Blueprint | None, job: Job | None, node: Node) -> State:
    if job is not None and job.status in ("queued", "running"):
        return "building"
    if there is None:
        return "failed" if job is not None and job.status == "failed" else "missing"
    return "stale" if blueprints.stale(there, node.health) else "ready"
