"""The stand-in's SSH server: as a Proxmox host's, with a password for the first login and authorized_keys with their
forced commands afterwards. What it is asked it runs in a shell, as sshd does."""

import asyncio
import contextlib
import hmac
import os
import signal

import asyncssh

from provisioning.sandbox.faults import Faults
from provisioning.sandbox.machine import Machine

USER = "alta"
_CHUNK = 65_536

Process = asyncssh.SSHServerProcess[bytes]


class _Door(asyncssh.SSHServer):
    """Who may come in, and who is in."""

    def __init__(self, machine: Machine, password: str, inside: set[asyncssh.SSHServerConnection]) -> None:
        self._machine, self._password, self._inside = machine, password, inside
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._inside.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._inside.discard(self._connection)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        options = self._machine.authorized().validate(key, "localhost", "127.0.0.1")
        if username != USER or options is None or self._connection is None:
            return False
        self._connection.set_extra_info(forced_command=options.get("command"))
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return username == USER and hmac.compare_digest(password, self._password)


class SshSide:
    """Listens on loopback; behind the gate run the kit's real scripts."""

    def __init__(self, machine: Machine, faults: Faults, password: str) -> None:
        self._machine = machine
        self._faults = faults
        self._password = password
        self._inside: set[asyncssh.SSHServerConnection] = set()
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self.port = 0

    async def open(self, port: int) -> None:
        """Listens on `port` (0: a free one, kept for later calls)."""
        if self._acceptor is not None:
            return
        self._acceptor = await asyncssh.create_server(
            lambda: _Door(self._machine, self._password, self._inside),
            "127.0.0.1",
            self.port or port,
            server_host_keys=[self._machine.key("host_key")],
            process_factory=self._session,
            encoding=None,
            reuse_address=True,
            login_timeout=10,
        )
        self.port = self._acceptor.get_port()

    async def close(self) -> None:
        """Stops listening and drops every connection."""
        acceptor, self._acceptor = self._acceptor, None
        if acceptor is not None:
            acceptor.close()
            await acceptor.wait_closed()
        self.drop()

    def drop(self) -> None:
        """Cuts every open connection, as a pulled cable would."""
        for connection in list(self._inside):
            connection.abort()

    async def _session(self, process: Process) -> None:
        if self._faults.hang:
            await process.channel.wait_closed()
            return
        forced = process.get_extra_info("forced_command")
        asked = process.command or ""
        child = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            forced or asked,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**self._machine.host_environment(), **({"SSH_ORIGINAL_COMMAND": asked} if forced else {})},
            start_new_session=True,
        )
        attending = asyncio.ensure_future(self._attend(process, child))
        cut = asyncio.ensure_future(process.channel.wait_closed())
        try:
            await asyncio.wait([attending, cut], return_when=asyncio.FIRST_COMPLETED)
        finally:
            attending.cancel()
            cut.cancel()
            # Only what is attached to the session ends with it; the detached work has a session of its own.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            await child.wait()
            await asyncio.gather(attending, cut, return_exceptions=True)

    async def _attend(self, process: Process, child: asyncio.subprocess.Process) -> None:
        feeding = asyncio.ensure_future(_feed(process, child))
        try:
            with contextlib.suppress(asyncssh.Error, OSError):
                await asyncio.gather(self._relay(process, child), _complain(process, child))
                code = await child.wait()
                process.exit(code if code >= 0 else 128 - code)
        finally:
            feeding.cancel()

    async def _relay(self, process: Process, child: asyncio.subprocess.Process) -> None:
        """Output to the client, whose window slows us; `cut_at_line` counts what has gone out."""
        lines = 0
        output = child.stdout
        while output is not None and (chunk := await output.read(_CHUNK)):
            limit = self._faults.cut_at_line
            kept = _until_line(chunk, limit - lines) if limit is not None else None
            process.stdout.write(chunk if kept is None else kept)
            await process.stdout.drain()
            if kept is not None:
                self._faults.cut_at_line = None
                process.channel.get_connection().abort()
                return
            lines += chunk.count(b"\n")


def _until_line(chunk: bytes, lines: int) -> bytes | None:
    """The part of `chunk` up to its `lines`-th line's end; None when it has fewer."""
    end = -1
    for _ in range(max(lines, 0)):
        end = chunk.find(b"\n", end + 1)
        if end < 0:
            return None
    return chunk[: end + 1]


async def _complain(process: Process, child: asyncio.subprocess.Process) -> None:
    """The child's stderr to the client's."""
    while child.stderr is not None and (chunk := await child.stderr.read(_CHUNK)):
        process.stderr.write(chunk)
        await process.stderr.drain()


async def _feed(process: Process, child: asyncio.subprocess.Process) -> None:
    """The client's input to the child, to its end."""
    if child.stdin is None:
        return
    with contextlib.suppress(asyncssh.Error, OSError):
        while chunk := await process.stdin.read(_CHUNK):
            child.stdin.write(chunk)
            await child.stdin.drain()
    child.stdin.close()
