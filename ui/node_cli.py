"""`main.py node`: hosts join, open, close and leave."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ui import command

if TYPE_CHECKING:
    from domain.joining import Candidate, Shown

app = typer.Typer(help="The machines that hold the tenants.", no_args_is_help=True)
console = Console()
ACTOR = "consola"
Name = Annotated[str, typer.Argument(help="The node's name.")]


@app.command()
def add(
    host: Annotated[str, typer.Argument(help="Name or address of the Proxmox host.")],
    ct: Annotated[int, typer.Option(help="Number of the container that runs Odoo.")],
    port: Annotated[int, typer.Option(help="Port of its SSH server.")] = 22,
    user: Annotated[str, typer.Option(help="Who may run pct there.")] = "root",
    name: Annotated[str, typer.Option(help="What it is called here; the host's first word where empty.")] = "",
    http_url: Annotated[str, typer.Option(help="Where its tenants' visitors arrive; http://HOST where empty.")] = "",
    capacity: Annotated[int, typer.Option(help="How many tenants it may hold.")] = 80,
    region: Annotated[str, typer.Option(help="caribe, mexico, andes, sur, europa or norte; may be empty.")] = "",
    fingerprint: Annotated[str, typer.Option(help="SHA256:… of its host key, to be asked nothing.")] = "",
    key: Annotated[Path | None, typer.Option(help="A private key that gets in already; else a password.")] = None,
    password: Annotated[str, typer.Option(envvar="NODE_PASSWORD", help="Asked for when not given.")] = "",
    wait: Annotated[float, typer.Option(help="Seconds to follow the job that joins it; 0 leaves it to a worker.")] = 60,
) -> None:
    """Joins a host: its key is confirmed, ours is bound to the gate, a worker copies the kit, measures and opens it.

    The password or key is used once and kept nowhere.
    """
    from domain import joining
    from domain.joining import Candidate, Pass
    from provisioning.joining import SshDoor

    named = name or host.split(".")[0].lower()
    candidate = Candidate(named, host, ct, port, user, http_url, capacity, region)
    joining.use(SshDoor)
    with _answered():
        joining.check(candidate)
        shown = asyncio.run(joining.door().shown(host, port))
        if fingerprint and fingerprint != shown.fingerprint:
            _give_up(f"{host} shows {shown.fingerprint}, not the fingerprint given. Nothing was sent.")
        console.print(f"{host} shows the host key {shown.fingerprint}", highlight=False)
        if not fingerprint and not typer.confirm("Is that its key? (on the host: ssh-keygen -lf FILE.pub)"):
            _give_up("Nothing was sent.")
        if key is None and not password:
            password = typer.prompt(f"Password of {user}@{host}, used once", hide_input=True)
        once = Pass(password, key.read_text() if key else "")
        file = asyncio.run(joining.let_in(candidate, shown, once))
        console.print(f"Our key is let in, through the gate only. It is kept in {file}.", highlight=False)
    _join(candidate, shown, file, wait)


def _join(candidate: "Candidate", shown: "Shown", file: Path, wait: float) -> None:
    from domain import health, joining

    with command.prepared(), _answered():
        job = joining.admit(candidate, shown, file, by=ACTOR)
        console.print(f"Job {job} joins it: /admin/jobs/{job}", highlight=False)
        if wait and health.worker_alive():
            raise typer.Exit(_follow(job, wait))
        console.print("It begins as soon as a worker runs.")


def _follow(job_id: int, seconds: float) -> int:
    """Prints the job's lines until it ends; returns the exit code."""
    from domain import journal
    from domain.reports import jobs

    read, end = 0, time.monotonic() + seconds
    while True:
        ended = jobs.ended(job_id)
        for line in journal.after(job_id, read):
            console.print("  ", Text.from_ansi(line.text), sep="", highlight=False)
            read = line.n
        if ended:
            row = jobs.detail(job_id).row
            console.print(row.error or "Joined, and open for orders.", highlight=False)
            return 0 if row.status == "succeeded" else 1
        if time.monotonic() > end:
            console.print("Still at it; the page of the job shows the rest.")
            return 0
        time.sleep(0.2)


@app.command("list")
def list_() -> None:
    """Every node: its state, how full it is, and what was last found."""
    from domain.reports import nodes

    with command.prepared():
        rows = nodes.every()
    table = Table("node", "where", "state", "answers", "tenants", "region", "clone ms", "kit", "last error")
    for row in rows:
        answers = {True: "yes", False: "no", None: "?"}[row.reachable]
        breaker = "" if row.breaker == "closed" else f" ({row.breaker})"
        kit = {True: "ok", False: "other", None: "?"}[row.health.get("kit_ok")]
        clone = "" if row.clone_ms is None else f"{row.clone_ms:.0f}"
        table.add_row(
            row.name, f"{row.host}:{row.port} CT {row.container}", row.state, answers + breaker,
            f"{row.tenants}/{row.capacity}", row.region, clone, kit, row.last_error or "",
        )  # fmt: skip
    console.print(table)


@app.command()
def routes() -> None:
    """Which node each name leads to, as an nginx map for the proxy in front of several nodes (see the README)."""
    from domain.reports import nodes

    with command.prepared():
        for name, url in nodes.routes():
            typer.echo(f"{name} {url};")


@app.command("open")
def open_(name: Name) -> None:
    """Opens a node for new tenants."""
    _perform(name, "open")


@app.command()
def close(name: Name) -> None:
    """No new tenants; those that are there go on."""
    _perform(name, "close")


@app.command()
def drain(
    name: Name,
    cancel: Annotated[bool, typer.Option("--cancel", help="Stop after the tenant that is on its way.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Go on after a move that failed.")] = False,
) -> None:
    """No new tenants, and those that are there move to the other nodes, one after the other; a worker does it."""
    _perform(name, "close" if cancel else "drain_again" if again else "drain")
    console.print("Its page shows how far it has come: /admin/nodes" if not cancel else "It keeps what it has.")


@app.command()
def recheck(name: Name) -> None:
    """Takes back the alarm of a changed host key, once the pinned key is shown again."""
    _perform(name, "recheck")


@app.command()
def remove(name: Name) -> None:
    """Lets go of a node that holds no tenants."""
    _perform(name, "remove")


@app.command()
def limit(
    name: Name,
    capacity: Annotated[int | None, typer.Option(help="How many tenants it may hold.")] = None,
    concurrency: Annotated[int | None, typer.Option(help="Jobs that one worker does there at once.")] = None,
) -> None:
    """Other limits than were given or measured when it joined."""
    from domain import node_actions

    with command.prepared(), _answered():
        node_actions.limit(node_actions.named(name), by=ACTOR, capacity=capacity, concurrency=concurrency)


def _perform(name: str, action: str) -> None:
    from domain import node_actions

    with command.prepared(), _answered():
        node_actions.perform(node_actions.named(name), action, by=ACTOR)
    console.print(f"{name}: {action}", highlight=False)


@contextmanager
def _answered() -> Iterator[None]:
    """An error of the business as a sentence and an exit code."""
    from domain.errors import AltaError

    try:
        yield
    except AltaError as error:
        _give_up(error.message)


def _give_up(sentence: str) -> NoReturn:
    console.print(sentence, style="red", markup=False, highlight=False)
    raise typer.Exit(1)
