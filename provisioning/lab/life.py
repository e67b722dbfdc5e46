"""How a lab is, and its end."""

import shutil
from dataclasses import dataclass

import httpx

from provisioning.lab import host, shell
from provisioning.lab.places import Lab, LabNode


@dataclass(frozen=True)
class LabStatus:
    """One node: whether its container runs, SSH is served and Odoo answers, and where."""

    node: LabNode
    container: bool
    ssh: bool
    odoo: bool

    @property
    def ready(self) -> bool:
        return self.container and self.ssh and self.odoo


def status(lab: Lab) -> list[LabStatus]:
    """How each node is that was begun; nothing is changed."""
    return [_status(node) for node in lab.nodes()]


def _status(node: LabNode) -> LabStatus:
    container = shell.running(node)
    return LabStatus(node, container, host.serving(node) is not None, container and _answers(node))


def _answers(node: LabNode) -> bool:
    try:
        return httpx.get(f"{node.http_url}/web/health", timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def down(lab: Lab) -> None:
    """Ends every process of the lab and removes its directory. Raises LabError."""
    for node in lab.nodes():
        host.stop(node)
        shell.stop(node)
    shutil.rmtree(lab.directory, ignore_errors=False)
