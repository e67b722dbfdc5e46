"""What each kind of job needs beforehand, and what must be there afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from domain import backups, blueprints, jobs
from domain.job_kinds import KINDS
from domain.models import Backup, OwnDomain, Tenant
from domain.models.base import now

if TYPE_CHECKING:
    from tests.chaos.matrix.stage import Stage

ARCHIVED = "archived-{name}-{ticket}"
PANEL = {"first_page", "receive", "store"}  # steps that the panel does itself
# Kinds that are broken off step by step in tests of their own, and why.
LEFT_OUT = {
    "join_node": "no toca instancias; test_node_join",
    "move_tenant": "en dos nodos; test_moves",
    "delete_left": "como delete_tenant, en otro nodo",
}


@dataclass
class Cell:
    """One job that will be held at one of its steps; `databases` are those that must be there in the end."""

    kind: str
    step: str
    name: str
    tenant_id: int = 0
    job_id: int = 0
    ticket: str = ""
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Recipe:
    """`begins` and `ends`: what the tenant is before and after; `page`: what a visitor gets in the end (None: as of a
    name that nobody has); `databases`: on the node then, with {name} and {ticket}; `about`: whose state and page are
    looked at. `prepare` makes the job, in a transaction, and returns its number."""

    begins: str
    ends: str
    page: int | None
    databases: tuple[str, ...]
    prepare: Callable[["Stage", Session, Tenant, Cell], int | None]
    about: str = "{name}"


def _deferred(kind: str, **words: Any) -> Callable[["Stage", Session, Tenant, Cell], int | None]:
    def prepare(_stage: "Stage", session: Session, tenant: Tenant, _cell: Cell) -> int | None:
        for name, value in words.items():
            setattr(tenant, name, value)
        session.add(tenant)
        return jobs.defer(session, kind, tenant=tenant).id

    return prepare


def _clone(stage: "Stage", session: Session, tenant: Tenant, cell: Cell) -> int | None:
    copy = stage.row(session, f"{cell.name}-copia", "absent", staging_of=tenant.id)
    cell.tenant_id = copy.id or 0
    return jobs.defer(session, "clone_tenant", tenant=copy).id


def _domain(_stage: "Stage", session: Session, tenant: Tenant, cell: Cell) -> int | None:
    domain = f"erp.{cell.name}.example"
    session.add(OwnDomain(tenant_id=tenant.id or 0, domain=domain, proof="x", verified_at=now()))
    args = {"domain": domain, "base_url": f"http://{domain}"}
    return jobs.defer(session, "set_domain", tenant=tenant, args=args).id


def _update(_stage: "Stage", session: Session, tenant: Tenant, _cell: Cell) -> int | None:
    return jobs.defer(session, "update_modules", tenant=tenant, args={"modules": "base"}).id


def _backup(_stage: "Stage", session: Session, tenant: Tenant, _cell: Cell) -> int | None:
    return backups.ask(session, tenant, "manual").job_id


def _with_backup(kind: str) -> Callable[["Stage", Session, Tenant, Cell], int | None]:
    def prepare(stage: "Stage", session: Session, tenant: Tenant, _cell: Cell) -> int | None:
        known = stage.base_backup
        values = {name: getattr(known, name) for name in ("size", "stored_size", "sha256", "key_id", "manifest")}
        # Every tenant is a copy of one, and so is its backup: one sealed object, linked under many names.
        row = Backup(tenant_id=tenant.id or 0, kind="manual", state="stored", stored_at=now(), **values)
        session.add(row)
        session.flush()
        row.store_key = stage.another_copy(known.store_key or "", row.id or 0)
        return jobs.defer(session, kind, tenant=tenant, args={"backup_id": row.id}).id

    return prepare


def _blueprint(stage: "Stage", session: Session, _tenant: Tenant, cell: Cell) -> int | None:
    number = [step.name for step in KINDS["build_blueprint"].steps].index(cell.step)
    args = {"blueprint": list(blueprints.RECIPES)[number]}
    return jobs.defer(session, "build_blueprint", node_id=stage.node_ids[number + 1], args=args).id


HASH = f"$pbkdf2-sha512$600000${'a' * 22}${'b' * 86}"
NAME = ("{name}",)
RECIPES: dict[str, Recipe] = {
    "create_tenant": Recipe("absent", "running", 200, NAME, _deferred("create_tenant")),
    "suspend_tenant": Recipe(
        "running", "suspended", 503, NAME,
        _deferred("suspend_tenant", desired="suspended", suspend_reasons=["operator"]),
    ),
    "resume_tenant": Recipe("suspended", "running", 200, NAME, _deferred("resume_tenant", desired="running")),
    "archive_tenant": Recipe(
        "running", "archived", None, (ARCHIVED,), _deferred("archive_tenant", desired="archived")
    ),
    "clone_tenant": Recipe(
        "running", "running", 200, ("{name}", "{name}-copia"), _clone, about="{name}-copia"
    ),
    "delete_tenant": Recipe("archived", "deleted", None, (), _deferred("delete_tenant", desired="deleted")),
    "set_domain": Recipe("running", "running", 200, NAME, _domain),
    "update_modules": Recipe("running", "running", 200, NAME, _update),
    # A database beside that is nobody's: our row stays what it is.
    "archive_stray": Recipe("running", "running", None, (ARCHIVED,), _deferred("archive_stray")),
    "set_password": Recipe(
        "running", "running", 200, NAME, _deferred("set_password", odoo_password_hash=HASH)
    ),
    "backup_tenant": Recipe("running", "running", 200, NAME, _backup),
    "restore_tenant": Recipe("running", "running", 200, ("{name}", ARCHIVED), _with_backup("restore_tenant")),
    "prove_backup": Recipe("running", "running", 200, NAME, _with_backup("prove_backup")),
    "build_blueprint": Recipe("", "", None, (), _blueprint),
}  # fmt: skip


def every_cell() -> list[tuple[str, str]]:
    """Kind and step, in the order of the procedures."""
    return [(kind.name, step.name) for kind in KINDS.values() if kind.name not in LEFT_OUT for step in kind.steps]
