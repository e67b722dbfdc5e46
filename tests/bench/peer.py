"""dj-stripe beside us: its own environment from the package registry, the same PostgreSQL, the same deliveries."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from domain import schema
from tests.web_server import free_port

PACKAGES = ("dj-stripe==2.11.0", "psycopg2-binary", "gunicorn")
HERE = Path(__file__).parent
THREADS = "16"


@contextlib.contextmanager
def dj_stripe(admin_url: str, secret: str) -> Iterator[str]:
    """The address of its webhook in its store-only mode: one process, threads, connections kept open.

    Raises RuntimeError where it cannot be installed or does not start.
    """
    with tempfile.TemporaryDirectory(prefix="alta-peer-", ignore_cleanup_errors=True) as directory:
        scratch = Path(directory)
        python = _environment(scratch)
        shutil.copy(HERE / "djstripe_server.txt", scratch / "djstripe_peer.py")
        (scratch / "djstripe_peer_callback.py").write_text("def keep(trigger, api_key=None):\n    pass\n")
        environment = {**os.environ, **_database(schema.create_database(admin_url, "djstripe")), "PEER_STORE_ONLY": "1"}
        made = subprocess.run(
            [python, "djstripe_peer.py", "prepare", secret], cwd=scratch, env=environment, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        if made.returncode:
            raise RuntimeError(f"dj-stripe did not start: {made.stderr[-2000:]}")
        port = free_port()
        server = subprocess.Popen(
            [python, "-m", "gunicorn", "-w", "1", "-k", "gthread", "--threads", THREADS, "-b", f"127.0.0.1:{port}",
             "--keep-alive", "60", "--log-level", "error", "djstripe_peer:application"],
            cwd=scratch, env=environment,
        )  # fmt: skip
        try:
            _wait(f"http://127.0.0.1:{port}/")
            yield f"http://127.0.0.1:{port}{made.stdout.strip().splitlines()[-1]}"
        finally:
            server.terminate()
            server.wait(20)


def _environment(scratch: Path) -> str:
    uv = shutil.which("uv")
    if uv is None:
        raise RuntimeError("uv is needed to install dj-stripe.")
    subprocess.run([uv, "venv", "-q", str(scratch / "env")], check=True)
    python = str(scratch / "env" / "bin" / "python")
    subprocess.run([uv, "pip", "install", "-q", "-p", python, *PACKAGES], check=True)
    return python


def _database(url: str) -> dict[str, str]:
    """The address in parts, since Django knows no socket in a query."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    return {
        "PEER_DATABASE_URL": url,
        "PEER_DATABASE_HOST": query.get("host", [parts.hostname or ""])[0],
        "PEER_DATABASE_PORT": query.get("port", [str(parts.port or 5432)])[0],
    }


def _wait(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(url, timeout=2)
            return
        if time.monotonic() > deadline:
            raise RuntimeError("dj-stripe does not answer")
        time.sleep(0.1)
