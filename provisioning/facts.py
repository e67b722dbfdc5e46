"""Typed questions to a node. Each is one command whose answer is one `::result` line."""

import json
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from typing import Any, Literal, TypeVar

from provisioning import commands, kit
from provisioning.host import Host

T = TypeVar("T")
QUESTION_SECONDS = 20.0
MEASURE_SECONDS = 300.0
INSTALL_SECONDS = 60.0


class BadAnswer(Exception):
    """The node answered, but not what was asked. `output`: what it said, at most 2,000 characters."""

    def __init__(self, message: str, output: str) -> None:
        super().__init__(message)
        self.output = output


@dataclass(frozen=True)
class JobState:
    """What became of a job on its node. `lost`: begun, but its process died without leaving an outcome.

    `exit_status` is known for ok and failed; `bytes` is the size of its log.
    """

    state: Literal["absent", "running", "ok", "failed", "lost"]
    exit_status: int | None
    bytes: int


@dataclass(frozen=True)
class Health:
    """How a node is. Sizes in bytes; `load`: averages over 1, 5 and 15 minutes; `version`: of the node kit; `kit`: its
    content hash, "" where it was not installed by a panel; `access_keys`: ids of the keys whose one-click tokens its
    tenants take; `odoo`: version of the package, empty where there is none; `blueprints`: its templates as
    `build_blueprint.sh` noted them, with `template`, the name. What older kits do not say has a default."""

    load: tuple[float, float, float]
    memory_free: int
    memory_total: int
    disk_free: int
    disk_total: int
    tenants: int
    template: str
    template_ready: bool
    postgresql: str
    version: str
    access_keys: tuple[str, ...] = ()
    odoo: str = ""
    blueprints: tuple[dict[str, Any], ...] = ()
    kit: str = ""
    cpus: int = 1


@dataclass(frozen=True)
class Measures:
    """What a node can do: one clone of its template in `clone_ms`; clones a second by how many at once (`rates`);
    `concurrency`: jobs at once, twice the smallest number that reaches nine tenths of the best rate and at least four;
    `odoo`: the template's."""

    clone_ms: float
    rates: dict[str, float]
    concurrency: int
    odoo: str


@dataclass(frozen=True)
class TenantFact:
    """One database that carries our mark. `state`: creating, ready, suspended, archived or snapshot (a passing copy).

    `staging_of` is set on a staging copy: whose it is; `was` on an archived one: the name that it had.
    """

    subdomain: str
    state: str
    job: str
    staging_of: str | None = None
    was: str | None = None


def _tenant_fact(row: dict[str, Any]) -> TenantFact:
    known = {item.name for item in fields(TenantFact)}  # a newer kit may say more
    return TenantFact(**{name: value for name, value in row.items() if name in known})


@dataclass(frozen=True)
class Usage:
    """What a tenant occupies, in bytes, its active people, when one of them last came in, and whether our addon is
    there."""

    database_bytes: int
    files_bytes: int
    users: int
    last_login: datetime | None = None
    one_click: bool = False


@dataclass(frozen=True)
class Archive:
    """What a backup's archive is: `files` of Odoo's store in it, `missing` ones that the database names in vain."""

    bytes: int
    sha256: str
    files: int
    missing: int
    manifest: dict[str, Any]


async def archive(host: Host, job_id: int | str) -> Archive:
    """The archive that a job made, kept on the node."""
    return await _ask(host, commands.fetch_about(host.address.container, job_id), lambda answer: Archive(**answer))


async def job_state(host: Host, job_id: int | str) -> JobState:
    """What became of the job: ask this before trying it again."""
    return await _ask(host, commands.probe_status(host.address.container, job_id), _job_state)


async def stop_job(host: Host, job_id: int | str) -> JobState:
    """Ends the job on the node; returns what it is then (`failed` with 143, or `ok` when it was quicker)."""
    return await _ask(host, commands.probe_stop(host.address.container, job_id), _job_state)


async def health(host: Host) -> Health:
    """How the node is."""
    return await _ask(host, commands.health(host.address.container), _health)


async def measures(host: Host) -> Measures:
    """How fast the node clones. Makes and removes databases for some seconds."""
    argv = commands.measure(host.address.container)
    return await _ask(host, argv, lambda answer: Measures(**answer), seconds=MEASURE_SECONDS)


async def gate_container(host: Host) -> int:
    """The container that the host's gate lets us reach. Raises BadAnswer where something else than the gate answers."""
    return await _ask(host, commands.about_gate(), lambda answer: int(answer["container"]))


async def install_kit(host: Host) -> str:
    """Makes our kit the node's; returns its hash. Raises BadAnswer where that did not work: the old one stays."""
    argv = commands.install_kit(kit.digest(), len(kit.archive()))
    return await _ask(host, argv, lambda answer: str(answer["kit"]), stdin=kit.archive(), seconds=INSTALL_SECONDS)


async def tenants(host: Host) -> list[TenantFact]:
    """Every tenant's database on the node, archived ones too, by name."""
    argv = commands.list_tenants(host.address.container)
    return await _ask(host, argv, lambda answer: [_tenant_fact(row) for row in answer])


async def usage(host: Host, subdomain: str) -> Usage:
    """What a tenant occupies."""
    return await _ask(host, commands.usage(host.address.container, subdomain), _usage)


async def give_access_key(host: Host, line: str) -> None:
    """Makes our public key known to the node's tenants. Raises BadAnswer where it is not taken."""
    await _ask(
        host, commands.access_key(host.address.container), lambda answer: answer["keys"], stdin=line.encode() + b"\n"
    )


def _usage(answer: Any) -> Usage:
    last = answer.get("last_login")
    moment = datetime.fromisoformat(last) if last else None
    return Usage(
        answer["database_bytes"], answer["files_bytes"], answer["users"], moment, bool(answer.get("one_click"))
    )


def _job_state(answer: Any) -> JobState:
    return JobState(answer["state"], answer["exit"], answer["bytes"])


def _health(answer: Any) -> Health:
    one, five, fifteen = answer["load"]
    asked = [item.name for item in fields(Health) if item.default is MISSING]  # a newer kit may say more, an older less
    known = {name: answer[name] for name in asked}
    return Health(**{**known, "load": (one, five, fifteen)}, **_newer(answer))


def _newer(answer: Any) -> dict[str, Any]:
    """What only newer kits say."""
    return {
        "access_keys": tuple(answer.get("access_keys") or ()),
        "odoo": str(answer.get("odoo") or ""),
        "blueprints": tuple(answer.get("blueprints") or ()),
        "kit": str(answer.get("kit") or ""),
        "cpus": int(answer.get("cpus") or 1),
    }


async def _ask(
    host: Host, argv: list[str], read: Callable[[Any], T], *, stdin: bytes = b"", seconds: float = QUESTION_SECONDS
) -> T:
    """The answer as `read` makes it. Raises BadAnswer for none, and for one of another kit's shape."""
    done = await host.run(argv, stdin=stdin, timeout=seconds)
    asked = argv[4] if len(argv) > 4 else argv[0]
    text = done.output.decode(errors="replace")
    for line in reversed(text.splitlines()):
        if done.exit_status == 0 and line.startswith("::result "):
            try:
                return read(json.loads(line.removeprefix("::result ")))
            except (KeyError, TypeError, ValueError) as error:
                raise BadAnswer(f"{asked} answered in another shape: {error!r}", text[-2000:]) from error
    raise BadAnswer(f"{asked} ended with {done.exit_status} and no result", text[-2000:])
