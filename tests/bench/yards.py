"""Where the benches' tenants are made, the stand-in node or the lab: what nothing can beat there, and cleaning up."""

import contextlib
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
from sqlalchemy import create_engine, text

from domain import database, embedded
from provisioning import lab as labs
from provisioning.lab import Lab, LabNode
from provisioning.lab.shell import inside
from provisioning.sandbox.machine import TEMPLATE
from tests.bench.stage import whole_house
from ui import lab_cli
from ui.demo import House

LIMIT = 60.0  # seconds for one tenant
PREFIX = "banco-"  # of every name that a bench takes
_FILES = "/var/lib/odoo/.local/share/Odoo/filestore"

# Inside the container: a clone and its first page, timed without the way there. $1 name, $2 port, $3 template.
_RAW = """
page() { # nothing is started for it: a process would be dearer than the page
  exec 3<>"/dev/tcp/127.0.0.1/$2" || return 1
  printf 'GET /web/login HTTP/1.1\\r\\nHost: %s.localhost\\r\\nConnection: close\\r\\n\\r\\n' "$1" >&3
  read -r _ status _ <&3
  exec 3>&-
  [ "$status" = 200 ]
}
for psql in /usr/lib/postgresql/*/bin/psql; do :; done # not Debian's wrapper in Perl, which takes longer to start
began=${EPOCHREALTIME/[.,]/}
runuser -u postgres -- "$psql" -XqAtd postgres -c "create database \\"$1\\" owner odoo template $3"
cloned=${EPOCHREALTIME/[.,]/}
for _ in {1..600}; do page "$1" "$2" && break; sleep 0.01; done
served=${EPOCHREALTIME/[.,]/}
runuser -u postgres -- dropdb --force "$1"
echo "$(( (cloned - began) / 1000 )) $(( (served - began) / 1000 ))"
"""
_CLEAN = """
for name in $(runuser -u postgres -- psql -XAtc "select datname from pg_database where datname like '$1%'"); do
  runuser -u postgres -- dropdb --force "$name"
  rm -rf "$2/$name"
done
"""


class Yard(Protocol):
    """One kind of node. Times in milliseconds."""

    name: str

    def raw(self, house: House, web: httpx.Client) -> tuple[float, float]:
        """A bare clone alone, and with its first page."""

    def databases(self) -> list[str]:
        """The benches' databases that are there."""


@contextlib.contextmanager
def house_on(node: str) -> Iterator[tuple[House, Yard]]:
    """A whole house on the stand-in or on the lab's first node, which is left as it was found."""
    if node != "lab":
        with whole_house() as house:
            yield house, StandIn()
        return
    lab = Lab(lab_cli.directory())
    first = labs.up(lab, nodes=1, progress=lab_cli.step)[0]
    yard = RealOdoo(first)
    yard.clean()
    try:
        with whole_house(first.addresses()) as house:
            yield house, yard
    finally:
        yard.clean()


@dataclass
class StandIn:
    """The stand-in node, on the PostgreSQL of the house."""

    name: str = "stand-in"

    def raw(self, house: House, web: httpx.Client) -> tuple[float, float]:
        name = f"bruto-{uuid.uuid4().hex[:8]}"
        with _engine().connect() as connection:
            began = time.perf_counter()
            connection.execute(text(f'create database "{name}" template "{TEMPLATE}" owner odoo'))
            cloned = time.perf_counter()
            connection.execute(
                text(f'comment on database "{name}" is \'{{"alta": {{"state": "ready", "job": "0"}}}}\'')
            )
            until_served(house, web, name)
            return (cloned - began) * 1000, (time.perf_counter() - began) * 1000

    def databases(self) -> list[str]:
        with _engine().connect() as connection:
            found = connection.execute(
                text("select datname from pg_database where datname like :name"), {"name": f"{PREFIX}%"}
            )
            return [str(name) for name in found.scalars()]


@dataclass
class RealOdoo:
    """A node of the lab: what is raw is measured inside its container."""

    node: LabNode
    name: str = "lab"

    def raw(self, house: House, web: httpx.Client) -> tuple[float, float]:
        name = f"{PREFIX}{uuid.uuid4().hex[:8]}"
        words = ("bash", "-c", _RAW, "raw", name, str(self.node.ports["http"]), TEMPLATE)
        cloned, served = inside(self.node, *words).split()[-2:]
        return float(cloned), float(served)

    def databases(self) -> list[str]:
        query = f"select datname from pg_database where datname like '{PREFIX}%'"  # noqa: S608 - a constant of ours
        return inside(self.node, "runuser", "-u", "postgres", "--", "psql", "-XAtc", query).split()

    def clean(self) -> None:
        """Removes what benches made."""
        inside(self.node, "bash", "-c", _CLEAN, "clean", PREFIX, _FILES)


def until_served(house: House, web: httpx.Client, name: str) -> None:
    """Returns once the tenant's login page answers 200. Raises TimeoutError."""
    address = f"{house.environment['NODE_HTTP_URL']}/web/login"
    host = {"Host": f"{name}.localhost"}
    deadline = time.monotonic() + LIMIT
    while web.get(address, headers=host).status_code != httpx.codes.OK:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name} was not served in {LIMIT:.0f} s")
        time.sleep(0.02)  # oftener would take from Odoo the time that is measured


def _engine() -> Any:
    admin = embedded.with_database(database.url(), "postgres").replace("postgresql://", "postgresql+psycopg2://", 1)
    return create_engine(admin, isolation_level="AUTOCOMMIT")
