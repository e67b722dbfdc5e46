"""How long the admin's pages and tables take on the server with many tenants: whole answers over HTTP, one reader."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from domain import database, embedded, schema
from domain.settings import settings
from tests.bench import fill
from tests.conftest import SECRETS
from tests.web_server import serving

ROUNDS = 20
# The pages, and below them what their tables ask for once they are open (the same functions, through the API).
PAGES = [
    "/admin",
    "/admin/tenants",
    "/admin/tenants/{middle}",
    "/admin/jobs",
    "/admin/jobs/{middle}",
    "/admin/events",
    "/admin/events/{middle}",
    "/admin/customers",
    "/admin/nodes",
    "/api/dashboard/metrics",
    "/api/tenants",
    "/api/tenants?page={far}",
    "/api/tenants?sort=subdomain&descending=false&page={far}",
    "/api/tenants?search=persona",
    "/api/tenants?search=no-hay-nada-asi",
    "/api/tenants?state=past_due",
    "/api/jobs",
    "/api/jobs?page={far}",
    "/api/jobs?search=e77",
    "/api/jobs?status=failed",
]
FRESH = {"/admin", "/api/dashboard/metrics"}  # answers kept for 2 s: each round waits until they are not


def run(tenants: int = 100_000) -> dict[str, Any]:
    """{"tenants": n, "pages": {path: p95 in milliseconds}}; starts and stops all that it needs."""
    with _house(tenants) as client:
        places = {"middle": max(tenants // 2, 1), "far": max(tenants // 50, 1)}
        pages = {path: _p95(client, path.format(**places), fresh=path in FRESH) for path in PAGES}
    return {"tenants": tenants, "pages": pages}


def _p95(client: httpx.Client, path: str, *, fresh: bool) -> float:
    took = []
    for index in range(ROUNDS + 1):
        if fresh and index:
            time.sleep(2.1)
        began = time.perf_counter()
        answer = client.get(path)
        if index:  # the first one warms what any process warms once
            took.append((time.perf_counter() - began) * 1000)
        answer.raise_for_status()
    return round(statistics.quantiles(took, n=20, method="inclusive")[18], 1)


@contextmanager
def _house(tenants: int) -> Iterator[httpx.Client]:
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as scratch, embedded.server(Path(scratch)) as admin_url:
        url = schema.create_database(admin_url, "bench")
        schema.migrate(url)
        os.environ.update({**SECRETS, "DATABASE_URL": url, "DATA_DIR": scratch, "LOG_LEVEL": "WARNING"})
        settings.cache_clear()
        database.configure(url)
        try:
            fill.business(tenants)
            with serving(Path(scratch) / "web.log") as server:
                yield server.logged_in("viewer")
        finally:
            database.dispose()
            os.environ.clear()
            os.environ.update(before)
            settings.cache_clear()
