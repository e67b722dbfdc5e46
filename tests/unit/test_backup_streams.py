"""Sealing, storing and opening: the same bytes come back, nothing half is kept, and nothing waits in memory."""

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain import backup_keys, backup_store, backup_streams
from domain.errors import Unavailable
from domain.settings import settings
from tests.s3 import S3, s3_server  # noqa: F401 - the fixture


@pytest.fixture(autouse=True)
def _keyed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BACKUP_KEY", backup_keys.new())
    monkeypatch.setenv("BACKUP_URL", f"file://{tmp_path}/store")
    settings.cache_clear()
    yield
    settings.cache_clear()


def stored(key: str, *pieces: bytes) -> backup_streams.Sealed:
    upload = backup_streams.Upload(backup_store.opened(), key)
    for piece in pieces:
        upload.write(piece)
    return upload.finish()


def read(key: str, skip: int = 0) -> bytes:
    return b"".join(backup_streams.archive(backup_store.opened(), key, skip=skip))


def test_what_comes_back_is_what_went_in_and_what_lies_there_is_sealed(tmp_path: Path) -> None:
    data = b"factura 0001 " * 40_000
    sealed = stored("7/a.tar.age", data[:100], data[100:])
    assert (sealed.size, sealed.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    raw = (tmp_path / "store/7/a.tar.age").read_bytes()
    assert raw.startswith(b"age-encryption.org/v1")
    assert b"factura" not in raw
    assert len(raw) == sealed.stored_size
    assert read("7/a.tar.age") == data
    assert read("7/a.tar.age", skip=300_001) == data[300_001:]
    assert stored("7/empty.age").size == 0
    assert read("7/empty.age") == b""


def test_an_archive_that_breaks_off_is_not_stored(tmp_path: Path) -> None:
    upload = backup_streams.Upload(backup_store.opened(), "7/half.age")
    upload.write(os.urandom(200_000))
    upload.abandon()
    assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("damage", ["flip", "cut"])
def test_a_damaged_object_is_told_and_never_taken_for_whole(tmp_path: Path, damage: str) -> None:
    stored("7/a.age", os.urandom(300_000))
    file = tmp_path / "store/7/a.age"
    raw = bytearray(file.read_bytes())
    if damage == "flip":
        raw[-100_000] ^= 1
    file.write_bytes(raw if damage == "flip" else raw[:-70_000])
    with pytest.raises(Unavailable, match="dañada"):
        read("7/a.age")


def test_another_key_does_not_open_it_and_an_old_one_kept_in_the_list_does(monkeypatch: pytest.MonkeyPatch) -> None:
    old = settings().backup_key.get_secret_value()
    old_id = backup_keys.key_id()
    stored("7/a.age", b"hola")
    monkeypatch.setenv("BACKUP_KEY", backup_keys.new())
    settings.cache_clear()
    assert not backup_keys.known(old_id)
    with pytest.raises(Unavailable, match="otra"):
        read("7/a.age")
    monkeypatch.setenv("BACKUP_KEY", f"{backup_keys.new()}, {old}")
    settings.cache_clear()
    assert backup_keys.known(old_id)
    assert read("7/a.age") == b"hola"


def test_a_key_that_is_none_is_said_to_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("", "hola"):
        monkeypatch.setenv("BACKUP_KEY", wrong)
        settings.cache_clear()
        with pytest.raises(Unavailable, match="BACKUP_KEY"):
            backup_keys.key_id()


def test_a_reader_that_goes_away_ends_the_work() -> None:
    stored("7/a.age", os.urandom(3_000_000))
    pieces = backup_streams.archive(backup_store.opened(), "7/a.age")
    next(pieces)
    assert "backup reader" in running_threads()
    pieces.close()
    assert "backup reader" not in running_threads()


def running_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


def test_a_real_s3_server_takes_parts_gives_them_back_and_forgets_what_broke_off(
    s3_server: S3,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in s3_server.environment("copias/alta").items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    backup_store.opened().check()
    data = os.urandom(20_000_000)
    stored("7/big.age", *(data[at : at + 65_536] for at in range(0, len(data), 65_536)))
    assert read("7/big.age") == data
    upload = backup_streams.Upload(backup_store.opened(), "7/half.age")
    upload.write(data)
    upload.abandon()
    assert s3_server.files() == ["copias/alta/7/big.age"]
    backup_store.opened().delete("7/big.age")
    backup_store.opened().delete("7/big.age")
    assert s3_server.files() == []


def test_a_store_that_dies_in_mid_upload_is_told(s3_server: S3, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    for name, value in s3_server.environment("copias").items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    upload = backup_streams.Upload(backup_store.opened(), "7/big.age")
    upload.write(os.urandom(9_000_000))
    s3_server.stop()
    with pytest.raises(Unavailable, match="almacén"):
        for _ in range(400):
            upload.write(os.urandom(65_536))
        upload.finish()
    upload.abandon()


def test_memory_stays_flat_however_large_the_archive() -> None:
    program = (
        "import os, resource\n"
        "from domain import backup_store, backup_streams\n"
        "piece = os.urandom(1 << 18)\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "def copy(pieces):\n"
        "    upload = backup_streams.Upload(backup_store.opened(), 'x')\n"
        "    for _ in range(pieces): upload.write(piece)\n"
        "    upload.finish()\n"
        "    for _ in backup_streams.archive(backup_store.opened(), 'x'): pass\n"
        "copy(64); before = peak(); copy(512)\n"
        "print(peak() - before)\n"
    )
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert int(done.stdout) < 40_000, "kilobytes more for 128 MB than for 16 MB"
