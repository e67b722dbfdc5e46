"""One node's SSH: a connection kept open, many sessions on it. The only importer of asyncssh."""

import asyncio
import contextlib
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncssh

CHUNK = 65_536  # bytes read at once
OUTPUT_LIMIT = 1_048_576  # bytes of output kept when nobody takes the chunks
CONNECT_SECONDS = 5.0
KEEPALIVE_SECONDS = 5  # a silent peer is given up after three of them


@dataclass(frozen=True)
class Address:
    """Where a node is and how it proves itself. `known_host` is its public key (`ssh-ed25519 AAAA…`), always pinned."""

    name: str
    host: str
    port: int
    user: str
    key_file: Path
    known_host: str
    container: int


@dataclass(frozen=True)
class Completed:
    """A command that ran to its end. `output` (both streams) is empty when the chunks were handed out."""

    exit_status: int
    output: bytes = b""


class NodeUnreachable(Exception):
    """No connection, or it broke. `lost_in_flight`: the command may have begun, so ask what became of it."""

    def __init__(self, message: str, *, lost_in_flight: bool = False) -> None:
        super().__init__(message)
        self.lost_in_flight = lost_in_flight


class HostKeyChanged(Exception):
    """Whoever answers does not hold the pinned key: nothing was sent, and only a person may decide."""


class NodeRefused(Exception):
    """The node does not take our key, or the key file cannot be read."""


class NodeTimeout(Exception):
    """The command took longer than it may. Our session is closed; detached work goes on until it is stopped."""


@dataclass
class Host:
    """Runs commands on one node. Lives in one event loop; close it with `close` or `async with`."""

    address: Address
    max_sessions: int = 8
    _connection: asyncssh.SSHClientConnection | None = field(default=None, init=False)
    _connecting: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _sessions: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._sessions = asyncio.Semaphore(self.max_sessions)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the connection and every session on it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abort()
            await connection.wait_closed()

    async def run(
        self,
        argv: list[str],
        stdin: bytes = b"",
        on_chunk: Callable[[bytes], Awaitable[None]] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the clock must not run while we wait for a free session
    ) -> Completed:
        """Runs `argv`; stderr joins stdout. `on_chunk` is awaited for each piece, so that a slow taker slows the node.

        Raises NodeUnreachable, NodeRefused, HostKeyChanged, NodeTimeout.
        """
        async with self._sessions:
            try:
                async with asyncio.timeout(timeout):
                    process = await self._open(shlex.join(argv))
                    return await self._attend(process, stdin, on_chunk)
            except TimeoutError as error:
                raise NodeTimeout(f"{self.address.name}: no end after {timeout} s") from error

    async def _open(self, command: str) -> "asyncssh.SSHClientProcess[bytes]":
        """Starts the command. A connection that turns out to be dead before anything was sent is made anew, once."""
        for kept in (self._connection is not None, False):
            connection = await self._connect()
            try:
                return await connection.create_process(command, stderr=asyncssh.STDOUT, encoding=None)
            except (asyncssh.Error, OSError) as error:
                await self._drop(connection)
                # ChannelOpenError: the session never was; else the request may have arrived.
                begun = not isinstance(error, asyncssh.ChannelOpenError)
                if begun or not kept:
                    raise NodeUnreachable(f"{self.address.name}: {error}", lost_in_flight=begun) from error
        raise AssertionError("unreachable")

    async def _attend(
        self,
        process: "asyncssh.SSHClientProcess[bytes]",
        stdin: bytes,
        on_chunk: Callable[[bytes], Awaitable[None]] | None,
    ) -> Completed:
        kept = bytearray()
        try:
            with contextlib.suppress(BrokenPipeError):  # it may end without reading what we say
                process.stdin.write(stdin)
                process.stdin.write_eof()
            while chunk := await process.stdout.read(CHUNK):
                if on_chunk is not None:
                    await on_chunk(chunk)
                else:
                    kept += chunk[: OUTPUT_LIMIT - len(kept)]
            await process.wait_closed()
        except (asyncssh.Error, ConnectionError) as error:
            raise NodeUnreachable(f"{self.address.name}: {error}", lost_in_flight=True) from error
        finally:
            process.close()
        status = process.returncode  # a signal's number, negative, when one ended it
        if status is None:
            raise NodeUnreachable(f"{self.address.name}: the session broke off", lost_in_flight=True)
        return Completed(status if status >= 0 else 128 - status, bytes(kept))

    async def _connect(self) -> asyncssh.SSHClientConnection:
        async with self._connecting:
            if self._connection is not None and not self._connection.is_closed():
                return self._connection
            self._connection = await self._dial()
            return self._connection

    async def _dial(self) -> asyncssh.SSHClientConnection:
        address = self.address
        try:
            key = asyncssh.read_private_key(address.key_file)  # a small file, read once a connection
        except (asyncssh.Error, OSError, ValueError) as error:
            raise NodeRefused(f"{address.name}: the key file cannot be read: {error}") from error
        try:
            pinned = asyncssh.import_public_key(address.known_host)
        except (asyncssh.Error, ValueError) as error:
            raise NodeRefused(f"{address.name}: NODE_KNOWN_HOST is no public key: {error}") from error
        try:
            return await asyncssh.connect(
                address.host,
                address.port,
                username=address.user,
                client_keys=[key],
                known_hosts=([pinned], [], []),
                server_host_key_algs=_algorithms(address.known_host),
                config=None,
                agent_path=None,
                preferred_auth="publickey",
                connect_timeout=CONNECT_SECONDS,
                login_timeout=CONNECT_SECONDS,
                keepalive_interval=KEEPALIVE_SECONDS,
                keepalive_count_max=2,
            )
        except asyncssh.HostKeyNotVerifiable as error:
            raise HostKeyChanged(f"{address.name}: {error}") from error
        except asyncssh.PermissionDenied as error:
            raise NodeRefused(f"{address.name}: {error}") from error
        except (asyncssh.Error, OSError) as error:
            raise NodeUnreachable(f"{address.name}: {error or type(error).__name__}") from error

    async def _drop(self, connection: asyncssh.SSHClientConnection) -> None:
        if self._connection is connection:
            self._connection = None
        connection.abort()


def _algorithms(known_host: str) -> list[str] | str:
    """Only the pinned key's own kind is asked for, or a host with several keys might show another one."""
    kind = known_host.split(maxsplit=1)[0]
    return ["rsa-sha2-512", "rsa-sha2-256"] if kind == "ssh-rsa" else [kind]
