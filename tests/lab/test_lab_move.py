"""A real Odoo moves between two nodes of the lab while somebody looks at it. Needs `main.py lab up --nodes 2`."""

import asyncio
import threading
import uuid
from collections import Counter

import httpx
import pytest
from sqlmodel import select

from domain import database, moves, tenant_actions
from domain.models import Job, Node, Tenant
from domain.settings import settings
from provisioning import lab as labs
from provisioning import recipes
from provisioning.fleet import Fleet
from provisioning.lab import Lab, LabNode
from provisioning.lab.shell import inside
from tests.house import order
from ui import lab_cli

pytestmark = [pytest.mark.lab, pytest.mark.timeout(180)]
FILES = "/var/lib/odoo/.local/share/Odoo/filestore"


@pytest.fixture
def two(lab_node: LabNode, configured: str, monkeypatch: pytest.MonkeyPatch) -> list[LabNode]:
    found = [row.node for row in labs.status(Lab(lab_cli.directory())) if row.ready]
    if len(found) < 2:
        pytest.skip("the lab has one node: uv run main.py lab up --nodes 2")
    monkeypatch.setenv("TENANT_PORT", str(found[0].ports["http"]))
    settings.cache_clear()
    with database.transaction() as session:
        session.add_all([_row(node) for node in found])
    return found


def _row(node: LabNode) -> Node:
    at = node.addresses()
    return Node(
        name=node.name, host=at["ssh_host"], port=at["ssh_port"], username=at["user"], key_file=at["key_file"],
        known_host=at["known_host"], container=at["container"], http_url=at["http_url"], state="open",
    )  # fmt: skip


class Visitor:
    """Looks at the tenant where its row says that it lives, again and again."""

    def __init__(self, tenant_id: int, name: str) -> None:
        self.seen: Counter[str] = Counter()
        self._tenant, self._name, self._over = tenant_id, name, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._over.wait(0.05):
            with database.reading() as session:
                tenant = session.get_one(Tenant, self._tenant)
                url = session.get_one(Node, tenant.node_id).http_url
            headers = {"Host": f"{self._name}.localhost"}
            answer = httpx.get(f"{url}/web/login", headers=headers, timeout=30)
            words = "Estamos moviendo" if "Estamos moviendo" in answer.text else ""
            self.seen[f"{answer.status_code} {words}".strip()] += 1

    def __enter__(self) -> "Visitor":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def test_moved_while_somebody_looks(two: list[LabNode]) -> None:
    name = f"mudanza-{uuid.uuid4().hex[:6]}"
    tenant_id, job_id = order(name)
    with database.transaction() as session:
        session.get_one(Tenant, tenant_id).node_id = session.exec(select(Node.id).where(Node.name == two[0].name)).one()
    with asyncio.Runner() as runner:
        fleet = Fleet()
        try:
            runner.run(recipes.run_job(job_id, fleet))
            inside(two[0], "sh", "-c", f"head -c 20000000 /dev/urandom >{FILES}/{name}/grande")
            tenant_actions.perform(tenant_id, "move", by="ana", value=two[1].name)
            with database.reading() as session:
                move = session.exec(select(Job.id).where(Job.kind == moves.KIND)).one()
            with Visitor(tenant_id, name) as visitor:
                runner.run(recipes.run_job(move or 0, fleet))
        finally:
            runner.run(fleet.close())
    with database.reading() as session:
        job = session.get_one(Job, move)
    assert job.status == "succeeded", job.error
    assert set(visitor.seen) <= {"200", "503 Estamos moviendo"}, visitor.seen
    assert visitor.seen["503 Estamos moviendo"] > 0
    assert job.result["closed_ms"] < 30_000
    print(f"closed for {job.result['closed_ms']} ms; seen {dict(visitor.seen)}")
    for node, database_name in ((two[1], name), (two[0], str(job.result["kept"]))):
        inside(
            node,
            "runuser",
            "-u",
            "postgres",
            "--",
            "psql",
            "-Xqc",
            f'alter database "{database_name}" allow_connections true',
        )
        inside(node, "runuser", "-u", "postgres", "--", "dropdb", "--force", database_name)
        inside(node, "rm", "-rf", f"{FILES}/{database_name}")
