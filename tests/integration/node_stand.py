"""A stand-in node for a whole test module, and what tests ask of it."""

import hashlib
import json
import os
import time
import uuid
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from provisioning import commands
from provisioning.host import Address, Completed, Host
from provisioning.sandbox import NodeSandbox


def address(sandbox: NodeSandbox, **changes: Any) -> Address:
    """The sandbox's address as the worker would have it, with `changes`."""
    at = sandbox.ready
    usual = Address(
        "nodo-a", at["ssh_host"], at["ssh_port"], at["user"], Path(at["key_file"]), at["known_host"], at["container"]
    )
    return replace(usual, **changes)


def hashed(password: str) -> str:
    """Odoo's own format, with few rounds."""
    salt = os.urandom(16)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 1000)
    short = [b64encode(part).decode().rstrip("=").replace("+", ".") for part in (salt, digest)]
    return f"$pbkdf2-sha512$1000${short[0]}${short[1]}"


def fresh(prefix: str = "t") -> str:
    """A subdomain, or a job id, that nobody has."""
    return f"{prefix}{uuid.uuid4().hex[:12]}"


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
    """The first true answer of `condition`."""
    deadline = time.monotonic() + seconds
    while not (found := await condition()):
        assert time.monotonic() < deadline, "it did not come to pass"
    return found


class Stand:
    """The node, a connection to it, and its database."""

    def __init__(self, sandbox: NodeSandbox, host: Host, database_url: str, state: Path) -> None:
        self.sandbox = sandbox
        self.host = host
        self.url = database_url
        self.state = state

    def payload(self, job: str, sub: str, **changes: Any) -> bytes:
        usual = {
            "job": job, "company": "Panadería Sol, S.R.L.", "login": "marta@sol.do", "password_hash": "",
            "language": "es_DO", "country": "DO", "currency": "DOP", "base_url": f"https://{sub}.alta.example",
        }  # fmt: skip
        return json.dumps({**usual, **changes}).encode()

    async def create(self, job: str, sub: str, **changes: Any) -> tuple[int, str]:
        return self.said(await self.host.run(commands.create_tenant(105, sub), self.payload(job, sub, **changes)))

    async def do(self, verb: str, sub: str, **payload: Any) -> tuple[int, str]:
        build: Callable[[int, str], list[str]] = getattr(commands, verb)
        return self.said(await self.host.run(build(105, sub), json.dumps({"job": fresh("j"), **payload}).encode()))

    @staticmethod
    def said(done: Completed) -> tuple[int, str]:
        return done.exit_status, done.output.decode()

    def rows(self, query: str, *values: Any, database: str = "postgres") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, dbname=database, autocommit=True) as connection:
            cursor = connection.execute(query.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def marker(self, sub: str) -> dict[str, Any]:
        found = self.rows("select shobj_description(oid, 'pg_database') from pg_database where datname = %s", sub)
        marker: dict[str, Any] = json.loads(found[0][0])
        return marker

    def page(self, sub: str, path: str = "/web/login", **data: str) -> httpx.Response:
        url = f"{self.sandbox.ready['http_url']}{path}"
        headers = {"Host": f"{sub}.localhost"}
        return httpx.post(url, data=data, headers=headers) if data else httpx.get(url, headers=headers)

    def get(self, url: str, host: str) -> httpx.Response:
        return httpx.get(url, headers={"Host": host})

    def log(self, job: str) -> str:
        return (self.state / "alta" / "jobs" / job / "log").read_text()


@pytest.fixture(scope="module", name="sandbox")
def running_sandbox(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeSandbox]:
    """One stand-in node a module."""
    with NodeSandbox(postgres_url, Path(tmp_path_factory.mktemp("node"))) as sandbox:
        yield sandbox


@pytest.fixture(name="stand")
async def healthy_stand(sandbox: NodeSandbox, postgres_url: str) -> AsyncIterator[Stand]:
    """The node without faults, and a connection."""
    sandbox.faults(reset=True)
    async with Host(address(sandbox)) as host:
        yield Stand(sandbox, host, postgres_url, Path(sandbox.ready["key_file"]).parent)
    sandbox.faults(reset=True)
