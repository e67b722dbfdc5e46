"""Does the node answer? The checks of `main.py doctor` that need SSH."""

from collections.abc import Awaitable, Callable

from domain.doctor import Check
from domain.settings import settings
from provisioning import facts
from provisioning.host import Address, Host

_REMEDIES = {
    "node config": "Set NODE_HOST, NODE_KEY_FILE and NODE_KNOWN_HOST; .env.example says what each holds.",
    "node": "See that NODE_HOST:NODE_PORT is up, that its host key is NODE_KNOWN_HOST and that it lets the key in.",
}


async def checks() -> list[Check]:
    """Runs every check of this side; never raises."""
    now = settings()
    if not (now.node_host and now.node_known_host and now.node_key_file.exists()):
        found = "NODE_HOST, NODE_KNOWN_HOST or the key file is missing"
        return [Check("node config", ok=False, found=found, remedy=_REMEDIES["node config"])]
    address = Address(
        now.node_name, now.node_host, now.node_port, now.node_user, now.node_key_file, now.node_known_host,
        now.node_container,
    )  # fmt: skip
    host = Host(address)
    try:
        return [await _guarded("node", lambda: _node(host))]
    finally:
        await host.close()


async def _guarded(name: str, check: Callable[[], Awaitable[Check]]) -> Check:
    try:
        return await check()
    except Exception as error:  # noqa: BLE001 - a doctor reports, whatever it is
        return Check(name, ok=False, found=f"{type(error).__name__}: {error}".strip(), remedy=_REMEDIES[name])


async def _node(host: Host) -> Check:
    health = await facts.health(host)
    found = (
        f"container {settings().node_container} answers: {health.tenants} tenants, load {health.load[0]:.1f}, "
        f"{health.disk_free / 1e9:.0f} GB free, kit {health.version}"
    )
    return Check("node", ok=health.template_ready, found=found, remedy=f"Prepare the template {health.template}.")
