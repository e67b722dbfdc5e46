"""`main.py lab`: a real node on this machine, for the demo, the tests and the benches."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from provisioning import lab as labs
from provisioning.lab import Lab, LabError

app = typer.Typer(help="A real node here: Odoo 19 in an LXC container (root on Debian).", no_args_is_help=True)
console = Console()
VARIABLE = "ALTA_LAB_DIR"
DIRECTORY = Path(".alta/lab")
Directory = Annotated[Path, typer.Option("--data-dir", help="Where the lab is kept.", envvar=VARIABLE)]


@app.command()
def up(
    nodes: Annotated[int, typer.Option(min=1, max=4, help="How many nodes.")] = 1, data_dir: Directory = DIRECTORY
) -> None:
    """Builds what is not there and starts what does not run: some minutes at first, later seconds."""
    began = time.monotonic()
    try:
        built = labs.up(Lab(data_dir.resolve()), nodes=nodes, progress=step)
    except LabError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error
    console.print(f"The lab is ready ({time.monotonic() - began:.1f} s).", style="bold", highlight=False)
    for node in built:
        console.print(f"{node.name}: container {node.container}, SSH on port {node.ports['ssh']}, {node.http_url}")
    console.print("Next: main.py demo --node lab", style="dim")


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Shows that a step is under way, and how long it took where one could notice."""
    began = time.monotonic()
    with console.status(f"{title}…"):
        yield
    took = time.monotonic() - began
    if took > 1:
        console.print(f"{title:<44} {took:6.1f} s", style="dim", highlight=False)


def directory() -> Path:
    """Where the lab is, for commands that have no option for it."""
    return Path(os.environ.get(VARIABLE, DIRECTORY)).resolve()


def addresses() -> dict[str, Any]:
    """Where the lab's first node is, with the keys of the stand-in's ready line; built or started if need be."""
    try:
        return labs.up(Lab(directory()), nodes=1, progress=step)[0].addresses()
    except LabError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error


@app.command()
def status(data_dir: Directory = DIRECTORY) -> None:
    """What runs. Ends with 1 unless every node is ready."""
    rows = labs.status(Lab(data_dir.resolve()))
    if not rows:
        console.print("There is no lab here. Build one: main.py lab up")
        raise typer.Exit(1)
    table = Table("node", "container", "SSH", "Odoo", "address")
    for row in rows:
        words = [
            f"{row.node.container} {'runs' if row.container else 'stopped'}",
            f"port {row.node.ports['ssh']}" if row.ssh else "stopped",
            "answers" if row.odoo else "does not answer",
        ]
        table.add_row(row.node.name, *words, row.node.http_url)
    console.print(table)
    raise typer.Exit(0 if all(row.ready for row in rows) else 1)


@app.command()
def down(data_dir: Directory = DIRECTORY) -> None:
    """Ends everything of the lab and removes its directory, with all tenants in it."""
    lab = Lab(data_dir.resolve())
    if not (lab.directory / "lab.json").exists():
        console.print("There is no lab here.")
        return
    try:
        labs.down(lab)
    except LabError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error
    console.print("The lab is gone.")
