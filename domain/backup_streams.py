"""Archives on their way to the store and back: sealed and opened as they flow, with memory for a few pieces only."""

import hashlib
import os
import threading
from collections.abc import Generator
from dataclasses import dataclass

from domain import backup_keys
from domain.backup_keys import Chunks, Sink
from domain.backup_store import CHUNK, Store
from domain.errors import Unavailable


@dataclass(frozen=True)
class Sealed:
    """What was stored: bytes of the archive and of the sealed object, and the archive's SHA-256."""

    size: int
    stored_size: int
    sha256: str


class _Abandoned(Exception):
    """The archive did not come to its end: nothing may be stored."""


class Upload:
    """Takes an archive in pieces, from any thread, and stores it sealed under `key`. End it with `finish` or
    `abandon`; both wait for the store."""

    def __init__(self, store: Store, key: str) -> None:
        self._store, self._key = store, key
        self._out, self._in = os.pipe()
        self._hash = hashlib.sha256()
        self._writing = threading.Lock()  # or a closed number could be another file's by the time it is written to
        self._abandoned = False
        self._failure: BaseException | None = None
        self.size = 0
        self._stored = 0
        self._thread = threading.Thread(target=self._run, name="backup upload", daemon=True)
        self._thread.start()

    @property
    def sha256(self) -> str:
        """Of what was written so far."""
        return self._hash.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Blocks while the store is behind. Raises what keeps the store from taking it (Unavailable)."""
        self._hash.update(chunk)
        self.size += len(chunk)
        view = memoryview(chunk)
        try:
            with self._writing:
                while view and not self._abandoned:
                    view = view[os.write(self._in, view) :]
        except BrokenPipeError:
            self._thread.join()
            raise self._reason() from None

    def finish(self) -> Sealed:
        """The archive is whole: returns when the store has it. Raises Unavailable."""
        self._end()
        if self._failure is not None:
            raise self._reason()
        return Sealed(self.size, self._stored, self.sha256)

    def abandon(self) -> None:
        """Stores nothing."""
        self._abandoned = True
        self._end()

    def _end(self) -> None:
        with self._writing:
            if self._in >= 0:
                os.close(self._in)
                self._in = -1
        self._thread.join()

    def _reason(self) -> BaseException:
        return self._failure or Unavailable("El almacén de copias dejó de recibir.", code="store")

    def _run(self) -> None:
        try:
            with open(self._out, "rb", buffering=0) as source, self._store.writing(self._key) as sink:  # noqa: PTH123
                counting = _Counting(sink)
                backup_keys.seal(source, counting)
                if self._abandoned:
                    raise _Abandoned
                self._stored = counting.size
        except BaseException as error:  # noqa: BLE001 - whoever writes raises it
            self._failure = error


class _Counting:
    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.size = 0

    def write(self, data: bytes, /) -> int:
        self._sink.write(data)
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing to do: the end of the block is what counts."""


def archive(store: Store, key: str, *, skip: int = 0) -> Generator[bytes, None, None]:
    """The archive under `key`, opened, from byte `skip` on. Raises Unavailable, at worst in mid-way."""
    out, into = os.pipe()
    failure: list[BaseException] = []

    def run() -> None:
        try:
            with open(into, "wb", buffering=0) as sink:  # noqa: PTH123
                backup_keys.unseal(Chunks(store.chunks(key)), _Whole(sink))
        except BaseException as error:  # noqa: BLE001 - the reader raises it
            failure.append(error)

    thread = threading.Thread(target=run, name="backup reader", daemon=True)
    thread.start()
    try:
        with open(out, "rb", buffering=0) as source:  # noqa: PTH123
            while chunk := source.read(CHUNK):
                if skip < len(chunk):
                    yield chunk[skip:]
                skip = max(0, skip - len(chunk))
    finally:  # a reader that goes away closes the pipe, and with it the thread's work
        thread.join()
    if failure:
        raise failure[0]


class _Whole:
    """Writes each piece whole: a pipe takes what fits."""

    def __init__(self, raw: Sink) -> None:
        self._raw = raw

    def write(self, data: bytes, /) -> int:
        view = memoryview(data)
        while view:
            view = view[self._raw.write(view) or 0 :]  # type: ignore[arg-type]
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""
