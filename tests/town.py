"""Two nodes, each with a PostgreSQL of its own, Stripe's stand-in and the worker's own code, in one process: for tests
that look at all of them at once."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlmodel import Session, col, select

from domain import database, drift, embedded, jobs
from domain.models import Drift, Job, JobStep, Node, Subscription, Tenant
from domain.settings import settings
from provisioning import drift as asking
from provisioning import recipes
from provisioning.fleet import Fleet
from provisioning.sandbox import NodeSandbox
from tests.integration.billing_stand import Till, open_till


class Place:
    """One node and the server that its tenants are on."""

    def __init__(self, sandbox: NodeSandbox, url: str, directory: Path) -> None:
        self.sandbox = sandbox
        self.directory = directory
        self.url = url

    def sql(self, query: str, name: str = "postgres") -> list[tuple[Any, ...]]:
        """What the node's server says."""
        with psycopg.connect(self.url, dbname=name, autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def names(self) -> list[str]:
        """Its databases."""
        return [row[0] for row in self.sql("select datname from pg_database")]

    def row(self, name: str) -> Node:
        """As our table knows it."""
        at = self.sandbox.ready
        return Node(
            name=name, host=at["ssh_host"], port=at["ssh_port"], username=at["user"], key_file=at["key_file"],
            known_host=at["known_host"], container=at["container"], http_url=at["http_url"], state="open",
        )  # fmt: skip


@contextlib.contextmanager
def place(directory: Path) -> Iterator[Place]:
    """A node that shares nothing with another."""
    server = Path(tempfile.mkdtemp(prefix="alta-pg-"))
    server.chmod(0o755)
    with embedded.server(server) as url, NodeSandbox(url, directory) as sandbox:
        yield Place(sandbox, url, directory)
    shutil.rmtree(server, ignore_errors=True)


class Town:
    """What a test asks of the whole."""

    def __init__(self, till: Till, places: list[Place]) -> None:
        self.till = till
        self.a, self.b = places
        self._runner = asyncio.Runner()
        self._fleet = Fleet()
        with database.transaction() as session:
            rows = [place.row(f"nodo-{letter}") for letter, place in zip("ab", places, strict=True)]
            session.add_all(rows)
            session.flush()
            self.ids = [row.id or 0 for row in rows]

    def close(self) -> None:
        """Ends the connections."""
        self._runner.run(self._fleet.close())
        self._runner.close()

    def work(self, job_id: int | None) -> Job:
        """Does a job as the worker does; it must succeed. Nothing where it has ended well already."""
        assert job_id is not None
        self._runner.run(recipes.run_job(job_id, self._fleet))
        with database.reading() as session:
            job = session.get_one(Job, job_id)
        assert job.status == "succeeded", job.error
        return job

    def ends(self, job_id: int) -> Job:
        """Does a job as the worker does, whatever comes of it."""
        self._runner.run(recipes.run_job(job_id, self._fleet))
        with database.reading() as session:
            return session.get_one(Job, job_id)

    def broken_off(self, job_id: int, step: str, *, cut: bool) -> None:
        """Does a job until it is at a step; then the worker is gone, or only its connections."""
        self._runner.run(self._broken_off(job_id, step, cut))

    async def _broken_off(self, job_id: int, step: str, cut: bool) -> None:
        work = asyncio.create_task(recipes.run_job(job_id, self._fleet))
        while not work.done() and not await asyncio.to_thread(self._at, job_id, step):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        if cut:
            for place in (self.a, self.b):
                await asyncio.to_thread(place.sandbox.faults, drop=True)
        else:
            work.cancel()
        await asyncio.gather(work, return_exceptions=True)

    @staticmethod
    def _at(job_id: int, step: str) -> bool:
        with database.reading() as session:
            return session.get(JobStep, (job_id, step)) is not None

    def again(self, job_id: int) -> Job:
        """Retries a job that failed; it must succeed."""
        jobs.retry(job_id, requested_by="ana")
        return self.work(job_id)

    def page(self, place: int, name: str) -> int:
        """What a visitor gets from that node."""
        at = (self.a, self.b)[place].sandbox.ready
        headers = {"Host": f"{name}.localhost"}
        return httpx.get(f"{at['http_url']}/web/login", headers=headers, timeout=20).status_code

    def files(self, place: int, name: str) -> set[str]:
        """The files that a node keeps for a database, by their names."""
        folder = (self.a, self.b)[place].directory / "filestore" / name
        return {str(file.relative_to(folder)) for file in folder.rglob("*/*") if file.is_file()}

    def waiting(self, tenant_id: int) -> list[int]:
        """The tenant's jobs that nobody has done yet."""
        with database.reading() as session:
            query = select(Job.id).where(Job.tenant_id == tenant_id, Job.status == "queued").order_by(col(Job.id))
            return [each or 0 for each in session.exec(query).all()]

    def made(self, name: str) -> Subscription:
        """A tenant that is paid and runs, on node a."""
        order = self.till.active(name)
        with database.transaction() as session:
            self.tenant(session, order).node_id = self.ids[0]
        for job in self.waiting(order.tenant_id):
            self.work(job)
        return order

    @staticmethod
    def tenant(session: Session, order: Subscription) -> Tenant:
        """The order's tenant, in a transaction of the caller's."""
        return session.get_one(Tenant, order.tenant_id)

    def do(self, kind: str, order: Subscription, node: int = 0) -> None:
        """A job on the order's tenant that our rows learn nothing of afterwards."""
        with database.transaction() as session:
            tenant = self.tenant(session, order)
            before = (tenant.node_id, tenant.desired, tenant.observed, list(tenant.suspend_reasons))
            tenant.node_id = self.ids[node]
            if kind == "create_tenant":
                tenant.observed = "absent"
                session.exec(select(Job).where(Job.tenant_id == tenant.id, Job.kind == kind)).one().status = "cancelled"
            session.add(tenant)
            session.flush()
            job = jobs.defer(session, kind, tenant=tenant).id
        self.work(job)
        with database.transaction() as session:
            tenant = self.tenant(session, order)
            tenant.node_id, tenant.desired, tenant.observed, tenant.suspend_reasons = before
            session.add(tenant)
            follow_ups = select(Job).where(Job.tenant_id == tenant.id, Job.status == "queued")
            for follow_up in session.exec(follow_ups).all():
                follow_up.status = "cancelled"
                session.add(follow_up)

    def compare(self) -> None:
        """A comparison now."""
        drift.ask(by="ana")
        self._runner.run(asking.look_around(self._fleet))

    def found(self, name: str) -> dict[str, Drift]:
        """What disagrees about a name now, by kind."""
        with database.reading() as session:
            rows = session.exec(select(Drift).where(col(Drift.gone_at).is_(None))).all()
        return {row.kind: row for row in rows if row.facts["name"] == name}

    def mend(self, name: str, kind: str) -> str:
        """Compares, finds exactly this kind, repairs it, and finds nothing more; the effect as it was shown."""
        self.compare()
        found = self.found(name)
        assert list(found) == [kind], {each: row.reason for each, row in found.items()}
        row = found[kind]
        effect = drift.preview(row.id or 0)
        job = drift.repair(row.id or 0, effect, by="ana")
        if job is not None:
            self.work(job)
        self.compare()
        assert self.found(name) == {}
        return effect


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Place]]:
    """Two nodes for a module's tests."""
    with place(tmp_path_factory.mktemp("a")) as one, place(tmp_path_factory.mktemp("b")) as two:
        yield [one, two]


@pytest.fixture
def town(configured: str, places: list[Place], monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """A fresh panel on the module's nodes."""
    monkeypatch.setenv("TENANT_PORT", str(places[0].sandbox.ready["http_port"]))
    settings.cache_clear()
    with open_till(monkeypatch) as till:
        built = Town(till, places)
        yield built
        for each in places:
            each.sandbox.faults(reset=True)
        built.close()


__all__ = ["Place", "Town", "places", "town"]
