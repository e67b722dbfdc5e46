"""The command line: serve, worker, demo, migrate, doctor, admin, node, plans, lab, bench, matrix; see `--help`."""

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from ui import command, lab_cli, node_cli

if TYPE_CHECKING:
    from fastapi import FastAPI

app = typer.Typer(help="Alta: hosted Odoo, from the form to the running tenant.", no_args_is_help=True)
admin = typer.Typer(help="Staff accounts.", no_args_is_help=True)
audit_app = typer.Typer(help="The record of who did what.", no_args_is_help=True)
secrets_app = typer.Typer(help="What the database keeps sealed.", no_args_is_help=True)
plans_app = typer.Typer(help="The catalogue.", no_args_is_help=True)
app.add_typer(admin, name="admin")
app.add_typer(audit_app, name="audit")
app.add_typer(secrets_app, name="secrets")
app.add_typer(plans_app, name="plans")
app.add_typer(lab_cli.app, name="lab")
app.add_typer(node_cli.app, name="node")
console = Console()
Node = Literal["stand-in", "lab"]
_build: "list[Callable[..., FastAPI]]" = []


def run(build_app: "Callable[..., FastAPI]") -> None:
    """Runs the command line; `build_app(with_worker=…)` comes from main.py."""
    _build[:] = [build_app]
    app()


@app.command()
def serve(
    with_worker: Annotated[bool, typer.Option(help="Run jobs in this process too (one machine).")] = False,
    port: Annotated[int | None, typer.Option(help="Instead of APP_PORT.")] = None,
) -> None:
    """The web application: public pages, admin, portal, API and webhook. Any number of processes."""
    with command.prepared(require_secrets=True):
        command.serve(_build[0](with_worker=with_worker), port=port)


@app.command()
def worker() -> None:
    """Runs jobs and sends letters. Any number of processes on one database."""
    from provisioning import worker as provisioning_worker
    from ui import logs

    with command.prepared(require_secrets=True):
        logs.configure()
        asyncio.run(_until_signal(provisioning_worker.run))


async def _until_signal(work: Callable[[asyncio.Event], object]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await work(stop)  # type: ignore[misc]


@audit_app.command("verify")
def audit_verify(
    seen: Annotated[str, typer.Option(help="A hash that was noted earlier, which has to be in the chain.")] = "",
) -> None:
    """Walks the chain of hashes over the audit; ends with 1 where something is not as it was written."""
    from domain import audit_chain

    with command.prepared():
        verdict = audit_chain.verify(seen or None)
    for problem in verdict.problems:
        console.print(problem, style="red", markup=False)
    console.print(
        f"{verdict.entries} entries in {verdict.seals} seals, {verdict.unsealed} not sealed yet. "
        f"Last hash, to be noted elsewhere: {verdict.last}",
        markup=False, soft_wrap=True,
    )  # fmt: skip
    raise typer.Exit(1 if verdict.problems else 0)


@app.command(hidden=True)
def past(customers: int) -> None:
    """What the demo runs before its first start: a year of forty customers."""
    from provisioning import worker as provisioning_worker
    from ui import demo_past, logs

    with command.prepared():
        logs.configure()
        demo_past.make(provisioning_worker.run, customers)


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the web application; 0 takes a free one.")] = 4443,
    data_dir: Annotated[Path, typer.Option(help="Where everything is kept.")] = Path(".alta/demo"),
    fresh: Annotated[bool, typer.Option(help="Throw an earlier demo away, and begin with no customers.")] = False,
    customers: Annotated[
        int, typer.Option(help="How many customers have lived through the year before the first start.", max=40)
    ] = 40,
    node: Annotated[
        Node, typer.Option(help="Where tenants are made: the stand-in, or a real Odoo in the lab.")
    ] = "stand-in",
) -> None:
    """Everything on this machine: database, stand-ins for Stripe, node and mail, web application and worker."""
    from ui import demo as demo_command

    place = lab_cli.addresses() if node == "lab" else None
    lives = 0 if fresh or place else customers
    raise typer.Exit(
        demo_command.run(port=port, data_dir=data_dir, fresh=fresh, console=console, node=place, lives=lives)
    )


@app.command()
def migrate() -> None:
    """Brings the database's schema to this version; safe to call again and from several machines."""
    from domain import schema

    with command.database_url() as url, console.status("Migrating"):
        schema.migrate(url)
        console.print(f"Schema is at {schema.newest()}.")


@app.command()
def grant(role: Annotated[str, typer.Argument(help="A role of the database that owns no table.")]) -> None:
    """Gives the role that serves what it needs: it can add to the audit and not change it. Call it as the owner."""
    from domain import grants

    with command.prepared():
        try:
            grants.grant(role)
        except grants.NoSuchRole as error:
            raise typer.BadParameter(f"the database has no role {role}") from error
    console.print(f"{role} may serve. Put it into DATABASE_URL of serve and worker; run this again after a migration.")


@app.command("backup-key")
def backup_key() -> None:
    """Prints a new key for BACKUP_KEY. Whoever loses it loses the backups: keep a copy away from this machine."""
    from domain import backup_keys

    console.print(backup_keys.new(), highlight=False, soft_wrap=True)


@app.command()
def doctor() -> None:
    """Checks database, schema, secrets, Stripe, node, mail and disk; one line each with the remedy."""
    from domain import doctor as domain_doctor
    from provisioning import doctor as node_doctor

    with command.database_url() as url:
        checks = [*domain_doctor.checks(url), *asyncio.run(node_doctor.checks())]
    for check in checks:
        mark = "[green]ok  [/green]" if check.ok else "[red]FAIL[/red]"
        console.print(f"{mark} [bold]{check.name:<16}[/bold] {check.found}", highlight=False, soft_wrap=True)
        if not check.ok:
            console.print(f"     {'':<16} -> {check.remedy}", style="yellow", highlight=False, soft_wrap=True)
    raise typer.Exit(0 if all(check.ok for check in checks) else 1)


@admin.command("create")
def admin_create(
    login: Annotated[str, typer.Argument(help="Name or e-mail to log in with.")],
    role: Annotated[str, typer.Option(help="admin, operator, support, finance or viewer.")] = "admin",
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when not given.")
    ] = "",
) -> None:
    """Makes a staff account, or gives an existing one a new role and password."""
    from domain import accounts
    from domain.errors import AltaError

    with command.prepared():
        try:
            accounts.create_staff(login, password, role)
        except AltaError as error:
            raise typer.BadParameter(error.message) from error
    console.print(f"{login} may log in as {role}.")


@admin.command("reset")
def admin_reset(login: Annotated[str, typer.Argument(help="Whose second factor is lost.")]) -> None:
    """Takes app, passkeys and recovery codes away from an account, after its person was recognised some other way."""
    from domain import factors
    from domain.errors import AltaError

    with command.prepared():
        try:
            factors.reset(login, by="sistema")
        except AltaError as error:
            raise typer.BadParameter(error.message) from error
    console.print(f"{login} logs in by password alone, and is asked for a new second factor where one is needed.")


@secrets_app.command("rotate")
def secrets_rotate() -> None:
    """Seals everything anew with the first key of SECRETS_KEY; afterwards the others may be taken out."""
    from domain import secret_rotation

    with command.prepared():
        done = secret_rotation.rotate()
    for place, count in done.items():
        console.print(f"{place}: {count}")


@plans_app.command("publish")
def plans_publish() -> None:
    """Installs the default catalogue where there is none, and makes Stripe's products and prices match ours."""
    from domain import database, plans, publishing

    with command.prepared():
        with database.transaction() as session:
            plans.install_default(session)
        publishing.publish()
        for plan in plans.catalogue():
            console.print(f"{plan.code}: " + ", ".join(f"{p.amount_cents} {p.currency}" for p in plan.prices.values()))


@plans_app.command("export")
def plans_export(
    file: Annotated[Path | None, typer.Argument(help="Where to; without it, to the terminal.")] = None,
) -> None:
    """The whole catalogue as YAML, for keeping in git."""
    from domain import catalogue_files

    with command.prepared():
        written = catalogue_files.export()
    if file is None:
        sys.stdout.write(written)
    else:
        file.write_text(written, encoding="utf-8")


@plans_app.command("import")
def plans_import(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    publish: Annotated[bool, typer.Option(help="Tell Stripe at once.")] = True,
) -> None:
    """Makes the catalogue say what a YAML file says, all of it or nothing. Plans that are not in it are hidden."""
    from domain import catalogue_files, publishing
    from domain.errors import AltaError, Invalid

    with command.prepared():
        try:
            said = catalogue_files.load(file.read_text(encoding="utf-8"), by="cli")
            if publish:
                publishing.publish()
        except Invalid as error:
            raise typer.BadParameter("; ".join(f"{one.field}: {one.message}" for one in error.problems)) from error
        except AltaError as error:
            raise typer.BadParameter(error.message) from error
    console.print("\n".join(said) or "Nothing changed.")


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="Which one; without a known name, the list is shown.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
    size: Annotated[
        int | None, typer.Option("--size", "--orders", help="Orders, names or tenants, where the bench has a size.")
    ] = None,
    node: Annotated[
        Node, typer.Option(help="Where the tenants of ready, burst, enter and verbs are made.")
    ] = "stand-in",
    peer: Annotated[str, typer.Option(help="webhook: dj-stripe, installed and measured beside us.")] = "",
) -> None:
    """Measures one of the figures of the design, with everything it needs started on free ports."""
    import importlib
    import inspect

    known = {
        "ready": "orders",
        "burst": "orders",
        "log": "seconds",
        "landing": None,
        "signup": "names",
        "admin": "tenants",
        "webhook": "events",
        "reconcile": "subscriptions",
        "enter": "tenants",
        "verbs": "rounds",
        "login": "seconds",
    }
    if name not in known:
        raise typer.BadParameter(f"There is no bench {name}; there are {', '.join(known)}.")
    sized = known[name]
    module = importlib.import_module(f"tests.bench.{name}")
    options: dict[str, object] = {sized: size} if size and sized else {}
    if node != "stand-in":
        if "node" not in inspect.signature(module.run).parameters:
            raise typer.BadParameter(f"The bench {name} has nothing to do with a node.")
        options["node"] = node
    if peer:
        if "peer" not in inspect.signature(module.run).parameters:
            raise typer.BadParameter(f"The bench {name} has no peer.")
        options["peer"] = peer
    figures = module.run(**options)
    table = Table("figure", "value", title=f"bench {name} (milliseconds)")
    for key, value in _flat(figures):
        table.add_row(key, value)
    console.print(table)
    if as_json:
        sys.stdout.write(json.dumps(figures) + "\n")


@app.command()
def matrix(
    node: Annotated[Node, typer.Option(help="Where it is played; on the lab a sample.")] = "stand-in",
    fault: Annotated[list[str] | None, typer.Option(help="Only these faults.")] = None,
    without: Annotated[list[str] | None, typer.Option(help="All faults but these.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only these kinds of jobs.")] = None,
    write: Annotated[bool, typer.Option(help="Keep the table in the README of tests/chaos.")] = False,
) -> None:
    """Plays every fault at every step of every verb; exit code 1 where something was not as it must be."""
    import importlib

    module = importlib.import_module("tests.chaos.matrix.play")
    raise typer.Exit(module.run(node, fault, kind, without=without or [], write=write, console=console))


def _flat(figures: dict[str, object], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in figures.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{prefix}{key} ")
        else:
            rows.append((prefix + key, f"{value:.2f}" if isinstance(value, float) else str(value)))
    return rows
