"""The shop alone, for tests of its pages: web application and stand-in for Stripe on a database of their own.

No worker and no node: a test writes the rows that they would write.
"""

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from domain import database, plans, publishing, schema
from domain.settings import settings
from tests.conftest import SECRETS, migrated
from tests.zygote import Forked, zygote


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
            self.process.end()

    def restart(self) -> None:
        """As after a new version: open pages lose their connection, and their clients."""
        self.stop()
        self.start()


@contextmanager
def running(admin_url: str, directory: Path, host: str = "127.0.0.1") -> Iterator[Shop]:
    """A shop with the default catalogue; this process's `domain` is pointed at its database too."""
    name = f"tienda_{os.getpid()}_{time.monotonic_ns()}"
    url = schema.create_database(admin_url, name, template=migrated(admin_url))
    port = _free_port()
    stripe, stripe_url = _stripe(directory / "stripe.log")
    shop = Shop(f"http://{host}:{port}", stripe_url, port, directory / "web.log")
    before = dict(os.environ)
    os.environ.update(
        SECRETS | {
            "DATABASE_URL": url, "DATA_DIR": str(directory), "APP_URL": shop.web, "APP_PORT": str(port),
            "STRIPE_API_URL": stripe_url, "BASE_DOMAIN": "alta.example", "LOG_FORMAT": "console",
        }
    )  # fmt: skip
    settings.cache_clear()
    database.configure(url)
    try:
        with database.transaction() as session:
            plans.install_default(session)
        publishing.publish()
        shop.start()
        yield shop
    finally:
        shop.stop()
        stripe.end()
        database.dispose()
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()


def _stripe(log: Path) -> tuple[Forked, str]:
    """A process of its own, so that a test which moves our clock does not move Stripe's; and its address."""
    log.touch()
    process = zygote.spawn("stripe", log, "--secret-key", SECRETS["STRIPE_SECRET_KEY"])
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        line, whole, _ = log.read_text().partition("\n")
        if whole:
            return process, json.loads(line)["url"]
        time.sleep(0.02)
    raise AssertionError(f"the stand-in for Stripe did not start: {log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
