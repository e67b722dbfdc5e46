"""What goes wrong, as data: how it is begun while all jobs stand at their steps, and what they then must come to."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from domain import jobs
from tests.chaos.matrix.cells import PANEL, Cell
from tests.chaos.matrix.stage import Stage
from tests.chaos.matrix.waiting import until

PATIENCE = 150.0  # seconds until all jobs of a column must have come to an end
TOLD = re.compile("disco del nodo está lleno|PostgreSQL no responde en el nodo|primera página no responde")


@dataclass(frozen=True)
class Fault:
    """`strike` does it while the jobs stand still, and lets them go on. `held`: False where nobody is held.

    `restarts`: scripts may be run again; `tears`: lines of the node's log may be torn. `skips` says of a cell why it
    cannot be, "" where it can.
    """

    title: str
    strike: Callable[[Stage, list[Cell]], None]
    restarts: bool = False
    tears: bool = False
    held: bool = True
    skips: Callable[[Cell], str] = lambda _cell: ""


def _go(stage: Stage) -> None:
    stage.holds.release()
    stage.proxy.release()


def _worker_killed(stage: Stage, _cells: list[Cell]) -> None:
    for process in stage.workers:
        process.kill()
        process.wait()
    stage.workers.clear()
    _go(stage)
    stage.worker()


def _ssh_cut(stage: Stage, _cells: list[Cell]) -> None:
    stage.place.cut()
    _go(stage)


def _node_restarted(stage: Stage, _cells: list[Cell]) -> None:
    stage.holds.stand_aside()
    stage.place.restart(stage.holds.release)
    _go(stage)


def _panel_database(stage: Stage, _cells: list[Cell]) -> None:
    stage.panel.restart()
    _go(stage)


def _node_database(stage: Stage, _cells: list[Cell]) -> None:
    stage.place.restart_database()
    _go(stage)


def _script_killed(stage: Stage, cells: list[Cell]) -> None:
    stage.holds.stand_aside()
    for cell in cells:
        stage.place.kill(cell.ticket)
    _go(stage)


def _disk_full(stage: Stage, cells: list[Cell]) -> None:
    """Full while they go on, until each has failed, has waited, or is done without another byte; then there is room."""
    stage.place.fill()
    _go(stage)
    met: set[int] = set()  # who waits is soon tried again: all at rest in one moment would be chance

    def each_has_met_it() -> bool:
        met.update(cell.job_id for cell in cells if stage.job(cell.job_id).status != "running")
        return len(met) == len(cells)

    until(each_has_met_it, 45)
    stage.place.empty()
    # Who was looking at a page of a server that had ended comes to an end only now.
    until(lambda: all(stage.job(cell.job_id).status != "running" for cell in cells), 45)
    for cell in cells:
        job = stage.job(cell.job_id)
        if job.status == "failed":
            if not TOLD.search(job.error or ""):
                cell.problems.append(f"no se dice que falta sitio: {(job.error or '')[:300]}")
            jobs.retry(cell.job_id, requested_by="ana")


def _slow(stage: Stage, cells: list[Cell]) -> None:
    until(lambda: not stage.unfinished(cells), PATIENCE)
    stage.place.slow(0)
    stage.proxy.pause = 0.0


def _answer_lost(stage: Stage, cells: list[Cell]) -> None:
    """The scripts end well while nobody hears it."""
    stage.proxy.losing |= {host for cell in cells for host in hosts(stage, cell)}
    stage.place.refuse(True)
    _go(stage)
    scripts = [cell for cell in cells if cell.step not in PANEL]
    until(lambda: all((stage.place.state / "jobs" / each.ticket / "outcome").exists() for each in scripts), 60)
    stage.place.refuse(False)


def hosts(stage: Stage, cell: Cell) -> set[str]:
    """How visitors of the cell's tenant address the node."""
    port = stage.proxy.port
    names = {cell.name, f"{cell.name}-copia", f"prueba-{cell.ticket}"}
    return {f"{name}.localhost:{port}" for name in names} | {f"erp.{cell.name}.example"}


def _full_of_what(cell: Cell) -> str:
    if cell.step in ("first_page", "store"):
        return "no escribe en el nodo"
    if cell.kind == "delete_tenant":
        return "borrar no pide sitio"
    return ""


FAULTS: dict[str, Fault] = {
    "worker_killed": Fault("proceso del panel muerto (-9)", _worker_killed),
    "ssh_cut": Fault("SSH cortado", _ssh_cut),
    "node_restarted": Fault("nodo reiniciado", _node_restarted, restarts=True),
    "panel_database": Fault("PostgreSQL del panel reiniciado", _panel_database),
    "node_database": Fault("PostgreSQL del nodo reiniciado", _node_database, restarts=True),
    "script_killed": Fault(
        "script muerto", _script_killed, restarts=True,
        skips=lambda cell: "no hay script en marcha" if cell.step in PANEL else "",
    ),
    "disk_full": Fault("disco lleno", _disk_full, restarts=True, tears=True, skips=_full_of_what),
    "slow": Fault("diez veces más lento", _slow, held=False),
    "answer_lost": Fault("respuesta perdida tras el éxito", _answer_lost),
}  # fmt: skip
