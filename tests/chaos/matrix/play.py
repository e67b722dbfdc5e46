"""`main.py matrix`: the columns that were asked for, what was wrong in them, and the table."""

import time
from pathlib import Path

from rich.console import Console

from provisioning import lab as labs
from provisioning.lab import Lab
from tests.chaos.matrix.cells import every_cell
from tests.chaos.matrix.columns import Column, play, table
from tests.chaos.matrix.faults import FAULTS
from tests.chaos.matrix.places import Place, RealOdoo, StandIn
from tests.chaos.matrix.stage import open_stage
from ui import lab_cli

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- matrix {} -->\n", "<!-- end -->\n"
# On a real Odoo: what an order, a payment that fails and a backup do.
SAMPLE = [
    ("create_tenant", "check_name"), ("create_tenant", "clone"), ("create_tenant", "files"),
    ("create_tenant", "first_page"), ("suspend_tenant", "suspend"), ("resume_tenant", "resume"),
    ("archive_tenant", "archive"), ("backup_tenant", "dump"),
]  # fmt: skip


def run(
    node: str, faults: list[str] | None, kinds: list[str] | None, *, without: list[str], write: bool, console: Console
) -> int:
    """Plays; 0 where all is well."""
    if unknown := {*(faults or []), *without} - set(FAULTS):
        console.print(f"No such fault: {', '.join(sorted(unknown))}. There are {', '.join(FAULTS)}.")
        return 2
    cells = [cell for cell in (SAMPLE if node == "lab" else every_cell()) if not kinds or cell[0] in kinds]
    columns = []
    with open_stage(_place(node)) as stage:
        wanted = faults or [name for name in FAULTS if node != "lab" or name in RealOdoo.faults]
        for fault in (name for name in wanted if name not in without):
            began = time.monotonic()
            columns.append(play(stage, fault, cells))
            _say(console, columns[-1], time.monotonic() - began)
    if write:
        _keep(node, table(columns, cells))
    return int(any(column.bad for column in columns))


def _place(node: str) -> "type[StandIn] | _Lab":
    return _Lab() if node == "lab" else StandIn


class _Lab:
    """Makes the place from the lab of this machine."""

    def __call__(self, _directory: Path) -> Place:
        rows = labs.status(Lab(lab_cli.directory()))
        if not rows or not rows[0].ready:
            raise RuntimeError("There is no lab here: uv run main.py lab up")
        return RealOdoo(rows[0].node)


def _say(console: Console, column: Column, seconds: float) -> None:
    good = sum(not words for words in column.verdicts.values())
    skipped = sum(words.startswith("–") for words in column.verdicts.values())
    console.print(f"{column.fault:<16} {good} well, {skipped} cannot be, {len(column.bad)} bad, {seconds:.0f} s")
    for (kind, step), words in column.bad.items():
        console.print(f"    {kind} · {step}: {words}", highlight=False, markup=False)


def _keep(node: str, words: str) -> None:
    text = README.read_text()
    before, _, rest = text.partition(BEGIN.format(node))
    README.write_text(before + BEGIN.format(node) + words + END + rest.partition(END)[2])
