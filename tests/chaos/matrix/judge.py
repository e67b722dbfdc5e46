"""What is true after a cell: one tenant or none, one story told by row, node and page, and a log without a gap."""

import re

from domain import journal
from domain.job_kinds import KINDS
from domain.models import Job
from provisioning.lines import Splitter
from tests.chaos.matrix.cells import PANEL, RECIPES, Cell
from tests.chaos.matrix.faults import Fault
from tests.chaos.matrix.stage import Stage

# Lines that are in no node's log: the panel's own, and what a script says that could not be begun.
_OURS = re.compile(r"/web/login|Se reintenta|^copia \d+ enviada|^cifrada para |El trabajo no se pudo empezar")
# With no room left: the complaints of a script that could not be begun; there was no log for them.
_STARTERS = re.compile(r"/\S+?: line \d+: printf: write error: No space left on device|\x1b\[3[13]m|\x1b\[0m")
_WORD = {"ready": "running", "suspended": "suspended", "archived": "archived"}


def judge(stage: Stage, cell: Cell, fault: Fault, steps: dict[str, str], there: dict[str, str]) -> None:
    """Adds what is wrong to `cell.problems`. `there`: the node's databases and their states in its own words."""
    job, log = stage.job(cell.job_id), stage.node_log(cell.ticket)
    say = cell.problems.append
    if job.status != "succeeded":
        say(f"acabó «{job.status}»: {(job.error or job.waiting_reason or '')[:300]}")
        return
    if KINDS[cell.kind].about == "tenant":
        _tenant(stage, cell, there)
    wanted = [step.name for step in KINDS[cell.kind].steps]
    if missing := [name for name in wanted if steps.get(name) != "done"]:
        say(f"pasos sin terminar: {missing}")
    _lines(cell, fault, job, log)
    _once(cell, fault, log, wanted)


def _tenant(stage: Stage, cell: Cell, there: dict[str, str]) -> None:
    recipe, say = RECIPES[cell.kind], cell.problems.append
    words = {"name": cell.name, "ticket": cell.ticket}
    about = recipe.about.format(**words)
    wanted = {name.format(**words) for name in recipe.databases}
    found = {name for name in there if cell.name in _parts(name) or cell.ticket in name}
    if found != wanted:
        say(f"bases en el nodo: {sorted(found)}, no {sorted(wanted)}")
    names = [file.name for file in stage.place.filestore.iterdir()]
    files = {name for name in names if cell.name in _parts(name) or cell.ticket in name}
    if files - wanted:
        say(f"archivos de más en el nodo: {sorted(files - wanted)}")
    observed = stage.observed(cell.tenant_id)
    if observed != recipe.ends:
        say(f"nuestra fila dice «{observed}», no «{recipe.ends}»")
    if about in wanted and _WORD.get(there.get(about, "")) != recipe.ends:
        say(f"el nodo dice «{there.get(about)}», no «{recipe.ends}»")
    page, expected = stage.page(about), recipe.page or stage.place.absent
    if page != expected:
        say(f"la página responde {page}, no {expected}")


def _parts(name: str) -> set[str]:
    """`archived-celda-1-2-17-ab` and `.celda-1-2.new` are about celda-1-2, and so is its copy."""
    return set(re.findall(r"celda-\d+-\d+(?!\d)", name))


def _lines(cell: Cell, fault: Fault, job: Job, log: bytes) -> None:
    written = [line.text for line in journal.after(cell.job_id, 0, 300_000)]
    said = [piece.value for piece in Splitter().feed(log) if piece.kind == "text"]
    ours = [line for line in written if not _OURS.search(line)]
    if fault.tears:  # a line that was cut when there was no room stands in two pieces where we read it in two
        ours, said = ([_STARTERS.sub("", "".join(lines))] for lines in (ours, said))
    if ours != said:
        where = next((n for n, (a, b) in enumerate(zip(ours, said, strict=False)) if a != b), min(len(ours), len(said)))
        there = f"{ours[where : where + 2]} y {said[where : where + 2]}"
        cell.problems.append(f"el registro no es el del nodo: {len(ours)} líneas y {len(said)}; {there}")
    if job.log_bytes != len(log):
        cell.problems.append(f"se leyó hasta {job.log_bytes} de {len(log)}")


def _once(cell: Cell, fault: Fault, log: bytes, wanted: list[str]) -> None:
    begun = 1 + log.count(b"mintento ")
    if begun > 1 and not fault.restarts:
        cell.problems.append(f"el script se hizo {begun} veces")
    for name in wanted:
        times = log.count(f"::step {name}\n".encode())
        if name not in PANEL and not 1 <= times <= begun:
            cell.problems.append(f"el paso {name} salió {times} veces en {begun} intentos")
