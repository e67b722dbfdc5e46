"""The whole stand-in: machine, SSH and web side, in one event loop."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import asyncssh
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
    """Listens on 127.0.0.1 only. `authorized_key`: a public key file; None makes a client key under `state`."""

    def __init__(self, database_url: str, state: Path, container: int, authorized_key: Path | None = None) -> None:
        self.machine = Machine(state.resolve(), database_url)
        self.container = container
        self.faults = Faults()
        self._authorized_key = authorized_key
        self._changing = asyncio.Lock()

    async def run(self, ssh_port: int, http_port: int, stop: asyncio.Event, ready: Any) -> None:
        """Serves until `stop`; calls `ready` with the addresses once both sides listen."""
        self.machine.prepare()
        await asyncio.to_thread(template.ensure, self.machine)
        self._ssh = SshSide(self.machine, self.faults, self.container, [self._client_key()])
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

    def _client_key(self) -> asyncssh.SSHKey:
        if self._authorized_key is not None:
            return asyncssh.read_public_key(self._authorized_key)
        return self.machine.key("client_key").convert_to_public()

    def _addresses(self, http_port: int) -> dict[str, Any]:
        host_key = self.machine.key("host_key").export_public_key().decode().split()
        return {
            "ready": True,
            "ssh_host": "127.0.0.1",
            "ssh_port": self._ssh.port,
            "user": USER,
            "key_file": None if self._authorized_key else str(self.machine.state / "client_key"),
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
