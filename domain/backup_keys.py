"""Sealing archives with age (age-encryption.org), so that an operator may also open one by hand: `age -d -i KEY`.
The only importer of pyrage."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol

import pyrage

from domain.errors import Unavailable
from domain.settings import settings


class Source(Protocol):
    """Where bytes come from: at most `size` of them; b"" at the end."""

    def read(self, size: int = -1, /) -> bytes: ...


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> int | None: ...
    def flush(self) -> None: ...


def new() -> str:
    """A new key, as BACKUP_KEY wants it."""
    return str(pyrage.x25519.Identity.generate())


def key_id() -> str:
    """The public half of the key that seals now. Raises Unavailable where none is configured."""
    return next(iter(_identities()))


def known(name: str) -> bool:
    """True when a backup sealed for `name` can be opened here."""
    return name in _identities()


def seal(source: Source, sink: Sink) -> None:
    """Encrypts as it reads, 64 kB at a time."""
    pyrage.encrypt_io(source, sink, [_identities()[key_id()].to_public()])


def unseal(source: "Chunks", sink: Sink) -> None:
    """Decrypts as it reads; each 64 kB are authenticated before they are written.

    Raises Unavailable where no key of ours opens it, and where it was changed or cut short.
    """
    try:
        pyrage.decrypt_io(source, sink, list(_identities().values()))
    except (pyrage.DecryptError, OSError) as error:
        if source.failure is not None:
            raise source.failure from error
        wrong = "No matching keys" in str(error)
        words = WRONG_KEY if wrong else CORRUPT
        raise Unavailable(words, code="wrong_key" if wrong else "corrupt") from error


WRONG_KEY = "Ninguna clave de BACKUP_KEY abre esta copia: se cifró con otra."
CORRUPT = "La copia está dañada en el almacén: no se puede descifrar entera. No se ha cambiado nada."


def _identities() -> dict[str, "pyrage.x25519.Identity"]:
    found = _parsed(settings().backup_key.get_secret_value())
    if not found:
        raise Unavailable("Falta BACKUP_KEY: sin clave no se hacen copias.", code="no_backup_key")
    return found


@lru_cache(maxsize=4)
def _parsed(_raw: str) -> dict[str, "pyrage.x25519.Identity"]:
    try:
        identities = [pyrage.x25519.Identity.from_str(word) for word in settings().backup_keys]
    except pyrage.IdentityError as error:
        raise Unavailable("BACKUP_KEY no es una clave de age (AGE-SECRET-KEY-1…).", code="no_backup_key") from error
    return {str(identity.to_public()): identity for identity in identities}


class Chunks:
    """An iterator of byte strings as a Source."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, b""
        self.failure: Exception | None = None  # what the iterator raised: age would only say "i/o error"

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes."""
        while not self._rest:
            try:
                chunk = next(self._chunks, None)
            except Exception as error:
                self.failure = error
                raise
            if chunk is None:
                return b""
            self._rest = bytes(chunk)
        size = len(self._rest) if size < 0 else size
        given, self._rest = self._rest[:size], self._rest[size:]
        return given
