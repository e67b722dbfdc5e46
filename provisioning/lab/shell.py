"""Commands of the steps: their output goes to the lab's log, and its end into the error."""

import os
import shutil
import subprocess

from provisioning.lab.places import Lab, LabError, LabNode

# A container's processes must find nothing of the shell that started the lab.
_CLEAN = [
    "env",
    "-i",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL=C.UTF-8",
    "HOME=/root",
    "DEBIAN_FRONTEND=noninteractive",
]

# "Running" says LXC as soon as init is there; systemd listens a little later. Its last word may be "degraded", with 1,
# where some unit of Debian's does not suit a container.
_UP = "until [ -S /run/systemd/private ]; do sleep 0.05; done; systemctl is-system-running --wait || true"


def run(lab: Lab, *argv: str, stdin: bytes = b"", env: dict[str, str] | None = None, seconds: float = 900) -> str:
    """Runs a command to its end; returns its output. Raises LabError with its last lines."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed words and paths of our own, no shell
            argv,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{argv[0]} did not end in {seconds:.0f} s") from error
    said = done.stdout.decode(errors="replace")
    with lab.log.open("a") as log:
        log.write(f"\n$ {' '.join(argv)}\n{said}")
    if done.returncode:
        raise LabError(f"{' '.join(argv[-4:])} ended with {done.returncode}:\n{said[-1500:].strip()}")
    return said


def in_base(lab: Lab, *argv: str) -> str:
    """Runs a command in the base system, of which nothing is started."""
    return run(lab, "chroot", str(lab.base), *_CLEAN, *argv)


def inside(node: LabNode, *argv: str, stdin: bytes = b"", seconds: float = 900) -> str:
    """Runs a command in the node's container, as root."""
    return run(node.lab, "lxc-attach", *_which(node), "--", *_CLEAN, *argv, stdin=stdin, seconds=seconds)


def start(node: LabNode) -> None:
    """Starts the container; returns when its system is up."""
    run(node.lab, "lxc-start", *_which(node))
    run(node.lab, "lxc-wait", *_which(node), "-s", "RUNNING", "-t", "20")
    inside(node, "sh", "-c", _UP, seconds=120)


def stop(node: LabNode) -> None:
    """Ends the container and all that runs in it."""
    if running(node):
        run(node.lab, "lxc-stop", *_which(node), "-k")


def running(node: LabNode) -> bool:
    """Whether the container runs."""
    if shutil.which("lxc-info") is None or not node.config.exists():
        return False
    argv = ["lxc-info", *_which(node), "-s", "-H"]
    return b"RUNNING" in subprocess.run(argv, capture_output=True, check=False).stdout  # noqa: S603


def _which(node: LabNode) -> tuple[str, ...]:
    return ("-P", str(node.lab.containers), "-n", node.container_name)
