"""Building a node step by step. Each step looks first what is there: a second `up` takes seconds, and one that was
broken off goes on where it was."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import httpx

from provisioning.lab import base, host, shell
from provisioning.lab.places import FILES, Lab, LabError, LabNode
from provisioning.lab.shell import inside

TEMPLATE = "odoo19_template"
MODULES = "base,web,alta_access"
LANGUAGES = "es_ES,es_419"
_PSQL = ("runuser", "-u", "postgres", "--", "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-c")
ODOO = ("runuser", "-u", "odoo", "--", "odoo", "--config", "/etc/odoo/odoo.conf", "--no-http")

_WRITE = """
set -e
mkdir -p "${0%/*}"
cat > "$0.new"
if cmp -s "$0.new" "$0"; then rm "$0.new"; exit; fi
chown "$1" "$0.new" && chmod "$2" "$0.new"
rm -f "$0" && mv "$0.new" "$0" && echo new
"""
Progress = Callable[[str], AbstractContextManager[object]]


def up(lab: Lab, *, nodes: int, progress: Progress) -> list[LabNode]:
    """Builds and starts what is not there; returns the nodes. `progress` is entered for each step, with its title.

    Raises LabError; what was done till then stays.
    """
    lab.directory.mkdir(parents=True, exist_ok=True)
    base.refuse_elsewhere(lab.directory)
    with _alone(lab):
        for title, shared in _SHARED:
            with progress(title):
                shared(lab)
        wanted = [lab.node(number) for number in range(max(nodes, len(lab.nodes())))]
        for node in wanted:
            for title, step in _EACH:
                with progress(f"{node.name}: {title}"):
                    step(node)
    return wanted


@contextmanager
def _alone(lab: Lab) -> Iterator[None]:
    """Nobody else builds this lab meanwhile."""
    with (lab.directory / "lab.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _container(node: LabNode) -> None:
    for folder in (node.layer, node.host / "bin"):
        folder.mkdir(parents=True, exist_ok=True)
    node.config.write_text(node.filled("container.conf"))
    if not shell.running(node):
        shell.start(node)


def _services(node: LabNode) -> None:
    if _put(node, "/etc/odoo/odoo.conf", node.filled("odoo.conf"), owner="root:odoo", mode="640"):
        inside(node, "systemctl", "stop", "odoo")
    # Peers inside the container only: on the host's network nothing of PostgreSQL listens.
    version = inside(node, "ls", "/etc/postgresql").split()[0]
    _put(node, f"/etc/postgresql/{version}/main/conf.d/alta.conf", "listen_addresses = ''\nmax_connections = 200\n")
    inside(node, "systemctl", "enable", "--quiet", "--now", "postgresql")
    if not inside(node, *_PSQL, "select 1 from pg_roles where rolname = 'odoo'").strip():
        inside(node, "runuser", "-u", "postgres", "--", "createuser", "--createdb", "odoo")


def _kit(node: LabNode) -> None:
    host.install_kit(node)
    inside(node, "mkdir", "-p", "/var/lib/alta-web")
    _put(node, "/etc/nginx/sites-enabled/default", node.filled("nginx.conf"))
    inside(node, "sh", "-c", "systemctl enable --quiet nginx && systemctl reload-or-restart nginx")


def _template(node: LabNode) -> None:
    """The database that every tenant is a clone of: made aside, and named only when it is whole."""
    stamp = f"{MODULES} {LANGUAGES}"
    query = f"select shobj_description(oid, 'pg_database') from pg_database where datname = '{TEMPLATE}'"  # noqa: S608
    if inside(node, *_PSQL, query).strip() == stamp:
        return
    making = f"{TEMPLATE}_new"
    inside(node, "systemctl", "stop", "odoo")  # its cron would be in the way, and it knows only modules it began with
    _drop(node, making)
    inside(node, *ODOO, "-d", making, "-i", MODULES, f"--load-language={LANGUAGES}", "--stop-after-init")
    inside(node, *ODOO[:5], "shell", *ODOO[5:], "-d", making, stdin=(FILES / "template.shell").read_bytes())
    _drop(node, TEMPLATE)
    files = "/var/lib/odoo/.local/share/Odoo/filestore"
    inside(node, "sh", "-c", f"rm -rf {files}/{TEMPLATE} && mv -T {files}/{making} {files}/{TEMPLATE}")
    for statement in (
        # Odoo's cron meets every database that lets it in, this one too.
        f"alter database {making} is_template true allow_connections false",
        f"select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{making}'",  # noqa: S608
        f"alter database {making} rename to {TEMPLATE}",
        f"comment on database {TEMPLATE} is '{stamp}'",
    ):
        inside(node, *_PSQL, statement)
    # Where it runs already, it runs without what the template has now.
    inside(node, "systemctl", "try-restart", "odoo")


def _drop(node: LabNode, database: str) -> None:
    exists = inside(node, *_PSQL, f"select 1 from pg_database where datname = '{database}'")  # noqa: S608
    if exists.strip():
        inside(node, *_PSQL, f"alter database {database} is_template false")
        inside(node, *_PSQL, f"drop database {database} with (force)")


def _odoo(node: LabNode) -> None:
    inside(node, "systemctl", "enable", "--quiet", "--now", "odoo")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            # No database is called "127": Odoo answers all the same, by sending one elsewhere.
            if httpx.get(f"{node.http_url}/web/health", timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise LabError(f"Odoo does not answer on {node.http_url}; look into /var/log/odoo in the container.")


def _put(node: LabNode, path: str, text: str, *, owner: str = "root:root", mode: str = "644") -> bool:
    """Writes a file; True where it is another than before."""
    return "new" in inside(node, "sh", "-c", _WRITE, path, owner, mode, stdin=text.encode())


_SHARED: tuple[tuple[str, Callable[[Lab], None]], ...] = (
    ("packages of the host", base.host_packages),
    ("Debian", base.debian),
    ("Odoo 19, PostgreSQL, nginx", base.odoo),
)
_EACH: tuple[tuple[str, Callable[[LabNode], None]], ...] = (
    ("container", _container),
    ("services", _services),
    ("node kit", _kit),
    ("template database", _template),
    ("Odoo", _odoo),
    ("SSH server of the host", host.start),
)
