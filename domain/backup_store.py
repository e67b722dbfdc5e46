"""Where sealed archives are kept: a local directory or any S3-compatible store, by BACKUP_URL. The only importer of
obstore, which speaks both, in parts and without holding an object in memory."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from domain.backup_keys import Sink
from domain.errors import Unavailable
from domain.settings import settings

PART = 8 * 1024 * 1024  # bytes of one part of an upload: 10,000 parts are S3's limit, so objects of up to 80 GB
CHUNK = 256 * 1024
RETRIES = {"max_retries": 4}


class Store(Protocol):
    """What is asked of a store. Everything raises Unavailable when it does not answer or refuses."""

    def writing(self, key: str) -> AbstractContextManager[Sink]:
        """A new object, there only when the block ends well."""

    def chunks(self, key: str) -> Iterator[bytes]:
        """An object's bytes, in pieces."""

    def delete(self, key: str) -> None:
        """Takes an object away; one that is not there is fine."""

    def check(self) -> None:
        """Writes, reads and deletes a small object."""


def opened() -> Store:
    """The store that the settings name. Raises Unavailable where they name none."""
    now = settings()
    if not now.backup_url:
        raise Unavailable("Falta BACKUP_URL: no hay dónde guardar copias.", code="no_backup_store")
    if now.backup_url.startswith("file://"):
        return ObjectStore({"mkdir": True, "automatic_cleanup": True})
    options: dict[str, Any] = {
        "region": now.backup_region,
        "access_key_id": now.backup_access_key or None,
        "secret_access_key": now.backup_secret_key.get_secret_value() or None,
        "endpoint": now.backup_endpoint or None,
        "client_options": {"allow_http": now.backup_endpoint.startswith("http://")},
        "retry_config": RETRIES,
    }
    return ObjectStore({name: value for name, value in options.items() if value is not None})


class ObjectStore:
    """A directory (file://…) or a bucket (s3://…)."""

    def __init__(self, options: dict[str, Any]) -> None:
        with _plainly():
            self._store: Any = from_url(settings().backup_url, **options)

    @contextmanager
    def writing(self, key: str) -> Iterator[Sink]:
        """A new object, there only when the block ends well: else its parts are thrown away."""
        with _plainly(), obstore.open_writer(self._store, key, buffer_size=PART) as writer:
            yield writer

    def chunks(self, key: str) -> Iterator[bytes]:
        """An object's bytes, in pieces of at least 256 kB."""
        with _plainly():
            for chunk in obstore.get(self._store, key).stream(min_chunk_size=CHUNK):
                yield bytes(chunk)

    def delete(self, key: str) -> None:
        """Takes an object away; one that is not there is fine."""
        with _plainly():
            try:
                obstore.delete(self._store, key)
            except FileNotFoundError:
                return

    def check(self) -> None:
        """Writes, reads and deletes a small object."""
        key = ".alta-check"
        with self.writing(key) as sink:
            sink.write(b"alta")
        if b"".join(self.chunks(key)) != b"alta":
            raise Unavailable("El almacén de copias no devuelve lo que se guarda en él.", code="store")
        self.delete(key)


@contextmanager
def _plainly() -> Iterator[None]:
    """The library's errors as ours: a missing object and a store that is away are different things to people."""
    try:
        yield
    except FileNotFoundError as error:
        raise Unavailable("El archivo de la copia ya no está en el almacén.", code="store_missing") from error
    except (BaseError, OSError, ValueError) as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise Unavailable(f"El almacén de copias no responde bien: {first[:300]}", code="store") from error
