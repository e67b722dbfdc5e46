"""Ready-made templates for new tenants: which there are, which one an order is given, and what a build leaves."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select, update

from domain import audit, database, jobs
from domain.errors import Conflict, NotFound
from domain.models import Blueprint, Job, Node, Plan, Price, Subscription, Tenant
from domain.models.base import now

BASE_MODULES = "base,web,alta_access"  # our addon is in every one: without it there is no one click
TRIED = "página de entrada, entrada con contraseña, acceso de un clic"


@dataclass(frozen=True)
class Recipe:
    """What a build makes. `family` is what plans name; `country` is None for the one that serves the rest."""

    name: str
    title: str
    family: str
    modules: str
    country: str | None
    language: str
    currency: str


# Odoo's module with the chart of accounts, its Spanish and the money of each country.
_CHARTS = {
    "AR": ("l10n_ar", "ARS", "Argentina"),
    "CL": ("l10n_cl", "CLP", "Chile"),
    "CO": ("l10n_co", "COP", "Colombia"),
    "DO": ("l10n_do", "DOP", "República Dominicana"),
    "ES": ("l10n_es", "EUR", "España"),
    "MX": ("l10n_mx", "MXN", "México"),
    "PE": ("l10n_pe", "PEN", "Perú"),
}
# family -> (title, modules besides the chart)
_FAMILIES = {"gestion": ("Gestión", f"{BASE_MODULES},account,sale_management,crm")}


def _recipes() -> list[Recipe]:
    made = []
    for family, (title, modules) in _FAMILIES.items():
        made.append(Recipe(f"{family}-latam", f"{title}, resto de América", family, modules, None, "es_419", "USD"))
        made += [
            Recipe(f"{family}-{country.lower()}", f"{title}, {name}", family, f"{modules},{chart}", country,
                   f"es_{country}", currency)
            for country, (chart, currency, name) in _CHARTS.items()
        ]  # fmt: skip
    return made


RECIPES = {recipe.name: recipe for recipe in _recipes()}


def nearest(family: str, country: str) -> list[Recipe]:
    """The recipes for this country's order, the best first: the country's, then that of its language."""
    ours = [recipe for recipe in RECIPES.values() if recipe.family == family]
    return [*(each for each in ours if each.country == country), *(each for each in ours if each.country is None)]


def templates(session: Session, tenant: Tenant, country: str, node: Node) -> list[str]:
    """Databases to clone for this tenant, the best first; none where its plan names no blueprint.

    A recipe that the node does not have (yet), or has from another Odoo than it runs now, stands there by a name that
    does not exist: the node then says which one was missing, and takes the next or its plain template.
    """
    family = session.exec(
        select(Plan.blueprint)
        .join(Price, col(Price.plan_id) == Plan.id)
        .join(Subscription, col(Subscription.price_id) == Price.id)
        .where(Subscription.tenant_id == tenant.id)
        .order_by(col(Subscription.id).desc())
    ).first()
    if not family:
        return []
    there = _newest(session, node)
    return [
        there[recipe.name].template if recipe.name in there else f"bp_{recipe.name.replace('-', '_')}"
        for recipe in nearest(family, country)
    ]


def _newest(session: Session, node: Node) -> dict[str, Blueprint]:
    """The ready ones of a node that fit the Odoo it has now."""
    rows = session.exec(
        select(Blueprint).where(Blueprint.node_id == node.id, Blueprint.state == "ready").order_by(col(Blueprint.id))
    ).all()
    return {row.name: row for row in rows if not stale(row, node.health)}


def stale(row: Blueprint, health: dict[str, Any]) -> bool:
    """Whether another Odoo made it than the node has now, by the node's last word."""
    running = health.get("odoo")
    return bool(running) and running != row.odoo_version


def build(node_id: int, name: str, *, by: str) -> int:
    """Asks for a build; returns the job. Raises NotFound, Conflict where one is under way."""
    recipe = RECIPES.get(name)
    if recipe is None:
        raise NotFound("No existe esa plantilla.")
    with database.transaction() as session:
        node = session.exec(select(Node).where(Node.id == node_id).with_for_update(key_share=True)).one_or_none()
        if node is None:
            raise NotFound("No existe ese nodo.")
        if _building(session, node_id, name) is not None:
            raise Conflict("Esa plantilla ya se está construyendo en este nodo.")
        job = jobs.defer(session, "build_blueprint", node_id=node_id, args={"blueprint": name}, requested_by=by)
        audit.record(session, actor=by, action="blueprint.build", target=f"node:{node_id}", blueprint=name)
        database.notify(session, f"node:{node_id}")
        return job.id or 0


def _building(session: Session, node_id: int, name: str) -> int | None:
    return session.exec(
        select(Job.id).where(
            Job.node_id == node_id, Job.kind == "build_blueprint", col(Job.status).in_(("queued", "running")),
            col(Job.args)["blueprint"].as_string() == name,
        )
    ).first()  # fmt: skip


def payload(args: dict[str, Any]) -> dict[str, str]:
    """What the node's verb reads, beside the job."""
    recipe = RECIPES[args["blueprint"]]
    return {
        "modules": recipe.modules,
        "languages": recipe.language,
        "country": recipe.country or "",
        "currency": recipe.currency,
    }


def built(session: Session, job: Job, ticket: str, result: dict[str, Any]) -> None:
    """A build passed its test: from this commit on orders get it. The same result again changes nothing."""
    recipe, node = RECIPES[job.args["blueprint"]], session.get_one(Node, job.node_id)
    # A worker that died after the script's last word did not keep it: what it said is known all the same.
    template = str(result.get("template") or f"bp_{recipe.name}_{ticket}".replace("-", "_").lower())
    odoo = str(result.get("odoo", node.health.get("odoo") or ""))
    before = session.exec(
        select(Blueprint)
        .where(Blueprint.node_id == job.node_id, Blueprint.name == recipe.name)
        .order_by(col(Blueprint.version).desc())
    ).first()
    if before is not None and before.template == template:
        return
    session.exec(
        update(Blueprint)
        .where(col(Blueprint.node_id) == job.node_id, col(Blueprint.name) == recipe.name)
        .values(state="retired")
    )
    session.add(
        Blueprint(
            name=recipe.name, node_id=job.node_id or 0, job_id=job.id, template=template,
            version=before.version + 1 if before else 1, odoo_version=odoo,
            modules=recipe.modules, country=recipe.country, language=recipe.language, currency=recipe.currency,
            tested=TRIED, built_at=now(),
        )
    )  # fmt: skip
    database.notify(session, f"node:{job.node_id}")
