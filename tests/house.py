"""A node and workers for tests: the stand-in node as a process of its own, workers as processes that may be killed."""

import contextlib
import itertools
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from sqlalchemy import create_engine, text
from sqlmodel import col, select

from domain import database, embedded, jobs, journal
from domain.models import Customer, Job, JobStep, Tenant
from domain.models.base import now
from domain.notices import listener
from domain.settings import settings
from tests.zygote import Forked, zygote
from ui.processes import Child, end

_starts = itertools.count(1_000, 1_000)
T = TypeVar("T")
DONE = {"succeeded", "failed", "cancelled"}


class House:
    """One node, any number of workers, one database: `env` is what a worker is started with."""

    def __init__(self, node: dict[str, Any], env: dict[str, str], logs: Path) -> None:
        self.node = node
        self.env = env
        self.logs = logs
        self.workers: list[Forked] = []

    def worker(self, **env: str) -> Forked:
        """Starts a worker; its output goes to `logs`/worker-N.log."""
        log = self.logs / f"worker-{len(self.workers)}.log"
        process = zygote.spawn("worker", log, env={**self.env, **env})
        self.workers.append(process)
        return process

    def said(self) -> str:
        """What the workers wrote."""
        return "\n".join(file.read_text(errors="replace") for file in sorted(self.logs.glob("worker-*.log")))

    def faults(self, **switches: Any) -> None:
        """Makes the node misbehave; `reset=True` puts it right."""
        httpx.post(f"{self.node['http_url']}/_faults", json=switches, timeout=10).raise_for_status()

    def wait(self, job_id: int, *statuses: str, seconds: float = 30) -> Job:
        """The job once it has one of `statuses` (any ending by default)."""
        wanted = set(statuses) or DONE
        until(lambda: self.job(job_id).status in wanted, seconds, lambda: self._account(job_id))
        return self.job(job_id)

    def _account(self, job_id: int) -> str:
        job = self.job(job_id)
        return f"{job.status} {job.error} {job.waiting_reason}\n{self.lines(job_id)[-10:]}\n{self.said()[-4000:]}"

    def job(self, job_id: int) -> Job:
        with database.reading() as session:
            return session.get_one(Job, job_id)

    def tenant(self, tenant_id: int) -> Tenant:
        with database.reading() as session:
            return session.get_one(Tenant, tenant_id)

    def steps(self, job_id: int) -> dict[str, str]:
        """Step name -> status, in the order of the procedure."""
        with database.reading() as session:
            rows = session.exec(select(JobStep).where(JobStep.job_id == job_id).order_by(col(JobStep.position)))
            return {row.name: row.status for row in rows}

    def lines(self, job_id: int) -> list[str]:
        return [line.text for line in journal.after(job_id, 0, 300_000)]

    def node_log(self, job_id: int) -> bytes:
        """The job's output as the node has it."""
        found = list(Path(self.env["TEST_NODE_STATE"]).rglob(f"jobs/{jobs.ticket(self.job(job_id))}/log"))
        return found[0].read_bytes() if found else b""

    def page(self, subdomain: str) -> int:
        """What a visitor gets at the tenant's login page."""
        return self._visit(subdomain).status_code

    def text(self, subdomain: str) -> str:
        """What a visitor reads there."""
        return self._visit(subdomain).text

    def _visit(self, subdomain: str) -> httpx.Response:
        host = {"Host": f"{subdomain}.localhost:{self.node['http_port']}"}
        return httpx.get(f"{self.node['http_url']}/web/login", headers=host, timeout=10)

    def asked(self, subdomain: str, query: str) -> tuple[Any, ...]:
        """The first row of `query` in the tenant's own database."""
        return self._in_tenant(subdomain, query) or ()

    def changed(self, subdomain: str, statement: str) -> None:
        """Does `statement` in the tenant's own database."""
        self._in_tenant(subdomain, statement)

    def _in_tenant(self, subdomain: str, query: str) -> tuple[Any, ...] | None:
        address = embedded.with_database(database.url(), subdomain).replace(
            "postgresql://", "postgresql+psycopg2://", 1
        )
        engine = create_engine(address)
        with engine.begin() as connection:
            answer = connection.execute(text(query))
            row = tuple(answer.one()) if answer.returns_rows else None
        engine.dispose()
        return row

    def drop(self, name: str) -> None:
        """A database of the node is gone."""
        with database.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f'drop database "{name}" with (force)'))

    def databases(self, subdomain: str) -> int:
        """How many databases of that name, whole or put aside, the node has."""
        with database.reading() as session:
            query = "select count(*) from pg_database where datname = :name or datname like :aside"
            parameters = {"name": subdomain, "aside": f"archived-{subdomain}-%"}
            return int(session.execute(text(query), parameters).scalar_one())


def order(subdomain: str, *, kind: str = "create_tenant", **customer: str) -> tuple[int, int]:
    """A customer, a paid tenant and its job, in one commit; returns (tenant id, job id)."""
    values: dict[str, Any] = {
        "company": "Ferretería Sol",
        "full_name": "Marta Díaz",
        "email": f"{subdomain}@sol.do",
        "country": "DO",
    }
    with database.transaction() as session:
        buyer = Customer(**{**values, **customer})
        session.add(buyer)
        session.flush()
        tenant = Tenant(
            customer_id=buyer.id or 0, subdomain=subdomain, currency="DOP", language="es_DO", requested_at=now()
        )
        session.add(tenant)
        session.flush()
        return tenant.id or 0, jobs.defer(session, kind, tenant=tenant).id or 0


def until(look: Callable[[], T], seconds: float, account: Callable[[], str] = lambda: "") -> T:
    """What `look` gives once it is true. Fails with `account()` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s: {account()}")
        time.sleep(0.02)


@pytest.fixture(scope="module")
def node(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A stand-in node on free ports; its ready line and `state`, its directory."""
    state = tmp_path_factory.mktemp("node")
    child = Child(
        "node", ["-m", "provisioning.sandbox", "--database-url", postgres_url, "--state", str(state)],
        log=state / "node.log",
    )  # fmt: skip
    try:
        yield {**child.ready_line(), "state": str(state)}
    finally:
        end([child])


@pytest.fixture
def house(configured: str, node: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[House]:
    """This test's workers and the module's node, with every fault put right before and after."""
    env = {
        "NODE_HOST": node["ssh_host"],
        "NODE_PORT": str(node["ssh_port"]),
        "NODE_USER": node["user"],
        "NODE_KEY_FILE": node["key_file"],
        "NODE_KNOWN_HOST": node["known_host"],
        "NODE_CONTAINER": str(node["container"]),
        "NODE_HTTP_URL": node["http_url"],
        "TENANT_PORT": str(node["http_port"]),
        "TEST_NODE_STATE": node["state"],
    }
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    built = House(node, env, tmp_path)
    built.faults(reset=True)
    with database.transaction() as session:  # the node remembers job numbers from test to test
        session.execute(text("select setval(pg_get_serial_sequence('job', 'id'), :start)"), {"start": next(_starts)})
    yield built
    built.faults(reset=True)
    for process in built.workers:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
        process.terminate()
    for process in built.workers:
        process.end(8)
    listener.stop()


__all__ = ["House", "house", "node", "order", "until"]
