"""The kit on a node: copied whole or not at all, replaced in one move under running jobs; all through the real gate."""

import asyncio
import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest

from provisioning import commands, facts, kit
from provisioning.host import Address, Host
from tests.integration.node_stand import Stand, fresh, healthy_stand, running_sandbox, until  # noqa: F401 - fixtures
from tests.unit.test_node_gate import ways_around

SSHD = Path("/usr/sbin/sshd")


@pytest.fixture
def current(stand: Stand) -> Path:
    return stand.state / "container" / "opt" / "alta"


def another_kit(monkeypatch: pytest.MonkeyPatch, folder: Path, version: str = "0.1.0") -> str:
    """A kit of other contents becomes the panel's; returns its hash."""
    shutil.copytree(kit.FOLDER, folder / "node")
    (folder / "node" / "VERSION").write_text(f"{version}\n")
    (folder / "node" / "extra").write_text(fresh())
    monkeypatch.setattr(kit, "FOLDER", folder / "node")
    forget()
    return kit.digest()


def link(current: Path) -> Path:
    return current.readlink()


def put_in_by_hand(current: Path) -> None:
    current.unlink()
    shutil.copytree(kit.FOLDER, current)


def forget() -> None:
    for cached in (kit.archive, kit.digest, kit.version):
        cached.cache_clear()


@pytest.fixture(autouse=True)
def own_kit_again() -> Iterator[None]:
    yield
    forget()


def test_the_same_files_make_the_same_archive() -> None:
    before = kit.archive()
    forget()
    assert kit.archive() == before
    assert b"host/gate" not in before


async def test_health_tells_the_kit_and_installing_it_again_changes_nothing(stand: Stand, current: Path) -> None:
    assert (await facts.health(stand.host)).kit == kit.digest()
    kits = sorted(current.parent.joinpath("alta-kits").iterdir())
    assert await facts.install_kit(stand.host) == kit.digest()
    assert sorted(current.parent.joinpath("alta-kits").iterdir()) == kits


async def test_a_kit_that_arrives_damaged_or_half_never_becomes_current(stand: Stand, current: Path) -> None:
    before = link(current)
    whole = kit.archive()
    for sent, size in [(whole[:-512], len(whole)), (whole[:20_000], len(whole)), (b"x" * len(whole), len(whole)),
                       (whole, len(whole) - 1), (b"", len(whole))]:  # fmt: skip
        done = await stand.host.run(commands.install_kit(kit.digest(), size), stdin=sent)
        assert done.exit_status == 65, done
        assert "sigue el anterior" in done.output.decode()
    assert link(current) == before
    assert [entry.name for entry in current.parent.joinpath("alta-kits").iterdir() if ".new" in entry.name] == []


async def test_a_cut_while_it_is_copied_leaves_the_old_one(
    stand: Stand, current: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = link(current)
    new = another_kit(monkeypatch, tmp_path)
    argv = commands.install_kit(new, len(kit.archive()))
    connection = await stand.host._connect()
    process = await connection.create_process(" ".join(argv), encoding=None)
    process.stdin.write(kit.archive()[:30_000])
    await process.stdin.drain()
    connection.abort()
    await connection.wait_closed()
    assert (await facts.health(stand.host)).kit == before.name
    assert await facts.install_kit(stand.host) == new
    assert (await facts.health(stand.host)).kit == new


async def test_a_job_that_runs_stays_in_the_kit_it_began_in(
    stand: Stand, current: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sub, job = fresh(), fresh("j")
    stand.sandbox.faults(slow_ms=150)
    creating = asyncio.ensure_future(stand.create(job, sub))

    async def begun() -> bool:
        await asyncio.sleep(0.01)
        return (stand.state / "alta" / "jobs" / job / "pid").exists()

    await until(begun)
    another_kit(monkeypatch, tmp_path)
    # What the job has still to read is not in the new kit: it would fail there.
    for name in ("company", "login", "address"):
        (tmp_path / "node" / "sql" / f"{name}.sql").write_text("select no_such_function();")
    forget()
    await facts.install_kit(stand.host)
    assert link(current).name == kit.digest()
    code, output = await creating
    assert code == 0, output


async def test_a_kit_put_in_by_hand_is_put_aside(stand: Stand, current: Path) -> None:
    put_in_by_hand(current)
    assert (await facts.health(stand.host)).kit == ""
    await facts.install_kit(stand.host)
    assert link(current).name == kit.digest()
    assert len(list(current.parent.joinpath("alta-kits").glob("by-hand.*"))) == 1


def test_an_older_panel_leaves_a_newer_kit_alone() -> None:
    assert kit.belongs("", "0.0.9")
    assert kit.belongs("f" * 64, kit.version())
    assert not kit.belongs("f" * 64, "99.0")
    assert not kit.belongs(kit.digest(), kit.version())


async def test_what_is_measured(stand: Stand) -> None:
    found = await facts.measures(stand.host)
    assert found.clone_ms > 0
    assert set(found.rates) == {"1", "2", "4"}
    assert found.concurrency in (4, 8)
    assert stand.rows("select datname from pg_database where datname like 'alta_measure%'") == []


@pytest.fixture
def openssh(tmp_path: Path) -> Iterator[Address]:
    """A real sshd on loopback, whose one key is bound to the gate, before a `pct` that says what it was given."""
    if not SSHD.exists():
        pytest.skip("no OpenSSH server here")
    for name in ("host_key", "key"):
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(tmp_path / name)
        (tmp_path / name).chmod(0o600)
    public = asyncssh.read_private_key(tmp_path / "key").export_public_key().decode().strip()
    (tmp_path / "authorized_keys").write_text(f'command="{kit.HOST_GATE} 105",restrict {public}\n')
    (tmp_path / "pct").write_text('#!/bin/sh\nfor word in "$@"; do printf "[%s]" "$word"; done\ncat\n')
    (tmp_path / "pct").chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    options = [f"ListenAddress=127.0.0.1:{port}", f"AuthorizedKeysFile={tmp_path}/authorized_keys", "StrictModes=no",
               "PasswordAuthentication=no", "UsePAM=no", f"PidFile={tmp_path}/pid", "AcceptEnv=*",
               "PermitRootLogin=yes", f"SetEnv=PATH={tmp_path}:/usr/bin:/bin"]  # fmt: skip
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    words = [word for option in options for word in ("-o", option)]
    server = subprocess.Popen([str(SSHD), "-D", "-e", "-f", "/dev/null", "-h", str(tmp_path / "host_key"), *words],
                              stderr=subprocess.PIPE)  # fmt: skip
    assert server.stderr is not None
    while b"listening" not in server.stderr.readline():
        assert server.poll() is None
    known = asyncssh.read_private_key(tmp_path / "host_key").export_public_key().decode().strip()
    yield Address("nodo-a", "127.0.0.1", port, getpass.getuser(), tmp_path / "key", known, 105)
    server.terminate()
    server.wait()


async def test_openssh_lets_through_what_the_gate_does_and_nothing_around_it(openssh: Address) -> None:
    async with Host(openssh) as host:
        done = await host.run(commands.create_tenant(105, "sol"), stdin=b"entrada")
        assert done.output == b"[exec][105][--][/opt/alta/bin/create_tenant.sh][sol]entrada"
        assert await facts.gate_container(host) == 105
        connection = await host._connect()
        # All of them reach the script in test_node_gate.py; here a sample shows that sshd hands them on as they are.
        tried = ways_around()[::9]
        for first in range(0, len(tried), 8):
            answers = await asyncio.gather(*(connection.run(way, input="") for way in tried[first : first + 8]))
            assert {done.returncode for done in answers} == {126}
        # Nor by anything else that SSH offers.
        shell = await connection.run(None, input="id\n")
        assert (shell.returncode, "uid=" in str(shell.stdout)) == (126, False)
        named = {"BASH_ENV": "/x", "ENV": "/x", "LD_LIBRARY_PATH": "/x", "IFS": "/"}
        assert (await connection.run("about", env=named)).returncode == 0
        for forbidden in (
            connection.start_sftp_client(),
            connection.create_process("about", term_type="xterm"),
            connection.open_connection("127.0.0.1", 22),
            connection.forward_remote_port("", 0, "127.0.0.1", 9),
        ):
            with pytest.raises((asyncssh.Error, asyncssh.ChannelListenError, OSError)):
                await forbidden
