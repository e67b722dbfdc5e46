"""The whole stand-in: machine, SSH and web side, in one event loop."""

import asyncio
import contextlib
import secrets
import signal
import socket
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import uvicorn

from provisioning.sandbox import template
from provisioning.sandbox.door import Door
from provisioning.sandbox.faults import Faults
from provisioning.sandbox.machine import Machine
from provisioning.sandbox.ssh import USER, SshSide
from provisioning.sandbox.tenants import Tenants
from provisioning.sandbox.web import application


class _Web(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # signals are ours


class Node:
    """Listens on 127.0.0.1 only. `bare`: as a host that nobody joined yet, without gate, key and kit."""

    def __init__(self, database_url: str, state: Path, container: int, *, bare: bool = False) -> None:
        self.machine = Machine(state.resolve(), database_url)
        self.container = container
        self.faults = Faults()
        self._bare = bare
        self._password = secrets.token_urlsafe(18)  # another one at each start
        self._changing = asyncio.Lock()

    async def run(self, ssh_port: int, http_port: int, stop: asyncio.Event, ready: Any) -> None:
        """Serves until `stop`; calls `ready` with the addresses once both sides listen."""
        self.machine.prepare(self.container)
        if not self._bare:
            public = self.machine.key("client_key").export_public_key().decode()
            await asyncio.to_thread(self.machine.joined, self.container, public)
        await asyncio.to_thread(template.ensure, self.machine)
        self._ssh = SshSide(self.machine, self.faults, self._password)
        self.faults.install(self.machine.shims, self.machine.programs())
        with socket.create_server(("127.0.0.1", http_port)) as listener:
            tenants = Tenants(self.machine.database_url, self.machine.web)
            app = application(tenants, Door(self.machine), self.change_faults)
            web = _Web(uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1))
            serving = asyncio.create_task(web.serve(sockets=[listener]))
            await self._ssh.open(ssh_port)
            ready(self._addresses(listener.getsockname()[1]))
            await stop.wait()
            web.should_exit = True
            await self._ssh.close()
            await serving
        self.machine.end_jobs()

    async def change_faults(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Sets switches; returns all of them. Raises ValueError on an unknown one."""
        async with self._changing:
            self.faults.change(wanted)
            self.faults.install(self.machine.shims, self.machine.programs())
            if self.faults.refuse:
                await self._ssh.close()
            else:
                await self._ssh.open(0)
            if self.faults.drop:
                self._ssh.drop()
                self.faults.drop = False
            return asdict(self.faults)

    def _addresses(self, http_port: int) -> dict[str, Any]:
        host_key = self.machine.key("host_key").export_public_key().decode().split()
        return {
            "ready": True,
            "ssh_host": "127.0.0.1",
            "ssh_port": self._ssh.port,
            "user": USER,
            "password": self._password,
            "key_file": None if self._bare else str(self.machine.state / "client_key"),
            "known_host": " ".join(host_key[:2]),
            "container": self.container,
            "http_url": f"http://127.0.0.1:{http_port}",
            "http_port": http_port,
        }


def stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
