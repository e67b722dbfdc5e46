"""Where everything of a lab is. One directory holds it all; what was chosen and done is in its `lab.json`."""

import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILES = Path(__file__).parent / "files"
FIRST_CONTAINER = 105
PORTS = ("ssh", "http", "odoo")


class LabError(Exception):
    """A step did not work; the message says what to do or what the step said last."""


@dataclass(frozen=True)
class Lab:
    """A lab in `directory`: a base system that all its nodes share read-only, and one layer a node above it."""

    directory: Path

    @property
    def base(self) -> Path:
        """The root of the shared system: Debian, PostgreSQL, nginx, Odoo."""
        return self.directory / "base"

    @property
    def containers(self) -> Path:
        """LXC's directory. Absolute: its monitor changes directory."""
        return self.directory / "lxc"

    @property
    def log(self) -> Path:
        """What the steps' commands said."""
        return self.directory / "lab.log"

    def node(self, number: int) -> "LabNode":
        """The node of that number, from 0, whether or not it was built."""
        name = f"lab-{chr(ord('a') + number)}"
        return LabNode(self, name, FIRST_CONTAINER + number, self._ports(name))

    def nodes(self) -> list["LabNode"]:
        """Those that were begun."""
        return [self.node(number) for number in range(len(self.remembered().get("ports", {})))]

    def remembered(self) -> dict[str, Any]:
        """What `lab.json` says; {} before the first step."""
        file = self.directory / "lab.json"
        stored: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        return stored

    def remember(self, **more: Any) -> None:
        """Adds to `lab.json`, in one move."""
        new = self.directory / "lab.json.new"
        new.write_text(json.dumps({**self.remembered(), **more}, indent=1))
        new.replace(self.directory / "lab.json")

    def _ports(self, name: str) -> dict[str, int]:
        known: dict[str, dict[str, int]] = self.remembered().get("ports", {})
        if name not in known:
            sockets = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
            known[name] = {part: each.getsockname()[1] for part, each in zip(PORTS, sockets, strict=True)}
            for each in sockets:
                each.close()
            self.remember(ports=known)
        return known[name]


@dataclass(frozen=True)
class LabNode:
    """One container on one host that plays a Proxmox: an SSH server of its own, with its own keys."""

    lab: Lab
    name: str
    container: int
    ports: dict[str, int]

    @property
    def container_name(self) -> str:
        """What LXC calls it."""
        return f"alta-{self.name}-{self.container}"

    @property
    def config(self) -> Path:
        """LXC's description of the container."""
        return self.lab.containers / self.container_name / "config"

    @property
    def layer(self) -> Path:
        """What this node has changed of the base."""
        return self.config.parent / "layer"

    @property
    def host(self) -> Path:
        """The host's side: keys, sshd's configuration, `pct`."""
        return self.lab.directory / self.name

    @property
    def http_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['http']}"

    def filled(self, file: str, **more: str) -> str:
        """One of `files/` with this node's words in place of its @WORDS@."""
        words = {
            "NODE": self.name,
            "CONTAINER": str(self.container),
            "CONTAINERS": str(self.lab.containers),
            "NAME": self.container_name,
            "BASE": str(self.lab.base),
            "LAYER": str(self.layer),
            "HOST": str(self.host),
            "PORT": str(self.ports["ssh"]),
            "HTTP": str(self.ports["http"]),
            "ODOO": str(self.ports["odoo"]),
            **more,
        }
        text = (FILES / file).read_text()
        for word, value in words.items():
            text = text.replace(f"@{word}@", value)
        return text

    def addresses(self) -> dict[str, Any]:
        """The same keys as the stand-in node's ready line."""
        return {
            "ssh_host": "127.0.0.1",
            "ssh_port": self.ports["ssh"],
            "user": "root",
            "key_file": str(self.host / "client_key"),
            "known_host": (self.host / "host_key.pub").read_text().strip(),
            "container": self.container,
            "http_url": self.http_url,
            "http_port": self.ports["http"],
        }
