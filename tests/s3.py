"""A real S3 server for tests: `rclone serve s3` as a process of its own, on a free port of loopback."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ACCESS = "AKIAPRUEBAS"


class S3:
    """`folder` has one directory a bucket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secret = secrets.token_hex(8)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Listens when this returns."""
        (self.folder / "copias").mkdir(parents=True, exist_ok=True)
        rclone = Path(sys.executable).parent / "rclone"
        argv = [str(rclone if rclone.exists() else shutil.which("rclone")), "serve", "s3", str(self.folder)]
        argv += ["--addr", f"127.0.0.1:{self.port}", "--auth-key", f"{ACCESS},{self.secret}"]
        with (self.folder.parent / "s3.log").open("ab") as log:
            self._process = subprocess.Popen(
                argv, stdout=log, stderr=log, env={**os.environ, "RCLONE_CONFIG": os.devnull}
            )
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert time.monotonic() < deadline, (self.folder.parent / "s3.log").read_text()
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """Gone at once, whatever it was doing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def environment(self, path: str) -> dict[str, str]:
        """The settings that name it; `path` is bucket and prefix."""
        return {
            "BACKUP_URL": f"s3://{path}",
            "BACKUP_ENDPOINT": f"http://127.0.0.1:{self.port}",
            "BACKUP_ACCESS_KEY": ACCESS,
            "BACKUP_SECRET_KEY": self.secret,
        }

    def files(self) -> list[str]:
        """Every object, as bucket/key."""
        return sorted(str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if file.is_file())


@pytest.fixture
def s3_server(tmp_path: Path) -> Iterator[S3]:
    """One, empty but for the bucket `copias`."""
    server = S3(tmp_path / "s3" / "buckets")
    server.start()
    yield server
    server.stop()
