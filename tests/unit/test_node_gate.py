"""The host's gate: what it lets through, word for word, and more than two hundred ways around it that it does not."""

import itertools
import os
import subprocess
from pathlib import Path

import pytest

from provisioning import commands, kit

HASH = "a" * 64
GOOD = "pct exec 105 -- /opt/alta/bin/health.sh"


class Gate:
    """The real script, with a `pct` that writes down what it was started with."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.record = folder, folder / "record"
        pct = folder / "pct"
        pct.write_text(
            f'#!/bin/bash\nprintf "%s\\0" "$@" >>{self.record}\nenv -0 | sort -z >{folder}/env\ncat >{folder}/stdin\n'
        )
        pct.chmod(0o755)
        self.path = f"{folder}:{os.environ['PATH']}"

    def ask(
        self, command: str | None, *, container: str = "105", stdin: bytes = b"", **env: str
    ) -> tuple[int, list[str]]:
        """The exit status, and the words that reached pct."""
        self.record.unlink(missing_ok=True)
        asked = {} if command is None else {"SSH_ORIGINAL_COMMAND": command}
        done = subprocess.run(
            [str(kit.HOST_GATE), *([container] if container else [])], input=stdin, capture_output=True, timeout=20,
            cwd=self.folder, env={"PATH": self.path, **asked, **env}, check=False,
        )  # fmt: skip
        words = self.record.read_bytes().decode().split("\0")[:-1] if self.record.exists() else []
        return done.returncode, words


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def ways_around() -> list[str]:
    """Commands that look like ours and are not."""
    verb = "/opt/alta/bin/health.sh"
    joints = [
        ";", "&", "&&", "|", "||", "\n", "\r", "\t", "$(id)", "`id`", ">x", "<x", ">>x", "<(id)", "\\", "\\\n", "#",
        "!", "~", "*", "?", "[a]", "{a,b}", "$IFS", "${IFS}", "$0", "'", '"', "''", '""', "$'\\n'", "\x01",
        "\x1b[0m", "\x7f", "\u00a0", "\u2028", "\u202e", "ａ", "é", "😀", "\x0b", "\x0c", "%00", "^", "=",
        ",", "@", ":", "+",
    ]  # fmt: skip
    ways = [f"{GOOD}{joint}" for joint in joints]
    ways += [f"{GOOD} {joint} id" for joint in joints]
    ways += [f"{joint}{GOOD}" for joint in joints]
    ways += [f"pct exec 105 -- /opt/alta/bin/create_tenant.sh sol{joint}x" for joint in joints]
    ways += [f"pct exec {other} -- {verb}" for other in (
        "106", "0105", "10 5", "105 106", "1050", "105.", "-105", "all", "105 --keep-env 1", "--keep-env 1 105", "",
    )]  # fmt: skip
    ways += [f"pct {word} 105 -- {verb}" for word in (
        "enter", "push", "pull", "destroy", "stop", "start", "set", "snapshot", "EXEC", "exec exec", "mount", "restore",
    )]  # fmt: skip
    ways += [f"{program} exec 105 -- {verb}" for program in (
        "/usr/sbin/pct", "./pct", "qm", "pvesh", "lxc-attach", "sudo pct", "env pct", "PCT", "exec pct", "nohup pct",
    )]  # fmt: skip
    ways += [f"pct exec 105 -- {path}" for path in (
        "/bin/sh", "/opt/alta/bin/../../../bin/sh", "/opt/alta/bin/../bin/health.sh", "/opt/alta/bin//health.sh",
        "/opt/alta/bin/./health.sh", "/opt/alta/bin/health", "/opt/alta/bin/.sh", "/opt/alta/bin/health.sh.sh",
        "/opt/alta/bin/lib.sh", "/opt/alta/bin/jobs.sh", "/opt/alta/bin/HEALTH.sh", "/opt/alta/bin/health.sh/",
        "opt/alta/bin/health.sh", "health.sh", "/opt/alta-kits/x/bin/health.sh", "/opt/alta/bin/a/b.sh",
        "/opt/alta/sql/health.sql", "/opt/alta/bin/x-y.sh", "/opt/alta/bin/9.sh", "bash /opt/alta/bin/health.sh",
        "env /opt/alta/bin/health.sh", "-- /opt/alta/bin/health.sh", "/opt/alta/bin/health.shx",
    )]  # fmt: skip
    ways += [f"pct exec 105 -- /opt/alta/bin/usage.sh {word}" for word in (
        "-x", "--help", "/etc/passwd", "../x", "a/../b", "a..b", ".", "..", "_x", "a/b", "x -y", "- x",
        "a b c d e f g h",
    )]  # fmt: skip
    ways += [f"install-kit {rest}" for rest in (
        "", HASH, f"{HASH} ", f"{HASH} 0", f"{HASH} -1", f"{HASH} 1 2", f"{HASH} 999999999", f"{HASH} 1e3",
        f"{HASH[1:]} 9",
        f"{HASH}a 9", f"{HASH.upper()} 9", f"{'g' * 64} 9", f"{'../' * 21}a 9", f"{HASH} 0x10", f"{HASH}  9",
    )]  # fmt: skip
    ways += [
        "", " ", "id", "sh", "sh -i", "bash -c id", "scp -t /", "scp -f /etc/shadow", "sftp", "rsync --server . /",
        "about x",
        "about ", " about", "ABOUT", "pct", "pct exec", "pct exec 105", "pct exec 105 --", f" {GOOD}", f"{GOOD} ",
        GOOD.replace(" -- ", "  -- "), GOOD.replace(" -- ", " "), GOOD.replace(" ", "\t"), GOOD + " x" * 600, "-", "--",
        "git-upload-pack x", "cat /root/.alta/gate", "exit", "true", "/usr/lib/openssh/sftp-server", "internal-sftp",
        "PATH=. " + GOOD, "BASH_ENV=x " + GOOD, "LD_PRELOAD=x " + GOOD, "exec", "eval id", "source x", ". x",
        "set", "env",
    ]  # fmt: skip
    return ways


def test_more_than_two_hundred_ways_around_reach_nothing(gate: Gate) -> None:
    ways = list(dict.fromkeys(ways_around()))
    assert len(ways) > 250
    got_through = [(way, *answer) for way in ways if (answer := gate.ask(way)) != (126, [])]
    assert got_through == []


def test_without_a_command_or_a_container_it_does_nothing(gate: Gate) -> None:
    assert gate.ask(None) == (126, [])
    for container in ("", "0", "-1", "105 106", "all", "1e3", "*", "1" * 10, "105;id"):
        assert gate.ask(GOOD, container=container) == (126, [])


@pytest.mark.parametrize(
    "argv",
    [
        commands.health(105), commands.list_tenants(105), commands.create_tenant(105, "panaderia-sol"),
        commands.probe_status(105, "7-0a1b2c3d"), commands.probe_follow(105, "7-0a1b2c3d", 1234), commands.measure(105),
    ],
)  # fmt: skip
def test_what_the_panel_builds_passes_word_for_word(gate: Gate, argv: list[str]) -> None:
    assert gate.ask(" ".join(argv), stdin=b"{}") == (0, argv[1:])
    assert (gate.folder / "stdin").read_bytes() == b"{}"


def test_nothing_of_the_sessions_environment_goes_on(gate: Gate) -> None:
    assert gate.ask(GOOD, LD_PRELOAD="", BASH_ENV="x", ENV="x", IFS="/", ALTA_ROOT="/tmp", LC_ALL="tr_TR.UTF-8")[0] == 0
    names = {entry.split("=")[0] for entry in (gate.folder / "env").read_text().split("\0") if entry}
    assert names <= {"PATH", "LC_ALL", "PWD", "SHLVL", "_", "OLDPWD"}
    env = {"ENV": "x", "IFS": "a-z/", "LC_ALL": "tr_TR.UTF-8", "POSIXLY_CORRECT": "1"}
    for way in itertools.islice(ways_around(), 0, None, 12):
        assert gate.ask(way, stdin=b"", **env) == (126, [])


def test_a_kit_is_handed_on_up_to_its_size(gate: Gate) -> None:
    code, words = gate.ask(f"install-kit {HASH} 5", stdin=b"123456789")
    assert (code, words[:5], words[-2:]) == (0, ["exec", "105", "--", "/bin/sh", "-c"], ["alta-kit", HASH])
    assert (gate.folder / "stdin").read_bytes() == b"12345"
