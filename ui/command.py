"""What every command needs first: a database (given, or embedded), secrets that are fit, a server to run."""

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain import database, embedded, schema
from domain.settings import settings

if TYPE_CHECKING:
    from fastapi import FastAPI


@contextlib.contextmanager
def database_url() -> Iterator[str]:
    """DATABASE_URL, or that of an embedded PostgreSQL that runs until the block ends."""
    given = settings().database_url
    if given:
        database.configure(given)
        yield given
        database.dispose()
        return
    with embedded.server(settings().data_dir) as admin_url:
        url = schema.create_database(admin_url, "alta")
        database.configure(url)
        yield url
        database.dispose()


@contextlib.contextmanager
def prepared(*, require_secrets: bool = False) -> Iterator[str]:
    """A migrated database, or a sentence that says what to type. With require_secrets, weak ones are refused."""
    if require_secrets and (weak := settings().weaknesses()):
        sys.exit("Alta does not start:\n" + "\n".join(f"  - {sentence}" for sentence in weak))
    with database_url() as url:
        if not settings().database_url:
            schema.migrate(url)
        elif schema.current() != schema.newest():
            sys.exit(f"The schema is at {schema.current()}, this version needs {schema.newest()}: run main.py migrate.")
        yield url


def serve(app: "FastAPI", *, port: int | None = None) -> None:
    """Runs the application under uvicorn until SIGINT or SIGTERM."""
    import uvicorn

    uvicorn.run(
        app,
        host=settings().app_host,
        port=port or settings().app_port,
        lifespan="on",
        timeout_graceful_shutdown=2,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        # Not assumed: without the setting nobody's X-Forwarded-For is believed.
        proxy_headers=bool(settings().trusted_proxies),
        forwarded_allow_ips=settings().trusted_proxies or None,
        h11_max_incomplete_event_size=32_768,  # bytes of a request's line and headers
        timeout_keep_alive=15,
    )
