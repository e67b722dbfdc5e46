"""Workers and web servers that begin with everything imported: forked from a process that has done so once.

Importing them takes seconds of a processor, and the tests start a hundred. `python -m tests.zygote` reads one JSON line
a wish from standard input and tells on standard output who was born, and who has ended and how; it ends with its input.
"""

import contextlib
import importlib
import json
import os
import random
import runpy
import selectors
import signal
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

import time_machine

from ui.processes import ROOT

RUNS = {
    "worker": "provisioning.worker",
    "web": "tests.web_server",
    "serve": "main",
    "log": "tests.browser.log_app",
    "stripe": "domain.sandbox",
}


MOMENT = "TEST_BEGINS_AT"  # seconds since 1970: when it is in the process that begins, where it is not now
PRELOADED = ("provisioning.worker", "tests.web_server", "main", "ui.app", "ui.cli", "uvicorn", "domain.sandbox.server")


class Forked:
    """As `subprocess.Popen`, as far as tests use it."""

    def __init__(self) -> None:
        self.pid = 0
        self.returncode: int | None = None
        self.born, self.ended = threading.Event(), threading.Event()

    def poll(self) -> int | None:
        """The exit status, None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit status. Raises subprocess.TimeoutExpired."""
        if not self.ended.wait(timeout):
            raise subprocess.TimeoutExpired("forked", timeout or 0)
        return self.returncode or 0

    def send_signal(self, number: int) -> None:
        """Nothing where it has ended: its number may be another's by now."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def end(self, seconds: float = 10) -> None:
        """Ended when it returns: asked to, and killed where it does not listen."""
        self.terminate()
        try:
            self.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            self.wait()


class Zygote:
    """The process, started when first needed; one for each process of the test run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._known: dict[int, Forked] = {}
        self._waiting: list[Forked] = []

    def spawn(self, name: str, log: Path, *args: str, env: dict[str, str] | None = None) -> Forked:
        """Starts one of `RUNS` with this process's environment and what `env` adds; its output is added to `log`."""
        wish = {"run": name, "args": args, "env": {**os.environ, **(env or {})}, "log": str(log)}
        made = Forked()
        with self._lock:
            process = self._started()
            self._waiting.append(made)
            if process.stdin is not None:
                process.stdin.write(json.dumps(wish) + "\n")
                process.stdin.flush()
        if not made.born.wait(60):
            raise RuntimeError("the zygote does not answer")
        return made

    def _started(self) -> "subprocess.Popen[str]":
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.zygote"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                cwd=ROOT, start_new_session=True,
            )  # fmt: skip
            threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()
        return self._process

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        for line in process.stdout or ():
            told = json.loads(line)
            if "born" in told:
                made = self._waiting.pop(0)
                made.pid = told["born"]
                self._known[made.pid] = made
                made.born.set()
            elif (ended := self._known.pop(told["ended"], None)) is not None:
                ended.returncode = told["code"]
                ended.ended.set()


zygote = Zygote()


def _serve() -> None:
    for name in PRELOADED:
        importlib.import_module(name)
    said, wishes = os.dup(1), selectors.DefaultSelector()
    wake, woken = os.pipe()
    for end in (wake, woken):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    wishes.register(0, selectors.EVENT_READ)
    wishes.register(wake, selectors.EVENT_READ)
    held = b""
    while True:
        for ready, _ in wishes.select():
            if ready.fd == wake:
                with contextlib.suppress(BlockingIOError):
                    os.read(wake, 4096)
                _reap(said)
                continue
            read = os.read(0, 65_536)
            if not read:
                return
            *lines, held = (held + read).split(b"\n")
            for line in lines:
                _fork(json.loads(line), said)


def _fork(wish: dict[str, Any], said: int) -> None:
    pid = os.fork()
    if pid:
        os.write(said, json.dumps({"born": pid}).encode() + b"\n")
        return
    code = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(wish["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source, target)
        os.closerange(3, 256)
        os.environ.clear()
        os.environ.update(wish["env"])
        random.seed()
        if moment := os.environ.get(MOMENT):
            time_machine.travel(float(moment), tick=True).start()
        sys.argv = [wish["run"], *wish["args"]]
        runpy.run_module(RUNS[wish["run"]], run_name="__main__")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - it is told, and ends here
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _reap(said: int) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            told = {"ended": pid, "code": os.waitstatus_to_exitcode(status)}
            os.write(said, json.dumps(told).encode() + b"\n")


if __name__ == "__main__":
    _serve()
