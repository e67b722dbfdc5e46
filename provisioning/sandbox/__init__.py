"""A stand-in node for the demo and the tests: `python -m provisioning.sandbox`, or `NodeSandbox` from a test."""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import Request, urlopen

_ROOT = Path(__file__).parent.parent.parent


class NodeSandbox:
    """The stand-in as a process of its own. `with NodeSandbox(url, state) as node:` starts and stops it.

    `ready` is its first line: ssh_host, ssh_port, user, password, key_file, known_host, container, http_url, http_port.
    """

    def __init__(self, database_url: str, state: Path, *, container: int = 105, bare: bool = False) -> None:
        self._argv = ["--database-url", database_url, "--state", str(state), "--container", str(container)]
        if bare:
            self._argv.append("--bare")
        self._state = state
        self._process: subprocess.Popen[bytes] | None = None
        self.ready: dict[str, Any] = {}

    def start(self) -> Self:
        """Starts it and waits until it listens; a second start takes the same ports. Raises RuntimeError."""
        self._state.mkdir(parents=True, exist_ok=True)
        ports = ["--ssh-port", str(self.ready.get("ssh_port", 0)), "--http-port", str(self.ready.get("http_port", 0))]
        log = self._state / "sandbox.log"
        with log.open("ab") as errors:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [sys.executable, "-m", "provisioning.sandbox", *self._argv, *ports],
                cwd=_ROOT,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        line = self._process.stdout.readline() if self._process.stdout else b""
        if not line:
            self.stop()
            raise RuntimeError(f"the stand-in node did not start: {log.read_text()[-2000:]}")
        self.ready = json.loads(line)
        return self

    def stop(self) -> None:
        """Ends it, and the jobs that it started."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()

    def faults(self, **switches: Any) -> dict[str, Any]:
        """Sets fault switches (see `faults.Faults`; `reset=True` puts everything right); returns all of them."""
        url = f"{self.ready['http_url']}/_faults"
        request = Request(url, json.dumps(switches).encode(), {"Content-Type": "application/json"})  # noqa: S310
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - an address on loopback that we made
            result: dict[str, Any] = json.load(answer)
        return result

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
