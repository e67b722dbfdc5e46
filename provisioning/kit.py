"""The node kit as one archive, the same bytes for the same files, and its content hash: what a node has installed."""

import hashlib
import io
import tarfile
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "node"
HOST_GATE = FOLDER / "host" / "gate"
_LEFT_OUT = {"host", "__pycache__", "README.md"}  # the host's side, and what only we read


@lru_cache
def archive() -> bytes:
    """A tar of everything that belongs into a container. Names, modes and contents only: no times, no owners."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for file in sorted(FOLDER.rglob("*")):
            if file.is_file() and not _LEFT_OUT & set(file.relative_to(FOLDER).parts):
                entry = tarfile.TarInfo(str(file.relative_to(FOLDER)))
                entry.size = file.stat().st_size
                entry.mode = 0o755 if file.stat().st_mode & 0o100 else 0o644
                tar.addfile(entry, io.BytesIO(file.read_bytes()))
    return packed.getvalue()


@lru_cache
def digest() -> str:
    """SHA-256 of the archive: the kit's name on a node."""
    return hashlib.sha256(archive()).hexdigest()


@lru_cache
def version() -> str:
    """What the kit calls itself; grows with each release."""
    return (FOLDER / "VERSION").read_text().strip()


def belongs(installed: str, its_version: str) -> bool:
    """Whether this panel should replace the installed kit: an older panel leaves a newer kit alone."""
    return installed != digest() and _numbers(its_version) <= _numbers(version())


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))
