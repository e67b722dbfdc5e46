"""A copy of the node's kit with one more verb, for tests of how jobs are run. No database."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

KIT = Path(__file__).parent.parent.parent / "provisioning" / "node"

VERB = """#!/usr/bin/env bash
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"
work() { source "$BODY"; }
detached work "${1-}"
"""


def until(condition: Callable[[], Any], seconds: float = 10) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.005)
    return found


class Kit:
    """A copy of the kit with one more verb, whose work is whatever bash `body` says."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "kit" / "bin"
        self.state = folder / "state"
        self.body = folder / "body.sh"
        shutil.copytree(KIT, folder / "kit")
        (self.bin / "work.sh").write_text(VERB)
        (self.bin / "work.sh").chmod(0o755)
        self.env = {
            **os.environ, "ALTA_STATE": str(self.state), "ALTA_ETC": str(folder), "ALTA_PSQL_AS": "-",
            "ALTA_DETACH": "setsid", "BODY": str(self.body), "PATH": f"{folder}/shims:{os.environ['PATH']}",
        }  # fmt: skip
        self.program("psql", "exit 0")
        self.started: list[subprocess.Popen[bytes]] = []

    def program(self, name: str, body: str) -> None:
        file = self.bin.parent.parent / "shims" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/usr/bin/env bash\n{body}\n")
        file.chmod(0o755)

    def start(self, job: str, body: str, *, sub: str = "panaderia-sol", **more: Any) -> subprocess.Popen[bytes]:
        if not self.body.exists() or self.body.read_text() != body:  # or a job that starts now could read half of it
            self.body.write_text(body)
        return self.launch("work.sh", sub, stdin={"job": job, **more})

    def launch(self, verb: str, *words: str, stdin: Any = None) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [str(self.bin / verb), *words], env=self.env, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.started.append(process)
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it may refuse before it has read everything
            process.stdin.write(
                b"" if stdin is None else stdin if isinstance(stdin, bytes) else json.dumps(stdin).encode()
            )
            process.stdin.close()
        process.stdin = None
        return process

    def do(self, job: str, body: str, **more: Any) -> tuple[int, str]:
        return ended(self.start(job, body, **more))

    def probe(self, *words: str) -> tuple[int, str]:
        return ended(self.launch("probe.sh", *words))

    def status(self, job: str) -> dict[str, Any]:
        code, output = self.probe(job)
        assert code == 0, output
        result: dict[str, Any] = json.loads(output.removeprefix("::result "))
        return result

    def file(self, job: str, name: str) -> Path:
        return self.state / "jobs" / job / name

    def kill(self, job: str) -> None:
        os.killpg(int(self.file(job, "pid").read_text()), signal.SIGKILL)

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        for folder in self.state.glob("jobs/*"):
            self.probe(folder.name, "stop")


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    output, _ = process.communicate(timeout=30)
    return process.returncode, output.decode()


@pytest.fixture(name="kit")
def running_kit(tmp_path: Path) -> Iterator[Kit]:
    kit = Kit(tmp_path)
    yield kit
    kit.end()
