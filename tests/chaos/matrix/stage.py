"""Where the matrix is played: a panel and a node with a PostgreSQL each, a worker, and tenants made in one go."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
from sqlmodel import Session, col, select

from domain import backup_keys, database, jobs, notices, schema
from domain.models import Backup, Customer, Job, JobStep, Node, Tenant
from domain.models.base import now
from domain.settings import settings
from provisioning import recipes
from provisioning.fleet import Fleet
from tests.chaos.matrix.cells import RECIPES, Cell
from tests.chaos.matrix.holds import Holds, Proxy
from tests.chaos.matrix.places import Place, StandIn
from tests.chaos.matrix.servers import Server
from tests.conftest import SECRETS
from tests.zygote import Forked, zygote

DISK = "3g"  # of memory, where it is used
SPARE = 8 * 1024 * 1024
BASE = "modelo"  # the tenant that all others are copies of
DONE = ("succeeded", "failed", "cancelled")


class Stage:
    """One panel, one node. `number` counts the columns, so that names never meet."""

    def __init__(self, directory: Path, place: Callable[[Path], Place]) -> None:
        self.directory, self.number, self.workers = directory, 0, list[Forked]()
        self.panel, self.place = Server(), place(directory / "node")
        self.holds = Holds(lambda: self.place.state / "hold")
        self.proxy = Proxy(int(self.place.ready["http_port"]))
        self.url = schema.create_database(self.panel.url, "alta")
        schema.migrate(self.url)
        self._configure()
        self.runner, self.fleet = asyncio.Runner(), Fleet()

    def _configure(self) -> None:
        (self.directory / "store").mkdir()
        values = {
            **SECRETS, "DATABASE_URL": self.url, "DATA_DIR": str(self.directory), "STALLED_AFTER": "3",
            "TENANT_PORT": str(self.proxy.port), "JOB_CONCURRENCY": "90", "NODE_SESSIONS": str(self.place.sessions),
            "BACKUP_KEY": backup_keys.new(),
            "BACKUP_URL": f"file://{self.directory / 'store'}", "LOG_LEVEL": "INFO",
        }  # fmt: skip
        self._before = dict(os.environ)
        os.environ.update(values)
        settings.cache_clear()
        database.configure(self.url)

    def prepare(self) -> None:
        """Node, customer, and the tenant with a backup that all others are copies of."""
        with database.transaction() as session:
            # One node does one build at a time: each step of it has a row of its own, all of them the same machine.
            nodes = [self._node(f"nodo-{letter}") for letter in "abcdef"]
            customer = Customer(company="Matriz", full_name="Ana Ruiz", email="ana@matriz.example", country="DO")
            session.add_all([*nodes, customer])
            session.flush()
            self.node_ids = [node.id or 0 for node in nodes]
            self.node_id, self.customer_id = self.node_ids[0], customer.id or 0
            base = self.row(session, BASE, "absent")
            job = jobs.defer(session, "create_tenant", tenant=base).id
        self.work(job)
        with database.transaction() as session:
            made = session.get_one(Tenant, base.id)
            job = RECIPES["backup_tenant"].prepare(self, session, made, Cell("backup_tenant", "dump", BASE))
        self.work(job)
        with database.reading() as session:
            self.base_backup = session.exec(select(Backup)).one()

    def _node(self, name: str) -> Node:
        at = self.place.ready
        return Node(
            name=name, host=at["ssh_host"], port=at["ssh_port"], username=at["user"], key_file=at["key_file"],
            known_host=at["known_host"], container=at["container"], state="open", concurrency=90, capacity=5_000,
            http_url=f"http://127.0.0.1:{self.proxy.port}",
        )  # fmt: skip

    def row(self, session: Session, name: str, observed: str, **more: Any) -> Tenant:
        """A tenant as our tables know it."""
        tenant = Tenant(
            customer_id=self.customer_id, subdomain=name, node_id=self.node_id, observed=observed,
            desired="running" if observed in ("absent", "suspended") else observed, requested_at=now(), **more,
        )  # fmt: skip
        session.add(tenant)
        session.flush()
        return tenant

    def another_copy(self, store_key: str, number: int) -> str:
        """The same sealed object under another name."""
        known = self.directory / "store" / store_key
        os.link(known, known.with_name(f"matriz-{number}"))
        return str(known.with_name(f"matriz-{number}").relative_to(self.directory / "store"))

    def work(self, job_id: int | None) -> None:
        """Does a job in this process, as the worker does; it must succeed."""
        self.runner.run(recipes.run_job(job_id or 0, self.fleet))
        job = self.job(job_id or 0)
        assert job.status == "succeeded", (job.kind, job.error)

    def worker(self) -> Forked:
        """A worker in a process of its own."""
        process = zygote.spawn("worker", self.directory / "worker.log")
        self.workers.append(process)
        return process

    def end_workers(self) -> None:
        """Nobody works any more."""
        for process in self.workers:
            process.terminate()
        for process in self.workers:
            process.end(15)
        self.workers.clear()

    def job(self, job_id: int) -> Job:
        """The row as it is now."""
        with database.reading() as session:
            return session.get_one(Job, job_id)

    def observed(self, tenant_id: int) -> str:
        """What our row says that the tenant is."""
        with database.reading() as session:
            return session.get_one(Tenant, tenant_id).observed

    def steps(self, job_ids: list[int]) -> dict[int, dict[str, str]]:
        """Step name -> status, of each."""
        found: dict[int, dict[str, str]] = {one: {} for one in job_ids}
        with database.reading() as session:
            for row in session.exec(select(JobStep).where(col(JobStep.job_id).in_(job_ids))).all():
                found[row.job_id][row.name] = row.status
        return found

    def unfinished(self, cells: list[Cell]) -> list[Cell]:
        """Those whose jobs have not come to an end."""
        with database.reading() as session:
            rows = session.exec(select(Job.id, Job.status).where(col(Job.id).in_([cell.job_id for cell in cells])))
            over = {row_id for row_id, status in rows.all() if status in DONE}
        return [cell for cell in cells if cell.job_id not in over]

    def page(self, host: str) -> int:
        """What a visitor gets."""
        url = f"{self.place.ready['http_url']}/web/login"
        return httpx.get(url, headers={"Host": f"{host}.localhost"}, timeout=20).status_code

    def node_log(self, ticket: str) -> bytes:
        """The job's output as the node has it."""
        file = self.place.state / "jobs" / ticket / "log"
        return file.read_bytes() if file.exists() else b""

    def close(self) -> None:
        """Ends everything."""
        self.holds.release()
        self.proxy.release()
        self.end_workers()
        self.runner.run(self.fleet.close())
        self.runner.close()
        notices.listener.stop()
        self.proxy.close()
        database.dispose()
        self.panel.close()
        self.place.close()
        os.environ.clear()
        os.environ.update(self._before)
        settings.cache_clear()


@contextlib.contextmanager
def open_stage(place: Callable[[Path], Place] = StandIn) -> Iterator[Stage]:
    """A stage in a scratch directory, on the node that `place` makes there."""
    with tempfile.TemporaryDirectory(prefix="alta-matriz-") as scratch:
        Path(scratch).chmod(0o755)
        stage = Stage(Path(scratch), place)
        try:
            stage.prepare()
            yield stage
        finally:
            stage.close()
