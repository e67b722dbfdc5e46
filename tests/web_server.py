"""The real web application as a process of its own, on a free port and the test's database."""

import contextlib
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from domain import accounts
from tests.zygote import Forked, zygote


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class WebServer:
    """`url` is where it listens; `stop` and `start` are a restart on the same port."""

    def __init__(self, log: Path) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.pid = 0
        self._log = log
        self._process: Forked | None = None

    def start(self) -> None:
        """Starts it and waits until it answers."""
        env = {"APP_URL": self.url, "APP_PORT": str(self.port)}
        self._process = zygote.spawn("web", self._log, str(self.port), env=env)
        self.pid = self._process.pid
        deadline = time.monotonic() + 40
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/healthz", timeout=2).is_success:
                    return
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise AssertionError(self._log.read_text()[-3000:])
            time.sleep(0.1)

    def stop(self) -> None:
        """Ends it, at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def logged_in(self, role: str = "admin") -> httpx.Client:
        """A client with the cookie of a member of the staff, whose password is known."""
        login, password = f"{role}-de-prueba", "una-clave-larga-de-prueba"
        accounts.create_staff(login, password, role)
        client = httpx.Client(base_url=self.url, timeout=20, follow_redirects=False)
        answer = client.post("/api/auth/token", data={"username": login, "password": password})
        assert answer.is_success, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return client


@contextlib.contextmanager
def serving(log: Path) -> Iterator[WebServer]:
    """A server while the block runs; the environment must be that of the `configured` fixture."""
    server = WebServer(log)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _main() -> None:
    import uvicorn

    import main

    app = main.build_app(with_worker=False)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    _main()
