"""One node's SSH: a connection kept open, many sessions on it. The only importer of asyncssh."""

import asyncio
import contextlib
import os
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncssh

from domain import secret_box

CHUNK = 65_536  # bytes read at once
OUTPUT_LIMIT = 1_048_576  # bytes of output kept when nobody takes the chunks
CONNECT_SECONDS = 5.0
ONCE_SECONDS = 60.0  # for the one command with which a node is joined
KEEPALIVE_SECONDS = 5  # a silent peer is given up after three of them
_PREFERRED = ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"]


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
    """A command that ran to its end. `output` has both streams, or only stderr when the chunks were handed out."""

    exit_status: int
    output: bytes = b""

    @property
    def said(self) -> str:
        """The end of the output, for a sentence about it."""
        return self.output.decode(errors="replace")[-500:].strip()


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
    _dialling: "asyncio.Task[asyncssh.SSHClientConnection] | None" = field(default=None, init=False)
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
        if self._dialling is not None and self._dialling.cancel():
            await asyncio.wait([self._dialling])
        if connection is not None:
            connection.abort()
            await connection.wait_closed()

    @property
    def connected(self) -> bool:
        """Whether the connection is open, as far as we know."""
        return self._connection is not None and not self._connection.is_closed()

    async def connect(self) -> None:
        """Opens the connection where it is not open. Raises what `run` raises before anything was sent."""
        await self._connect()

    async def run(
        self,
        argv: list[str],
        stdin: bytes = b"",
        on_chunk: Callable[[bytes], Awaitable[None]] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the clock must not run while we wait for a free session
    ) -> Completed:
        """Runs `argv`. `on_chunk` is awaited for each piece of stdout, so that a slow taker slows the node; without it
        stderr joins stdout.

        Raises NodeUnreachable, NodeRefused, HostKeyChanged, NodeTimeout.
        """
        async with self._sessions:
            try:
                async with asyncio.timeout(timeout):
                    process = await self._open(shlex.join(argv), asyncssh.STDOUT if on_chunk is None else asyncssh.PIPE)
                    return await self._attend(process, stdin, on_chunk)
            except TimeoutError as error:
                raise NodeTimeout(f"{self.address.name}: no end after {timeout} s") from error

    async def _open(self, command: str, stderr: int) -> "asyncssh.SSHClientProcess[bytes]":
        """Starts the command. A connection that turns out to be dead before anything was sent is made anew, once."""
        for kept in (self._connection is not None, False):
            connection = await self._connect()
            try:
                return await connection.create_process(command, stderr=stderr, encoding=None)
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
            if on_chunk is None:
                await _keep(process.stdout, kept)
            else:
                await asyncio.gather(_hand_out(process.stdout, on_chunk), _keep(process.stderr, kept))
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
        """The open connection, or one dialled now: whoever comes meanwhile shares the attempt and its failure, so that
        a silent node keeps all of them waiting once and not one after the other."""
        if self._connection is not None and self.connected:
            return self._connection
        if self._dialling is None or self._dialling.done():
            self._dialling = asyncio.create_task(self._dial(), name=f"dial {self.address.name}")
        return await asyncio.shield(self._dialling)

    async def _dial(self) -> asyncssh.SSHClientConnection:
        address = self.address
        try:
            key = read_key(address.key_file)  # a small file, read once a connection
        except (asyncssh.Error, OSError, ValueError, secret_box.Unreadable) as error:
            raise NodeRefused(f"{address.name}: the key file cannot be read: {error}") from error
        self._connection = await _connected(address, [key], None)
        return self._connection

    async def _drop(self, connection: asyncssh.SSHClientConnection) -> None:
        if self._connection is connection:
            self._connection = None
        connection.abort()


async def _hand_out(stream: "asyncssh.SSHReader[bytes]", on_chunk: Callable[[bytes], Awaitable[None]]) -> None:
    while chunk := await stream.read(CHUNK):
        await on_chunk(chunk)


async def _keep(stream: "asyncssh.SSHReader[bytes]", kept: bytearray) -> None:
    """Reads to the end, and keeps what fits."""
    while chunk := await stream.read(CHUNK):
        kept += chunk[: OUTPUT_LIMIT - len(kept)]


async def _connected(
    address: Address, keys: list[asyncssh.SSHKey] | None, password: str | None
) -> asyncssh.SSHClientConnection:
    try:
        pinned = asyncssh.import_public_key(address.known_host)
    except (asyncssh.Error, ValueError) as error:
        raise NodeRefused(f"{address.name}: NODE_KNOWN_HOST is no public key: {error}") from error
    try:
        return await asyncssh.connect(
            address.host,
            address.port,
            username=address.user,
            client_keys=keys,
            password=password,
            known_hosts=([pinned], [], []),
            server_host_key_algs=_algorithms(address.known_host),
            config=None,
            agent_path=None,
            preferred_auth="publickey" if password is None else "password,keyboard-interactive",
            connect_timeout=CONNECT_SECONDS,
            login_timeout=CONNECT_SECONDS,
            keepalive_interval=KEEPALIVE_SECONDS,
            keepalive_count_max=2,
        )
    except asyncssh.HostKeyNotVerifiable as error:
        raise HostKeyChanged(f"{address.name}: {error}") from error
    except asyncssh.KeyExchangeFailed as error:
        # Only the pinned key's kind was asked for: a host without it is another one, too.
        if "host key" in str(error):
            raise HostKeyChanged(f"{address.name}: {error}") from error
        raise NodeUnreachable(f"{address.name}: {error}") from error
    except asyncssh.PermissionDenied as error:
        raise NodeRefused(f"{address.name}: {error}") from error
    except (asyncssh.Error, OSError) as error:
        raise NodeUnreachable(f"{address.name}: {error or type(error).__name__}") from error


async def presented_key(host: str, port: int) -> tuple[str, str]:
    """The public key that a host shows (`ssh-ed25519 AAAA…`) and its fingerprint (`SHA256:…`): to be confirmed by a
    person before anything is sent. Raises NodeUnreachable."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            key = await asyncssh.get_server_host_key(host, port, config=None, server_host_key_algs=_PREFERRED)
    except (asyncssh.Error, OSError, TimeoutError) as error:
        raise NodeUnreachable(f"{host}: {error or 'timed out'}") from error
    if key is None:
        raise NodeUnreachable(f"{host}: it shows no host key")
    return " ".join(key.export_public_key().decode().split()[:2]), key.get_fingerprint()


async def run_once(address: Address, argv: list[str], stdin: bytes, *, password: str, private_key: str) -> Completed:
    """Logs in with what is given for this once (a password, or a private key's text), runs one command and leaves.

    `address.key_file` is not used. Raises NodeUnreachable, NodeRefused, HostKeyChanged.
    """
    try:
        keys = [asyncssh.import_private_key(private_key)] if private_key else None
    except (asyncssh.Error, ValueError) as error:
        raise NodeRefused(f"{address.name}: that is no private key, or it has a passphrase: {error}") from error
    connection = await _connected(address, keys, password or None)
    async with connection:
        try:
            async with asyncio.timeout(ONCE_SECONDS):
                done = await connection.run(shlex.join(argv), input=stdin, stderr=asyncssh.STDOUT, encoding=None)
        except (asyncssh.Error, OSError, TimeoutError) as error:
            raise NodeUnreachable(f"{address.name}: {error or 'timed out'}") from error
    output = done.stdout if isinstance(done.stdout, bytes) else b""
    return Completed(-1 if done.returncode is None else done.returncode, output)


def read_key(file: Path) -> asyncssh.SSHKey:
    """The private key in a file: sealed, as we make them, or as OpenSSH writes it. Raises asyncssh's errors, OSError,
    ValueError, Unreadable."""
    return asyncssh.import_private_key(secret_box.opened(file))


def key_pair(file: Path, comment: str) -> str:
    """The public key of the private key at `file`, which is made where there is none, for its owner's eyes only.

    Raises NodeRefused where it cannot be read or written.
    """
    try:
        if not file.exists():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            made = asyncssh.generate_private_key("ssh-ed25519", comment=comment)
            new = file.with_name(f".{file.name}.{os.getpid()}")
            new.touch(mode=0o600)
            new.write_text(secret_box.seal(made.export_private_key().decode(), secret_box.key_place(file)))
            with contextlib.suppress(FileExistsError):  # somebody else was quicker: theirs it is
                os.link(new, file)
            new.unlink()
        words = read_key(file).export_public_key().decode().split()
    except (asyncssh.Error, OSError, ValueError, secret_box.Unreadable) as error:
        raise NodeRefused(f"{file}: the key file cannot be read or made: {error}") from error
    return f"{words[0]} {words[1]} {comment}"


def _algorithms(known_host: str) -> list[str] | str:
    """Only the pinned key's own kind is asked for, or a host with several keys might show another one."""
    kind = known_host.split(maxsplit=1)[0]
    return ["rsa-sha2-512", "rsa-sha2-256"] if kind == "ssh-rsa" else [kind]
