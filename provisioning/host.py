"""One Proxmox host over SSH: a connection kept open, commands multiplexed on it. The only importer of asyncssh."""

import asyncio
import contextlib
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import structlog

log = structlog.get_logger()

CHUNK = 65_536  # bytes read at once
OUTPUT_LIMIT = 1_048_576  # bytes kept of a command whose output is not streamed
CONNECT_TIMEOUT = 5.0  # seconds
KEEPALIVE = 5.0  # seconds between questions whether the other side is there; three unanswered ones end the connection

OnChunk = Callable[[bytes], Awaitable[None]]


class NodeUnreachable(Exception):
    """No connection, or it was lost. `lost_in_flight`: the command had begun, and may still be going on over there."""

    def __init__(self, reason: str, *, lost_in_flight: bool = False) -> None:
        super().__init__(reason)
        self.lost_in_flight = lost_in_flight


class HostKeyChanged(Exception):
    """The host showed another key than the pinned one: nothing is sent to it."""


class NodeTimeout(Exception):
    """The command did not end in time; over there it may still be going on."""


@dataclass(frozen=True)
class Address:
    """`known_host` is the host's public key as in a known_hosts line without the name ("ssh-ed25519 AAAA…")."""

    name: str
    host: str
    port: int
    user: str
    key_file: Path
    known_host: str
    container: int


@dataclass(frozen=True)
class Completed:
    """`exit_status` is None when the command was ended by a signal; `output` is empty when it was streamed."""

    exit_status: int | None
    output: bytes = b""


class Host:
    """Commands for one host. Safe to use from many tasks of one event loop; `max_sessions` run at once."""

    def __init__(self, address: Address, *, max_sessions: int = 8) -> None:
        self.address = address
        self._sessions = asyncio.Semaphore(max_sessions)
        self._connecting = asyncio.Lock()
        self._connection: asyncssh.SSHClientConnection | None = None

    async def connect(self) -> None:
        """Opens the connection unless it is open. Raises NodeUnreachable or HostKeyChanged."""
        await self._connected()

    async def close(self) -> None:
        """Closes the connection; commands under way lose it."""
        if self._connection is not None:
            self._connection.close()
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self._connection.wait_closed(), 1)
            self._connection = None

    async def run(
        self, argv: list[str], *, stdin: bytes = b"", on_chunk: OnChunk | None = None, timeout: float | None = None  # noqa: ASYNC109 - it bounds the remote command, waiting for a place included
    ) -> Completed:
        """Runs `argv`; standard error comes with the output. Each chunk is awaited before the next is read.

        Raises NodeUnreachable, HostKeyChanged, NodeTimeout (after `timeout` seconds), and what `on_chunk` raises.
        """
        async with self._sessions:
            try:
                async with asyncio.timeout(timeout):
                    return await self._run(shlex.join(argv), stdin, on_chunk)
            except TimeoutError as error:
                raise NodeTimeout(f"{argv[4] if len(argv) > 4 else argv[0]}: more than {timeout} s") from error

    async def _run(self, command: str, stdin: bytes, on_chunk: OnChunk | None) -> Completed:
        connection = await self._connected()
        try:
            process = await connection.create_process(command, encoding=None, stderr=asyncssh.STDOUT)
        except (asyncssh.Error, OSError) as error:
            self._forget(connection)
            raise NodeUnreachable(f"{self.address.name}: {error}") from error
        kept = bytearray()
        try:
            if stdin:
                process.stdin.write(stdin)
            process.stdin.write_eof()
            while chunk := await process.stdout.read(CHUNK):
                if on_chunk is not None:
                    await on_chunk(chunk)
                elif len(kept) < OUTPUT_LIMIT:
                    kept += chunk[: OUTPUT_LIMIT - len(kept)]
            await process.wait_closed()
        except (asyncssh.Error, OSError) as error:
            self._forget(connection)
            raise NodeUnreachable(f"{self.address.name}: {error}", lost_in_flight=True) from error
        finally:
            process.close()
        if process.exit_status is None and process.exit_signal is None:
            self._forget(connection)
            raise NodeUnreachable(f"{self.address.name}: the connection was cut", lost_in_flight=True)
        return Completed(process.returncode if process.exit_signal is None else None, bytes(kept))

    async def _connected(self) -> asyncssh.SSHClientConnection:
        async with self._connecting:
            if self._connection is not None and not self._connection.is_closed():
                return self._connection
            address = self.address
            pinned = asyncssh.import_known_hosts(f"[{address.host}]:{address.port} {address.known_host}\n")
            try:
                self._connection = await asyncssh.connect(
                    address.host,
                    port=address.port,
                    username=address.user,
                    client_keys=[str(address.key_file)],
                    known_hosts=pinned,
                    agent_path=None,
                    config=None,
                    connect_timeout=CONNECT_TIMEOUT,
                    login_timeout=CONNECT_TIMEOUT,
                    keepalive_interval=KEEPALIVE,
                    keepalive_count_max=3,
                )
            except asyncssh.HostKeyNotVerifiable as error:
                raise HostKeyChanged(f"{address.name}: the host key is not the pinned one") from error
            except (asyncssh.Error, OSError, TimeoutError) as error:
                raise NodeUnreachable(f"{address.name}: {error or type(error).__name__}") from error
            log.info("node.connected", node=address.name)
            return self._connection

    def _forget(self, connection: asyncssh.SSHClientConnection) -> None:
        if connection.is_closed() and self._connection is connection:
            self._connection = None
