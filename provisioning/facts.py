"""Questions to a node and its answers, typed. A fact is asked, never remembered."""

import json
from dataclasses import dataclass
from typing import Any

from provisioning import commands
from provisioning.host import Host

ASK_TIMEOUT = 10.0  # seconds
RESULT = b"::result "


class NodeAnswerError(Exception):
    """The node answered, but not what was asked: the kit may be missing or of another version."""


@dataclass(frozen=True)
class JobState:
    """`state`: absent, running, ok, failed, lost. `bytes`: how long its output is now."""

    state: str
    exit_status: int | None
    bytes: int


@dataclass(frozen=True)
class Health:
    """Sizes in bytes; `load` is the one-minute average; `kit` a hash of the installed scripts."""

    load: float
    cores: int
    disk_total: int
    disk_free: int
    memory_total: int
    memory_free: int
    tenants: int
    template: str
    template_ready: bool
    kit: str


@dataclass(frozen=True)
class TenantFact:
    """A tenant's database as the node has it."""

    database: str
    bytes: int
    suspended: bool


async def job_state(host: Host, job_id: int) -> JobState:
    """What became of a job on the node."""
    answer = await _ask(host, commands.probe_status(host.address.container, job_id))
    return JobState(answer["state"], answer["exit"], answer["bytes"])


async def health(host: Host) -> Health:
    """How the node is."""
    return Health(**await _ask(host, commands.health(host.address.container)))


async def tenants(host: Host) -> list[TenantFact]:
    """Every tenant's database on the node, by name."""
    return [TenantFact(**row) for row in await _ask(host, commands.list_tenants(host.address.container))]


async def _ask(host: Host, argv: list[str]) -> Any:
    done = await host.run(argv, timeout=ASK_TIMEOUT)
    for line in done.output.splitlines():
        if line.startswith(RESULT):
            try:
                return json.loads(line[len(RESULT) :])
            except ValueError as error:
                raise NodeAnswerError(f"{argv[4]}: {line[:200]!r}") from error
    raise NodeAnswerError(f"{argv[4]} (exit {done.exit_status}): {done.output[-300:].decode(errors='replace').strip()}")
