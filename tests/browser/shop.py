"""The shop alone, for tests of its pages: web application and stand-in for Stripe on a database of their own.

No worker and no node: a test writes the rows that they would write.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from domain import database, plans, publishing, schema
from domain.settings import settings
from tests.conftest import SECRETS
from tests.zygote import Forked, zygote

ROOT = Path(__file__).parent.parent.parent


@dataclass
class Shop:
    """`web` and `stripe` are addresses; `restart` ends the web process and starts it again on the same port."""

    web: str
    stripe: str
    port: int
    log: Path
    process: Forked | None = None

    def start(self) -> None:
        """Starts the web process and waits until it is alive."""
        self.process = zygote.spawn("serve", self.log, "serve", "--port", str(self.port))
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx.get(f"{self.web}/healthz", timeout=2).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        raise AssertionError(f"the web application did not start: {self.log.read_text(errors='replace')[-2000:]}")

    def stop(self) -> None:
        """Ends it."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def restart(self) -> None:
        """As after a new version: open pages lose their connection, and their clients."""
        self.stop()
        self.start()


@contextmanager
def running(admin_url: str, directory: Path, host: str = "127.0.0.1") -> Iterator[Shop]:
    """A shop with the default catalogue; this process's `domain` is pointed at its database too."""
    name = f"tienda_{os.getpid()}_{time.monotonic_ns()}"
    url = schema.create_database(admin_url, name)
    schema.migrate(url)
    port = _free_port()
    with _stripe() as stripe:
        before = dict(os.environ)
        os.environ.update(
            SECRETS | {
                "DATABASE_URL": url, "DATA_DIR": str(directory), "APP_URL": f"http://{host}:{port}",
                "APP_PORT": str(port), "STRIPE_API_URL": stripe, "BASE_DOMAIN": "alta.example", "LOG_FORMAT": "console",
            }
        )  # fmt: skip
        settings.cache_clear()
        database.configure(url)
        with database.transaction() as session:
            plans.install_default(session)
        publishing.publish()
        shop = Shop(f"http://{host}:{port}", stripe, port, directory / "web.log")
        try:
            shop.start()
            yield shop
        finally:
            shop.stop()
            database.dispose()
            os.environ.clear()
            os.environ.update(before)
            settings.cache_clear()


@contextmanager
def _stripe() -> Iterator[str]:
    command = [sys.executable, "-m", "domain.sandbox", "--secret-key", SECRETS["STRIPE_SECRET_KEY"]]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.communicate(timeout=10)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
