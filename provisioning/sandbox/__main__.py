"""`python -m provisioning.sandbox`: a stand-in node until SIGTERM; its first line says where it is, as JSON."""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from provisioning.sandbox.node import Node, stop_on_signals


def _ready(addresses: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(addresses) + "\n")
    sys.stdout.flush()


async def _serve(options: argparse.Namespace) -> None:
    node = Node(options.database_url, options.state, options.container, bare=options.bare)
    await node.run(options.ssh_port, options.http_port, stop_on_signals(), _ready)


def main() -> None:
    """Reads the arguments and serves."""
    parser = argparse.ArgumentParser(prog="python -m provisioning.sandbox", description=__doc__)
    parser.add_argument("--database-url", required=True, help="a superuser's, of the server that holds the tenants")
    parser.add_argument("--state", required=True, type=Path, help="directory for keys, jobs and files")
    parser.add_argument("--ssh-port", type=int, default=0)
    parser.add_argument("--http-port", type=int, default=0)
    parser.add_argument("--container", type=int, default=105)
    parser.add_argument("--bare", action="store_true", help="a host that nobody joined yet: no gate, no key, no kit")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
