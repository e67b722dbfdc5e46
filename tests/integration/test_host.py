"""One node's SSH against a real asyncssh server: what arrives, what is counted, and what each fault is called."""

import asyncio
import json
import shlex
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from provisioning import host as host_module
from provisioning.host import (
    CHUNK,
    OUTPUT_LIMIT,
    Address,
    Host,
    HostKeyChanged,
    NodeRefused,
    NodeTimeout,
    NodeUnreachable,
)

BLOCK = 8192  # bytes of one piece of the flood
Process = asyncssh.SSHServerProcess[bytes]


class Server:
    """Answers `echo WORDS` with what it got as JSON, and a few more commands that a node might run."""

    def __init__(self, folder: Path) -> None:
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.client_key = asyncssh.generate_private_key("ssh-ed25519")
        self.client_key.write_private_key(folder / "key")
        self.folder = folder
        self.connections: list[asyncssh.SSHServerConnection] = []
        self.running = self.most = self.written = 0
        self.port = 0
        self._acceptor: asyncssh.SSHAcceptor | None = None

    async def open(self) -> None:
        server = self

        class Gate(asyncssh.SSHServer):
            def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
                server.connections.append(conn)

        self._acceptor = await asyncssh.create_server(
            Gate, "127.0.0.1", self.port, server_host_keys=[self.key], encoding=None, reuse_address=True,
            authorized_client_keys=asyncssh.import_authorized_keys(self.client_key.export_public_key().decode()),
            process_factory=self._session,
        )  # fmt: skip
        self.port = self._acceptor.get_port()

    async def close(self) -> None:
        if self._acceptor is not None:
            self._acceptor.close()
        self.cut()

    def cut(self) -> None:
        for connection in self.connections:
            connection.abort()
        self.connections.clear()

    def address(self) -> Address:
        known = self.key.export_public_key().decode()
        return Address("nodo-a", "127.0.0.1", self.port, "root", self.folder / "key", known, 105)

    async def _session(self, process: Process) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        words = shlex.split(process.command or "")
        try:
            process.exit(await getattr(self, f"_{words[0]}")(process, words))
        except (asyncssh.Error, OSError):
            pass
        finally:
            self.running -= 1

    async def _echo(self, process: Process, words: list[str]) -> int:
        stdin = await process.stdin.read()
        process.stdout.write(json.dumps([words, stdin.decode()]).encode())
        return 0

    async def _both(self, process: Process, words: list[str]) -> int:
        process.stdout.write(b"uno\n")
        process.stderr.write(b"dos\n")
        return int(words[1])

    async def _flood(self, process: Process, words: list[str]) -> int:
        for number in range(int(words[1])):
            process.stdout.write(b"%07d" % number + b"x" * (BLOCK - 7))
            self.written += BLOCK
            await process.stdout.drain()
        return 0

    async def _wait(self, process: Process, words: list[str]) -> int:
        process.stdout.write(b"empieza\n")
        await process.stdin.channel.wait_closed()
        return 0

    async def _signal(self, process: Process, words: list[str]) -> int:
        process.exit_with_signal("KILL")
        return 0


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(tmp_path)
    await server.open()
    yield server
    await server.close()


@pytest.fixture
async def host(server: Server) -> AsyncIterator[Host]:
    async with Host(server.address()) as host:
        yield host


async def until(condition: Callable[[], Any], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the condition is the server's, not an event of ours
            await asyncio.sleep(0.005)


async def test_words_arrive_as_they_were_whatever_they_hold(host: Host) -> None:
    words = ["echo", "$(reboot)", "a'b", 'a"b', "a\nb", "--", "a b", "😀", "`id`", "", "a\\b", "*", "~", "|", "&&"]
    done = await host.run(words, "contraseña $(x)\n".encode())
    assert json.loads(done.output) == [words, "contraseña $(x)\n"]
    assert done.exit_status == 0


async def test_both_streams_and_the_exit_status(host: Host) -> None:
    done = await host.run(["both", "7"])
    assert sorted(done.output.split()) == [b"dos", b"uno"]
    assert done.exit_status == 7
    assert (await host.run(["signal"])).exit_status == 137


async def test_who_takes_the_output_as_it_comes_gets_only_that(host: Host) -> None:
    heard = bytearray()

    async def take(chunk: bytes) -> None:
        heard.extend(chunk)

    done = await host.run(["both", "7"], on_chunk=take)
    assert (bytes(heard), done.output, done.exit_status) == (b"uno\n", b"dos\n", 7)


async def test_one_connection_carries_many_sessions_and_no_more_than_allowed(server: Server) -> None:
    async with Host(server.address(), max_sessions=3) as host:
        answers = await asyncio.gather(*(host.run(["echo", str(number)]) for number in range(30)))
    assert [json.loads(done.output)[0][1] for done in answers] == [str(number) for number in range(30)]
    assert len(server.connections) == 1
    assert server.most <= 3


async def test_chunks_are_bounded_and_a_slow_taker_slows_the_node(server: Server, host: Host) -> None:
    opened = asyncio.Event()
    heard = bytearray()

    async def take(chunk: bytes) -> None:
        assert len(chunk) <= CHUNK
        heard.extend(chunk)
        await opened.wait()

    running = asyncio.create_task(host.run(["flood", "2048"], on_chunk=take))
    await until(lambda: heard)
    await asyncio.sleep(0.3)  # time in which a node that is not slowed writes all 16 MB
    assert server.written < 8_000_000
    opened.set()
    done = await running
    assert (done.output, len(heard)) == (b"", 2048 * BLOCK)
    assert [int(heard[at : at + 7]) for at in range(0, len(heard), BLOCK)] == list(range(2048))


async def test_output_that_nobody_takes_is_kept_up_to_a_limit(host: Host) -> None:
    assert len((await host.run(["flood", "256"])).output) == OUTPUT_LIMIT


async def test_a_changed_host_key_is_told_apart_and_nothing_is_sent(server: Server) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    async with Host(replace(server.address(), known_host=other)) as host:
        with pytest.raises(HostKeyChanged):
            await host.run(["echo"])
    assert server.most == 0


async def test_a_key_that_the_node_does_not_take(server: Server, tmp_path: Path) -> None:
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(tmp_path / "other")
    async with Host(replace(server.address(), key_file=tmp_path / "other")) as host:
        with pytest.raises(NodeRefused):
            await host.run(["echo"])


async def test_nobody_listens(server: Server) -> None:
    await server.close()
    async with Host(server.address()) as host:
        with pytest.raises(NodeUnreachable) as error:
            await host.run(["echo"])
    assert not error.value.lost_in_flight


async def test_somebody_listens_who_never_speaks(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_module, "CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with Host(replace(server.address(), port=silent.getsockname()[1])) as host:
            with pytest.raises(NodeUnreachable) as error:
                await asyncio.wait_for(host.run(["echo"]), 5)
    assert not error.value.lost_in_flight


async def test_a_key_file_that_is_not_there(server: Server, tmp_path: Path) -> None:
    async with Host(replace(server.address(), key_file=tmp_path / "none")) as host:
        with pytest.raises(NodeRefused):
            await host.run(["echo"])


@pytest.mark.parametrize("written", ["", "nodo-a ssh-ed25519 AAAA", "10.0.0.1 {}"])
async def test_a_pinned_key_that_is_none_is_a_matter_of_configuration(server: Server, written: str) -> None:
    right = server.address()
    async with Host(replace(right, known_host=written.format(right.known_host))) as host:
        with pytest.raises(NodeRefused, match="NODE_KNOWN_HOST"):
            await host.run(["echo"])


async def test_a_cut_in_mid_command_is_known_and_the_next_command_connects_again(server: Server, host: Host) -> None:
    heard = bytearray()

    async def take(chunk: bytes) -> None:
        heard.extend(chunk)

    running = asyncio.create_task(host.run(["wait"], on_chunk=take))
    await until(lambda: heard == b"empieza\n")
    server.cut()
    with pytest.raises(NodeUnreachable) as error:
        await running
    assert error.value.lost_in_flight
    assert (await host.run(["both", "0"])).exit_status == 0


async def test_a_connection_that_died_unnoticed_is_made_again(server: Server, host: Host) -> None:
    await host.run(["both", "0"])
    await server.close()
    await server.open()
    assert (await host.run(["both", "0"])).exit_status == 0


async def test_too_long_closes_the_session_and_only_that(server: Server, host: Host) -> None:
    other = asyncio.create_task(host.run(["wait"], timeout=30))
    await until(lambda: server.running == 1)
    with pytest.raises(NodeTimeout):
        await host.run(["wait"], timeout=0.2)
    await until(lambda: server.running == 1)
    assert len(server.connections) == 1
    other.cancel()
    await until(lambda: server.running == 0)
