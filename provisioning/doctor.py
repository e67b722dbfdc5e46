"""Does each node answer, and as it must? The checks of `main.py doctor` that need SSH, each with its remedy."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from domain import joining, nodes
from domain.doctor import Check
from domain.nodes import NodePlace
from domain.placing import DISK_NEEDED
from domain.reports import nodes as report
from domain.settings import settings
from provisioning import facts, kit
from provisioning.facts import BadAnswer, Health
from provisioning.fleet import address_of
from provisioning.host import Host, HostKeyChanged, NodeRefused, presented_key

_ADD = "uv run main.py node add {host} --ct {container} --name {name}"
_REMEDIES = {
    "none": "Join one: uv run main.py node add HOST --ct 105, or set NODE_HOST, NODE_KNOWN_HOST and NODE_KEY_FILE.",
    "key": "Copy the key file from the machine that joined the node (NODE_KEYS), or join it again: " + _ADD,
    "host key": "If you changed the host's key, confirm the new one: " + _ADD + ". If not, find out who answers there.",
    "refused": "Our key is not in the host's authorized_keys any more. Join it again: " + _ADD,
    "ssh": "See that {host}:{port} is up and reached from here, and that it runs an SSH server.",
    "gate": "The key is not bound to the gate, so that the kit cannot be renewed. Join it again: " + _ADD,
    "kit": "Start a worker of this version: it copies the kit. Where that is refused, join it again: " + _ADD,
    "container": "Start the container ({container}) and the PostgreSQL in it; look at: pct status {container}",
    "template": "Prepare the template {template} in the container: closed to connections and marked as a template.",
    "disk": "Free space in the container's file store, or close the node: uv run main.py node close {name}",
    "web": "See that {http_url} reaches the container's web server from here.",
    "strangers": "Nothing touches them, and their names cannot be given here. See whose they are.",
    "joining": "Its job has not ended well: see /admin/nodes, mend what it says and retry it.",
}


async def checks() -> list[Check]:
    """Runs every check of every node, side by side; never raises."""
    await asyncio.to_thread(nodes.from_settings)
    rows = await asyncio.to_thread(report.every)
    if not rows:
        return [Check("nodes", ok=False, found="there is none", remedy=_REMEDIES["none"])]
    places = [await asyncio.to_thread(nodes.place_of, row.id) for row in rows]
    return [check for checked in await asyncio.gather(*map(_node, places)) for check in checked]


async def _node(place: NodePlace) -> list[Check]:
    """From the outside in: what comes after a fault could only repeat it."""
    examined = Examined(place)
    if not await asyncio.to_thread(Path(place.key_file).exists):
        return [examined.bad("key", f"the key file {place.key_file} is missing")]
    async with Host(address_of(place)) as host:
        try:
            await host.connect()
        except HostKeyChanged:
            return [examined.bad("host key", f"shows another host key: {await _shown(place)}")]
        except NodeRefused as error:
            return [examined.bad("refused", str(error))]
        except Exception as error:  # noqa: BLE001 - a doctor reports, whatever it is
            return [examined.bad("ssh", f"{type(error).__name__}: {error}")]
        return await examined.inside(host)


async def _shown(place: NodePlace) -> str:
    try:
        return (await presented_key(place.host, place.port))[1]
    except Exception as error:  # noqa: BLE001 - as above
        return str(error)


class Examined:
    """One node, and how its findings are worded."""

    def __init__(self, place: NodePlace) -> None:
        self.place = place

    def bad(self, about: str, found: str, **words: str) -> Check:
        """A finding with its remedy."""
        known = {**vars(self.place), **words}
        return Check(self.place.name, ok=False, found=found, remedy=_REMEDIES[about].format(**known))

    async def inside(self, host: Host) -> list[Check]:
        """What a node says of itself, once it is reached."""
        try:
            health = await facts.health(host)
        except Exception as error:  # noqa: BLE001 - as above
            about = "kit" if isinstance(error, BadAnswer) and "no such file" in error.output.lower() else "container"
            return [self.bad(about, f"{type(error).__name__}: {error}")]
        found = [self._summary(health)]
        if not health.template_ready:
            found.append(self.bad("template", f"no template {health.template}", template=health.template))
        if kit.belongs(health.kit, health.version):
            found.append(
                self.bad("kit", f"kit {health.version} {health.kit[:12] or 'by hand'}, not {kit.digest()[:12]}")
            )
        if health.disk_free < DISK_NEEDED:
            found.append(self.bad("disk", f"only {health.disk_free / 1e9:.1f} GB free"))
        for check in (self._gate, self._strangers, self._web):
            found += await self._guarded(check, host)
        if self.place.state == "joining":
            found.append(self.bad("joining", "it has not joined yet, and takes no orders"))
        return found

    def _summary(self, health: Health) -> Check:
        found = (
            f"container {self.place.container} answers: {health.tenants} tenants, load {health.load[0]:.1f}, "
            f"{health.disk_free / 1e9:.0f} GB free, kit {health.version}, {self.place.state}"
        )
        return Check(self.place.name, ok=True, found=found)

    async def _guarded(self, check: Callable[[Host], Awaitable[Check | None]], host: Host) -> list[Check]:
        try:
            found = await check(host)
        except Exception as error:  # noqa: BLE001 - as above
            return [self.bad("container", f"{type(error).__name__}: {error}")]
        return [] if found is None else [found]

    async def _gate(self, host: Host) -> Check | None:
        try:
            await facts.gate_container(host)
        except BadAnswer:
            return self.bad("gate", "something else than the gate answers")
        return None

    async def _strangers(self, host: Host) -> Check | None:
        there = {
            tenant.subdomain for tenant in await facts.tenants(host) if tenant.state not in ("archived", "snapshot")
        }
        strange = sorted(there - await asyncio.to_thread(joining.names_on, self.place.id))
        if not strange:
            return None
        return self.bad("strangers", f"{len(strange)} tenants are not in our rows: {', '.join(strange[:5])}")

    async def _web(self, _host: Host) -> Check | None:
        name = f"no-such-tenant.{settings().base_domain}"
        try:
            async with httpx.AsyncClient(timeout=5) as web:
                await web.get(f"{self.place.http_url}/web/login", headers={"Host": name})
        except httpx.HTTPError as error:
            return self.bad("web", f"{self.place.http_url}: {type(error).__name__} {error}".strip())
        return None
