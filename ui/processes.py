"""Child processes that the demo and the benches start: each says one JSON line when it is ready, and ends with us."""

import contextlib
import ctypes
import json
import os
import queue
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


class StartError(RuntimeError):
    """A child ended, or stayed silent, before it was ready."""


def _end_with_parent() -> None:
    """Linux: the child gets SIGTERM when its parent dies in any way, kill -9 included (prctl PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGTERM)


class Stop:
    """Whether somebody asked to stop; may be set from a signal's handler. A `threading.Event` may not: its lock is not
    reentrant, so a signal that meets `wait`, or another signal, waits for itself."""

    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[None] = queue.SimpleQueue()

    def set(self) -> None:
        """Asks."""
        self._asked.put(None)

    def is_set(self) -> bool:
        """Whether somebody asked."""
        return not self._asked.empty()

    def wait(self, seconds: float) -> bool:
        """Waits for it at most so long; returns whether somebody asked. Only one thread may wait."""
        try:
            self._asked.put(self._asked.get(timeout=seconds))
        except queue.Empty:
            return False
        return True


class Child:
    """One process, started at once; its output goes to `log`, but the ready line comes to us."""

    def __init__(
        self, name: str, argv: list[str], *, log: Path, env: dict[str, str] | None = None, tells: bool = False
    ) -> None:
        """`tells`: its lines are read here (`lines`) though it has an environment of its own."""
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as errors:
            self.process = subprocess.Popen(  # noqa: S603 - our own modules, no shell
                [sys.executable, *argv],
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
                stdout=subprocess.PIPE if env is None or tells else errors,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - no threads hold locks when the demo starts children
            )

    def ready_line(self, seconds: float = 60, stop: Stop | None = None) -> dict[str, Any]:
        """The child's first line as JSON. Raises StartError with the end of its log, or when `stop` is set."""
        output = self.process.stdout
        if output is None:
            raise StartError(f"{self.name} has no ready line")
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while time.monotonic() < deadline and not selector.select(0.2):
                if self.process.poll() is not None or (stop and stop.is_set()):
                    break
            line = output.readline() if selector.select(0) else b""
        if not line:
            raise StartError(f"{self.name} did not start: {self.last_words()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def lines(self, stop: Stop) -> Iterator[dict[str, Any]]:
        """Each line that it says in JSON, until it ends or `stop` is set; other lines go to its log."""
        output = self.process.stdout
        if output is None:
            raise StartError(f"{self.name} says nothing")
        os.set_blocking(output.fileno(), False)
        rest = b""
        while not stop.wait(0.1):
            over = self.ended()
            rest += output.read() or b""
            *whole, rest = rest.split(b"\n")
            for line in whole:
                with contextlib.suppress(ValueError):
                    yield json.loads(line)
            if over:
                return

    def last_words(self) -> str:
        """The last 15 lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def ended(self) -> bool:
        """True when it is gone."""
        return self.process.poll() is not None


def end(children: list[Child], *, seconds: float = 3) -> None:
    """Asks every child to end, the last started first, and kills those that have not within `seconds`."""
    for child in reversed(children):
        if not child.ended():
            child.process.terminate()
    deadline = time.monotonic() + seconds
    for child in reversed(children):
        try:
            child.process.wait(max(0.05, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
        if child.process.stdout is not None:
            child.process.stdout.close()
