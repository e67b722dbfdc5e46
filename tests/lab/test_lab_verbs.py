"""The later verbs on a real Odoo 19 behind a real nginx: copy, suspend, own domain, update, archive, delete."""

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from provisioning.lab import LabNode, shell

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]


class Kit:
    """The node's verbs, and what a visitor gets. `sub` is a tenant of this test's own."""

    def __init__(self, node: LabNode) -> None:
        self.node = node
        self.sub = f"verbs-{uuid.uuid4().hex[:8]}"
        self.jobs = 0

    def do(self, verb: str, name: str = "", **payload: Any) -> dict[str, Any]:
        self.jobs += 1
        given = {"job": f"{self.sub[6:]}-{self.jobs}", "portal": "https://alta.example/tenant/portal", **payload}
        words = [f"/opt/alta/bin/{verb}.sh", name or self.sub]
        output = shell.inside(self.node, *words, stdin=json.dumps(given).encode())
        results = [line.removeprefix("::result ") for line in output.splitlines() if line.startswith("::result ")]
        return json.loads(results[-1]) if results else {}

    def asked(self, database: str, query: str) -> str:
        psql = ["runuser", "-u", "postgres", "--", "psql", "-X", "-A", "-t", "-d", database, "-c", query]
        return shell.inside(self.node, *psql).strip()

    def visit(self, host: str) -> httpx.Response:
        return httpx.get(f"{self.node.http_url}/web/login", headers={"Host": host}, timeout=30)

    def opens(self, host: str) -> bool:
        """Whether it answers 200 within 20 s: nginx takes a new configuration a moment after the reload."""
        end = time.monotonic() + 20
        while self.visit(host).status_code != 200:
            if time.monotonic() > end:
                return False
        return True


@pytest.fixture
def kit(lab_node: LabNode) -> Iterator[Kit]:
    made = Kit(lab_node)
    made.do("create_tenant", company="Verbos SRL", login="v@verbos.do", password_hash="", language="es_DO",
            country="DO", currency="DOP", base_url=f"http://{made.sub}.localhost")  # fmt: skip
    yield made
    for name in (made.sub, f"{made.sub}-b"):
        kept = made.do("archive", name)["database"]
        if kept:
            made.do("delete", kept)
    assert made.asked("postgres", f"select count(*) from pg_database where datname like '%{made.sub}%'") == "0"  # noqa: S608


def test_a_tenants_later_life_on_a_real_odoo(kit: Kit) -> None:
    copy, host = f"{kit.sub}-b", f"{kit.sub}.localhost"
    assert kit.opens(host)
    kit.do("clone", to=copy, base_url=f"http://{copy}.localhost")
    assert kit.opens(f"{copy}.localhost")
    assert "neutraliz" in kit.visit(f"{copy}.localhost").text
    assert kit.asked(copy, "select string_agg(smtp_host, ',') from ir_mail_server where active") == "invalid"
    crons = "select count(*) from ir_cron where active"
    assert (kit.asked(copy, crons), kit.asked(kit.sub, crons) > "1") == ("1", True)

    kit.do("suspend", reason="unpaid")
    page = kit.visit(host)
    assert (page.status_code, "https://alta.example/tenant/portal" in page.text) == (503, True)
    kit.do("resume")
    assert kit.opens(host)

    domain = f"erp.{kit.sub}.example"
    kit.do("set_domain", domain=domain, base_url=f"http://{domain}")
    assert kit.opens(domain)
    kit.do("update_modules", modules="web")
    assert kit.opens(domain)
    assert kit.asked("postgres", f"select count(*) from pg_database where datname = '{kit.sub}.before'") == "0"  # noqa: S608
