"""The node that a matrix is played on: the stand-in, on a small disk and a PostgreSQL of its own, or the lab's."""

import contextlib
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import psycopg

from provisioning import lab as labs
from provisioning.lab import LabNode, host, shell
from provisioning.lab.shell import inside, run
from provisioning.sandbox import NodeSandbox, template
from tests.chaos.matrix.holds import NODE_CONF
from tests.chaos.matrix.servers import Disk, Server

FILES = "/var/lib/odoo/.local/share/Odoo/filestore"
COMMENT = "select shobj_description(oid, 'pg_database') from pg_database where datname = '{}'"
END = "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{}'"
EVERYWHERE = {
    "worker_killed",
    "ssh_cut",
    "node_restarted",
    "panel_database",
    "node_database",
    "script_killed",
    "answer_lost",
}
OURS = "select datname from pg_database where datname ~ 'celda-' or datname = 'modelo'"
# Stands in for Odoo's program, for the verbs that call it: an update, a module's installation, a shell that tests.
ODOO = """#!/usr/bin/env bash
[[ $1 != --version ]] || { echo 'Odoo Server 19.0'; exit 0; }
here=$(dirname "$0") shell='' install='' update=''
while (($#)); do
  case $1 in shell) shell=yes ;; -d) database=$2 ;; -i) install=$2 ;; -u) update=$2 ;; esac
  shift
done
if [[ -n $shell ]]; then
  cat >/dev/null
  printf '%s\\n' "todo responde" "::done"
elif [[ -n $update ]]; then
  psql -q -d "$database" -c "update res_company set phone = 'nuevo'"
elif [[ -n $install ]]; then
  psql -X -q -d "$database" -v ON_ERROR_STOP=1 -c "set role odoo" -f "$here/template.sql" >/dev/null
  mkdir -p "$ALTA_FILESTORE/$database/ab"
  echo "$database" >"$ALTA_FILESTORE/$database/ab/file"
fi
"""


class Place(Protocol):
    """`ready` has its addresses; `sessions` is how many its sshd allows on one connection; `absent` what a
    visitor of nobody gets; `faults` are those of
    `faults.FAULTS` that can be had here."""

    sessions: int
    absent: int
    faults: frozenset[str]
    ready: dict[str, Any]

    @property
    def state(self) -> Path:
        """Where the kit keeps jobs, as this machine sees it."""

    @property
    def filestore(self) -> Path:
        """Where Odoo keeps files, as this machine sees it."""

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """What its PostgreSQL says."""

    def copy(self, base: str, name: str) -> None:
        """Another tenant like `base`, whole and open, without a job."""

    def cut(self) -> None:
        """Every SSH connection breaks."""

    def refuse(self, wanted: bool) -> None:
        """Nobody gets in."""

    def slow(self, milliseconds: int) -> None:
        """Each statement begins so much later."""

    def fill(self) -> None:
        """Not one more byte fits on its disk."""

    def empty(self) -> None:
        """There is room again."""

    def restart(self, while_down: Callable[[], None]) -> None:
        """Everything that runs on it ends at once, and it comes back."""

    def restart_database(self) -> None:
        """Its PostgreSQL dies and comes back."""

    def kill(self, ticket: str) -> None:
        """The script of that job is dead, with all that it started."""

    def remove(self, names: list[str]) -> None:
        """Databases and files are gone."""

    def close(self) -> None:
        """Left as it was found."""


class StandIn:
    """The stand-in node, which has a disk of its own where we may mount one."""

    sessions, absent = 90, 404

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._disk = Disk(directory)
        self.faults = frozenset(EVERYWHERE | {"slow"} | ({"disk_full"} if self._disk.small else set()))
        self._server = Server(directory)
        self._sandbox = NodeSandbox(self._server.url, directory).start()
        self.ready = self._sandbox.ready
        (directory / "etc").mkdir()
        (directory / "etc" / "node.conf").write_text(NODE_CONF)
        (directory / "odoo").write_text(ODOO)
        (directory / "odoo").chmod(0o755)
        (directory / "template.sql").write_text(template._DEFINITION)

    @property
    def state(self) -> Path:
        return self._directory / "alta"

    @property
    def filestore(self) -> Path:
        return self._directory / "filestore"

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._server.url, autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def copy(self, base: str, name: str) -> None:
        comment = self.sql(COMMENT.format(base))[0][0]
        self.sql(f'create database "{name}" template "{base}" owner odoo')
        self.sql(f"comment on database \"{name}\" is '{comment}'")
        shutil.copytree(self.filestore / base, self.filestore / name)

    def cut(self) -> None:
        self._sandbox.faults(drop=True)

    def refuse(self, wanted: bool) -> None:
        self._sandbox.faults(refuse=wanted)

    def slow(self, milliseconds: int) -> None:
        self._sandbox.faults(slow_ms=milliseconds)

    def fill(self) -> None:
        self._disk.fill()

    def empty(self) -> None:
        self._disk.empty()
        # A server that cannot write ends, and does not come back by itself.
        self._server.restart()

    def restart(self, while_down: Callable[[], None]) -> None:
        self._sandbox.stop()
        while_down()
        self._sandbox.start()

    def restart_database(self) -> None:
        self._server.restart()

    def kill(self, ticket: str) -> None:
        pid = self.state / "jobs" / ticket / "pid"
        if pid.exists():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(int(pid.read_text()), signal.SIGKILL)

    def remove(self, names: list[str]) -> None:
        for name in names:
            self.sql(f'drop database if exists "{name}" with (force)')
            shutil.rmtree(self.filestore / name, ignore_errors=True)

    def close(self) -> None:
        self._sandbox.stop()
        self._server.close()
        self._disk.close()


class RealOdoo:
    """The lab's node: its scripts and PostgreSQL run in the container. Its disk and its programs are left alone."""

    sessions, absent = 10, 303
    faults = frozenset(EVERYWHERE)

    def __init__(self, node: LabNode) -> None:
        self._node = node
        self.ready = node.addresses()
        self._conf.parent.mkdir(exist_ok=True)
        self._before = self._conf.read_text() if self._conf.exists() else ""
        self._conf.write_text(self._before.replace(NODE_CONF, "") + NODE_CONF)
        self._clean()

    @property
    def _root(self) -> Path:
        """The container's file system. Not its layer on our disk: locks are the mounted file's."""
        words = ("lxc-info", "-P", str(self._node.lab.containers), "-n", self._node.container_name, "-p", "-H")
        return Path(f"/proc/{run(self._node.lab, *words).strip()}/root")

    @property
    def _conf(self) -> Path:
        return self._root / "etc/alta/node.conf"

    @property
    def state(self) -> Path:
        return self._root / "var/lib/alta"

    @property
    def filestore(self) -> Path:
        return self._root / FILES.lstrip("/")

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        words = ("runuser", "-u", "postgres", "--", "psql", "-XAtF", "\t", "-c", query)
        return [tuple(line.split("\t")) for line in inside(self._node, *words).splitlines()]

    def copy(self, base: str, name: str) -> None:
        comment = self.sql(COMMENT.format(base))[0][0]
        # Odoo keeps connections to it, which a copy does not bear.
        self.sql(f'alter database "{base}" connection limit 0')
        self.sql(END.format(base))
        self.sql(f'create database "{name}" template "{base}" owner odoo connection limit -1')
        self.sql(f"comment on database \"{name}\" is '{comment}'")
        inside(self._node, "cp", "-al", f"{FILES}/{base}", f"{FILES}/{name}")

    def cut(self) -> None:
        listener = host.serving(self._node)
        for child in Path(f"/proc/{listener}/task/{listener}/children").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)

    def refuse(self, wanted: bool) -> None:
        if wanted:
            host.stop(self._node)
            return
        host.start(self._node)

    def restart(self, while_down: Callable[[], None]) -> None:
        host.stop(self._node)
        shell.stop(self._node)
        while_down()
        labs.up(self._node.lab, nodes=len(self._node.lab.nodes()), progress=lambda _title: contextlib.nullcontext())

    def restart_database(self) -> None:
        unit = "postgresql@17-main"
        inside(self._node, "systemctl", "kill", "--signal=SIGQUIT", "--kill-whom=main", unit)
        inside(self._node, "sh", "-c", f"systemctl reset-failed {unit}; systemctl restart {unit}")

    def kill(self, ticket: str) -> None:
        inside(self._node, "sh", "-c", f"kill -9 -- -$(cat /var/lib/alta/jobs/{ticket}/pid) || true")

    def remove(self, names: list[str]) -> None:
        for name in names:
            inside(self._node, "runuser", "-u", "postgres", "--", "dropdb", "--if-exists", "--force", name)
            inside(self._node, "rm", "-rf", f"{FILES}/{name}")

    def close(self) -> None:
        self._conf.write_text(self._before.replace(NODE_CONF, ""))
        self._clean()

    def _clean(self) -> None:
        """Nothing of the matrix is there, nor of one that was broken off."""
        self.remove([name for (name,) in self.sql(OURS)])

    def slow(self, milliseconds: int) -> None:
        raise NotInTheLab

    def fill(self) -> None:
        raise NotInTheLab

    def empty(self) -> None:
        raise NotInTheLab


class NotInTheLab(Exception):
    """`faults` names what can be had there."""
