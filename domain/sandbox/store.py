"""JSON documents by kind and identifier: read from memory, written through to SQLite, so a restart loses nothing."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Document = dict[str, Any]

_SCHEMA = """
create table if not exists documents (
    seq integer primary key, kind text not null, id text not null, body text not null, unique (kind, id)
)
"""
_UPSERT = """
insert into documents (kind, id, body) values (?, ?, ?)
on conflict (kind, id) do update set body = excluded.body
"""


class Store:
    """One thread's documents. Readers get copies, so only `put` changes anything.

    `transaction()` makes several writes one: an exception inside undoes them in memory and on disk.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._database = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self._database.execute("pragma journal_mode=wal")
        self._database.execute("pragma synchronous=normal")
        self._database.execute(_SCHEMA)
        self._bodies: dict[str, dict[str, str]] = {}
        for kind, identifier, body in self._database.execute("select kind, id, body from documents order by seq"):
            self._bodies.setdefault(kind, {})[identifier] = body
        self._undo: list[tuple[str, str, str | None]] = []
        self._after: list[Callable[[], None]] = []
        self._open = False

    def get(self, kind: str, identifier: str) -> Document | None:
        """A copy of the document, or None."""
        body = self._bodies.get(kind, {}).get(identifier)
        return None if body is None else json.loads(body)

    def put(self, kind: str, document: Document) -> None:
        """Keep the document under its `id`; a new one comes last in its kind."""
        identifier, body = document["id"], json.dumps(document, separators=(",", ":"))
        bodies = self._bodies.setdefault(kind, {})
        if self._open:
            self._undo.append((kind, identifier, bodies.get(identifier)))
        bodies[identifier] = body
        self._database.execute(
            _UPSERT,
            (kind, identifier, body),
        )

    def newest_first(self, kind: str, mentioning: str = "") -> Iterator[Document]:
        """Copies of all documents of a kind, the last made first.

        `mentioning` spares the reading of those whose text does not have it (an identifier, say); the caller still
        checks in which field it stands.
        """
        for body in reversed(list(self._bodies.get(kind, {}).values())):
            if mentioning in body:
                yield json.loads(body)

    def count(self, kind: str) -> int:
        """How many documents of a kind there are."""
        return len(self._bodies.get(kind, {}))

    def delete_all(self, kind: str) -> int:
        """Forget every document of a kind; how many there were. Not part of a transaction."""
        self._database.execute("delete from documents where kind = ?", (kind,))
        return len(self._bodies.pop(kind, {}))

    def keep_only(self, *kinds: str) -> int:
        """Forget all documents of other kinds; how many there were. Not part of a transaction."""
        return sum(self.delete_all(kind) for kind in list(self._bodies) if kind not in kinds)

    def once_written(self, callback: Callable[[], None]) -> None:
        """Call when the open transaction has been written; forgotten if it is undone. At once outside of one."""
        if self._open:
            self._after.append(callback)
        else:
            callback()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside, or none. A transaction inside another is part of it."""
        if self._open:
            yield
            return
        self._open = True
        self._database.execute("begin")
        try:
            yield
        except BaseException:
            self._roll_back()
            raise
        self._database.execute("end transaction")
        callbacks, self._after, self._undo, self._open = self._after, [], [], False
        for callback in callbacks:
            callback()

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Inside a transaction: all writes in the block are taken back at its end, as if they had not been."""
        written, planned = len(self._undo), len(self._after)
        self._database.execute("savepoint rehearsal")
        try:
            yield
        finally:
            self._database.execute("rollback to rehearsal")
            self._database.execute("release rehearsal")
            self._take_back(written)
            del self._after[planned:]

    def _take_back(self, keep: int) -> None:
        for kind, identifier, body in reversed(self._undo[keep:]):
            if body is None:
                del self._bodies[kind][identifier]
            else:
                self._bodies[kind][identifier] = body
        del self._undo[keep:]

    def _roll_back(self) -> None:
        self._database.execute("rollback")
        self._take_back(0)
        self._after, self._open = [], False

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        self._database.close()
