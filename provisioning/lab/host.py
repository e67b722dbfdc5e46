"""The Proxmox host's side: an OpenSSH server on loopback with keys of its own, and a `pct` for one container."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from provisioning import kit
from provisioning.lab.places import LabNode
from provisioning.lab.shell import run

SSHD = "/usr/sbin/sshd"


def start(node: LabNode) -> None:
    """Keys where there are none, configuration, and the server if it does not run."""
    for name in ("host_key", "client_key"):
        if not (node.host / name).exists():
            words = ("-q", "-t", "ed25519", "-N", "", "-C", f"alta-{node.name}")
            run(node.lab, "ssh-keygen", *words, "-f", str(node.host / name))
    authorized = node.host / "authorized_keys"
    if not authorized.exists():
        authorized.write_text((node.host / "client_key.pub").read_text())
    (node.host / "home").mkdir(mode=0o700, exist_ok=True)
    _pct(node)
    config = node.host / "sshd_config"
    changed = not config.exists() or config.read_text() != node.filled("sshd_config")
    config.write_text(node.filled("sshd_config"))
    pid = serving(node)
    if pid is not None and changed:
        os.kill(pid, signal.SIGHUP)
    if pid is None:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where sshd leaves its privileges; the same for every sshd
        run(node.lab, SSHD, "-f", str(node.host / "sshd_config"), "-E", str(node.host / "sshd.log"))


def install_kit(node: LabNode) -> None:
    """The kit by its content hash, as a panel renews it: through the gate. Nothing changes where it is there."""
    _pct(node)
    asked = f"install-kit {kit.digest()} {len(kit.archive())}"
    env = {"SSH_ORIGINAL_COMMAND": asked, "PATH": f"{node.host}/bin:{os.environ['PATH']}"}
    run(node.lab, str(kit.HOST_GATE), str(node.container), stdin=kit.archive(), env=env)


def _pct(node: LabNode) -> None:
    pct = node.host / "bin" / "pct"
    pct.write_text(node.filled("pct"))
    pct.chmod(0o755)


def serving(node: LabNode) -> int | None:
    """The server's process id; None when it does not run."""
    with suppress(OSError, ValueError):
        pid = int((node.host / "sshd.pid").read_text())
        if str(node.host).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    return None


def stop(node: LabNode) -> None:
    """Ends the server; open sessions end with their container."""
    pid = serving(node)
    if pid is None:
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    while serving(node) is not None:
        time.sleep(0.02)
