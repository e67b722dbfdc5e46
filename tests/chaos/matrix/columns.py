"""One column after the other: prepare, hold, strike, let go, judge; and the table that comes of it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlmodel import select

from domain import database, jobs
from domain.models import Job, Tenant
from tests.chaos.matrix import judge
from tests.chaos.matrix.cells import RECIPES, Cell, every_cell
from tests.chaos.matrix.faults import FAULTS, PATIENCE, Fault, hosts
from tests.chaos.matrix.stage import BASE, Stage
from tests.chaos.matrix.waiting import until

STATES = "select datname, coalesce(shobj_description(oid, 'pg_database'), '') from pg_database where not datistemplate"


@dataclass
class Column:
    """What came of one fault: verdict by (kind, step); "" is well, "–" cannot be."""

    fault: str
    verdicts: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def bad(self) -> dict[tuple[str, str], str]:
        """What was wrong."""
        return {cell: words for cell, words in self.verdicts.items() if words and not words.startswith("–")}


def play(stage: Stage, name: str, wanted: Iterable[tuple[str, str]] | None = None) -> Column:
    """One fault at each of the steps (all of them where none are named)."""
    fault, column = FAULTS[name], Column(name)
    stage.number += 1
    cells = []
    for row, (kind, step) in enumerate(wanted or every_cell(), 1):
        cell = Cell(kind, step, f"celda-{stage.number}-{row}")
        if why := fault.skips(cell) or ("" if name in stage.place.faults else "no se puede en este nodo"):
            column.verdicts[kind, step] = f"– {why}"
        else:
            cells.append(cell)
    _prepare(stage, cells)
    if fault.held:
        _hold(stage, cells)
    elif name == "slow":
        stage.place.slow(250)
        stage.proxy.pause = 0.3
    stage.worker()
    if fault.held:
        _all_stand(stage, cells)
    fault.strike(stage, cells)
    until(lambda: not stage.unfinished(cells), PATIENCE)
    _judged(stage, fault, cells)
    stage.end_workers()
    column.verdicts |= {(cell.kind, cell.step): "; ".join(cell.problems) for cell in cells}
    _clear(stage)
    return column


def _prepare(stage: Stage, cells: list[Cell]) -> None:
    """Tenants in the states that the jobs begin in, and the jobs, waiting: nobody works yet."""
    before: list[int] = []
    for cell in cells:
        recipe = RECIPES[cell.kind]
        if recipe.begins not in ("", "absent"):
            stage.place.copy(BASE, cell.name)
        with database.transaction() as session:
            tenant = stage.row(session, cell.name, "absent" if recipe.begins == "absent" else "running")
            cell.tenant_id = tenant.id or 0
            if recipe.begins in ("suspended", "archived"):
                kind = {"suspended": "suspend_tenant", "archived": "archive_tenant"}[recipe.begins]
                tenant.desired = recipe.begins
                before.append(jobs.defer(session, kind, tenant=tenant).id or 0)
    for job_id in before:
        stage.work(job_id)
    for cell in cells:
        with database.transaction() as session:
            tenant = session.get_one(Tenant, cell.tenant_id)
            cell.job_id = RECIPES[cell.kind].prepare(stage, session, tenant, cell) or 0
            cell.ticket = jobs.ticket(session.get_one(Job, cell.job_id))


def _hold(stage: Stage, cells: list[Cell]) -> None:
    for cell in cells:
        if cell.step == "first_page" or (cell.kind, cell.step) == ("prove_backup", "boot"):
            stage.proxy.hold(hosts(stage, cell))
        if cell.step != "first_page":
            stage.holds.hold(cell.ticket, cell.step)


def _all_stand(stage: Stage, cells: list[Cell]) -> None:
    """Every job is at its step; who does not get there has failed its cell."""

    def elsewhere() -> list[Cell]:
        steps = stage.steps([cell.job_id for cell in cells])
        return [cell for cell in cells if cell.step not in steps[cell.job_id]]

    if not until(lambda: not elsewhere(), 90):
        for cell in elsewhere():
            cell.problems.append(f"no llegó al paso {cell.step}: {stage.job(cell.job_id).error}")


def _judged(stage: Stage, fault: Fault, cells: list[Cell]) -> None:
    there = {}
    for name, comment in stage.place.sql(STATES):
        marker = json.loads(comment) if comment.startswith("{") else {}
        there[name] = str(marker.get("alta", {}).get("state", ""))
    steps = stage.steps([cell.job_id for cell in cells])
    for cell in cells:
        judge.judge(stage, cell, fault, steps[cell.job_id], there)


def _clear(stage: Stage) -> None:
    """The node's disk is not for ever; jobs that followed are not to disturb the next column."""
    stage.place.remove([name for name, _ in stage.place.sql(STATES) if "celda-" in name])
    with database.transaction() as session:
        for job in session.exec(select(Job).where(Job.status == "queued")).all():
            job.status = "cancelled"
            session.add(job)


def table(columns: list[Column], rows_wanted: Iterable[tuple[str, str]]) -> str:
    """The table, as Markdown."""
    head = ["trabajo · paso", *(FAULTS[column.fault].title for column in columns)]
    rows = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for kind, step in rows_wanted:
        cells = [column.verdicts.get((kind, step), "") for column in columns]
        words = ["–" if each.startswith("–") else each.replace("|", "/").replace("\n", " ") or "bien" for each in cells]
        rows.append(f"| {kind} · {step} | {' | '.join(words)} |")
    return "\n".join(rows) + "\n"
