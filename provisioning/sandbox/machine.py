"""The machine that is stood in for: its directories, keys, programs and the environment that the scripts find."""

import fcntl
import os
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import asyncssh
from psycopg.conninfo import conninfo_to_dict

from domain import embedded
from provisioning import kit

KIT = kit.FOLDER
TEMPLATE = "odoo19_template"
OWNER = "odoo"
# The container's paths are below ALTA_ROOT; `flood.sh` exists only here, for the log bench.
_PCT = """[[ $# -ge 4 && $1 == exec && $3 == -- ]] || exit 255
[[ $2 == {container} ]] || {{ echo "Configuration file 'nodes/sandbox/lxc/$2.conf' does not exist" >&2; exit 2; }}
shift 3
case $1 in
  /opt/alta/bin/flood.sh) shift; exec {flood} "$@" ;;
  /opt/alta/*) program=$ALTA_ROOT$1; shift; exec "$program" "$@" ;;
esac
exec "$@"
"""
_PG_NAMES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "sslmode": "PGSSLMODE"}


@dataclass(frozen=True)
class Machine:
    """A directory and a PostgreSQL server; `database_url` must be a superuser's."""

    state: Path
    database_url: str

    @property
    def alta(self) -> Path:
        """The kit's own state: jobs and locks."""
        return self.state / "alta"

    @property
    def filestore(self) -> Path:
        """Where Odoo would keep its files, one directory a database."""
        return self.state / "filestore"

    @property
    def web(self) -> Path:
        """Where the scripts leave what a web server shows: pages of closed databases, the map of own domains."""
        return self.state / "web"

    @property
    def shims(self) -> Path:
        """First in the scripts' PATH; empty unless a fault is on."""
        return self.state / "shims"

    @property
    def home(self) -> Path:
        """The home of the host's user: gate and authorized_keys are here, as on a Proxmox host."""
        return self.state / "home"

    @property
    def root(self) -> Path:
        """The container's file system, as far as it has one: /opt/alta and /opt/alta-kits."""
        return self.state / "container"

    def prepare(self, container: int) -> None:
        """Makes the directories and the host's `pct`."""
        for folder in (self.alta, self.filestore, self.shims, self.home, self.root, self.bin):
            folder.mkdir(parents=True, exist_ok=True)
        found = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in self.environment().items())
        flood = shlex.join([sys.executable, "-I", str(Path(__file__).parent / "flood.py")])
        write_program(self.bin / "pct", found + _PCT.format(container=container, flood=flood))

    @property
    def bin(self) -> Path:
        """First in the host's PATH."""
        return self.state / "bin"

    def host_environment(self) -> dict[str, str]:
        """What a session on the host finds."""
        path = os.pathsep.join([str(self.bin), os.environ.get("PATH", os.defpath)])
        return {"PATH": path, "HOME": str(self.home)}

    def authorized(self) -> asyncssh.SSHAuthorizedKeys:
        """The keys that the host lets in now, each with its options."""
        file = self.home / ".ssh" / "authorized_keys"
        return asyncssh.import_authorized_keys(file.read_text() if file.exists() else "")

    def joined(self, container: int, public_key: str) -> None:
        """What joining leaves behind: the gate, the key bound to it, and the kit. Nothing where it is there."""
        gate, keys = self.home / ".alta" / "gate", self.home / ".ssh" / "authorized_keys"
        gate.parent.mkdir(mode=0o700, exist_ok=True)
        keys.parent.mkdir(mode=0o700, exist_ok=True)
        shutil.copy(kit.HOST_GATE, gate)
        line = f'command="{gate} {container}",restrict {public_key.strip()}\n'
        if not keys.exists() or line not in keys.read_text():
            with keys.open("a") as file:
                file.write(line)
        if not (self.root / "opt" / "alta").exists():
            asked = f"install-kit {kit.digest()} {len(kit.archive())}"
            argv = [str(gate), str(container)]
            env = {**self.host_environment(), "SSH_ORIGINAL_COMMAND": asked}
            subprocess.run(argv, input=kit.archive(), env=env, check=True, stdout=subprocess.DEVNULL)  # noqa: S603

    def programs(self) -> dict[str, str]:
        """The real programs behind the names that a fault may replace."""
        bundled = embedded.psql()
        psql = str(bundled) if bundled.exists() else shutil.which("psql")
        return {"psql": psql or "psql", "cp": shutil.which("cp") or "cp", "tee": shutil.which("tee") or "tee"}

    def environment(self) -> dict[str, str]:
        """All that the scripts find: nothing of ours leaks in."""
        known = conninfo_to_dict(self.database_url)
        psql_folder = Path(self.programs()["psql"]).parent
        return {
            "PATH": os.pathsep.join([str(self.shims), str(psql_folder), os.environ.get("PATH", os.defpath)]),
            "ALTA_ROOT": str(self.root),
            "HOME": str(self.state),
            "ALTA_ETC": str(self.state / "etc"),
            "ALTA_STATE": str(self.alta),
            "ALTA_FILESTORE": str(self.filestore),
            "ALTA_WEB": str(self.web),
            "ALTA_NGINX_PID": str(self.state / "no-nginx"),
            "ALTA_ODOO": str(self.state / "odoo"),  # nobody puts it there but a test
            "ALTA_ODOO_AS": "-",
            "ALTA_ODOO_ADDONS": str(self.state / "addons"),
            "ALTA_TEMPLATE": TEMPLATE,
            "ALTA_DB_OWNER": OWNER,
            "ALTA_PSQL_AS": "-",
            "ALTA_DETACH": "setsid",
            **{variable: str(known[name]) for name, variable in _PG_NAMES.items() if known.get(name)},
        }

    def key(self, name: str) -> asyncssh.SSHKey:
        """The key pair `name`, made when first asked for; private to the user."""
        file = self.state / name
        if not file.exists():
            key = asyncssh.generate_private_key("ssh-ed25519", comment=name)
            file.touch(mode=0o600)
            file.write_bytes(key.export_private_key())
            file.with_name(f"{name}.pub").write_bytes(key.export_public_key())
        return asyncssh.read_private_key(file)

    def end_jobs(self) -> None:
        """Kills the detached jobs that still run, by their recorded process groups."""
        for folder in self.alta.glob("jobs/*"):
            if _held(folder / "run.lock") and (folder / "pid").exists():
                try:
                    os.killpg(int((folder / "pid").read_text()), signal.SIGKILL)
                except (ProcessLookupError, ValueError):
                    continue  # it has just ended, or just begun


def _held(lock: Path) -> bool:
    if not lock.exists():
        return False
    with lock.open() as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def write_program(file: Path, body: str) -> None:
    """A bash program at `file`, replaced in one move: somebody may be starting the old one."""
    new = file.with_suffix(".new")
    new.write_text(f"#!/usr/bin/env bash\n{body}")
    new.chmod(0o755)
    new.replace(file)
