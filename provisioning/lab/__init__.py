"""A real node on this machine: real Odoo 19 in a real LXC container, behind an OpenSSH server that answers `pct`."""

from provisioning.lab.build import up
from provisioning.lab.life import down, status
from provisioning.lab.places import Lab, LabError, LabNode

__all__ = ["Lab", "LabError", "LabNode", "down", "status", "up"]
