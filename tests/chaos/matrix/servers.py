"""What a node stands on: a PostgreSQL that may die, and a disk that may be filled."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from domain import embedded
from tests.chaos.matrix.waiting import until

SPARE = 8 * 1024 * 1024
DISK = "3g"  # of memory, where it is used


class Server:
    """A PostgreSQL that may be stopped as a power cut stops it."""

    def __init__(self, where: Path | None = None) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="alta-pg-", dir=where))
        self.directory.chmod(0o755)
        self._stack = contextlib.ExitStack()
        self.url = self._stack.enter_context(embedded.server(self.directory))

    def restart(self) -> None:
        """Dead at once, then back; connections are gone, what was committed is there."""
        lock = self.directory / "postgres" / "postmaster.pid"
        if lock.exists():  # it may have ended by itself
            pid = int(lock.read_text().split("\n", 1)[0])
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)
            until(lambda: not Path(f"/proc/{pid}").exists(), 20)
        self._stack.close()
        self.url = self._stack.enter_context(embedded.server(self.directory))

    def close(self) -> None:
        """Ends it."""
        self._stack.close()
        shutil.rmtree(self.directory, ignore_errors=True)


class Disk:
    """The node's disk, for all that it has: small enough to be filled. Without root it is the machine's own."""

    def __init__(self, directory: Path) -> None:
        self._directory, self._rest = directory, directory / "rest"
        directory.mkdir()
        options = ["-t", "tmpfs", "-o", f"size={DISK},mode=755", "tmpfs", str(directory)]
        mount = shutil.which("mount") if os.geteuid() == 0 else None
        self.small = mount is not None and subprocess.run([mount, *options], check=False).returncode == 0

    def fill(self) -> None:
        """Not one byte more."""
        room = os.statvfs(self._directory)
        with self._rest.open("wb", buffering=0) as rest, contextlib.suppress(OSError):
            os.posix_fallocate(rest.fileno(), 0, room.f_bavail * room.f_frsize - SPARE)
            rest.seek(0, os.SEEK_END)
            while rest.write(b"\0" * 4096):  # others write too: until nobody can
                continue

    def empty(self) -> None:
        """There is room again."""
        self._rest.unlink()

    def close(self) -> None:
        """Gone, with all that is on it."""
        if self.small:
            subprocess.run([shutil.which("umount") or "umount", "-l", str(self._directory)], check=False)
