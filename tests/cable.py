"""The cable between a worker and PostgreSQL, for tests: pulled, the server is away for whoever uses this address, and
for nobody else."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

SOCKET = ".s.PGSQL.5432"


class Cable:
    """Forwards a Unix socket in `directory` to the one that `url` names; `url` is then the address to use instead."""

    def __init__(self, url: str, directory: Path) -> None:
        parts = urlsplit(url)
        host = parse_qs(parts.query).get("host") or [unquote(parts.hostname or "")]
        self._target = str(Path(host[0]) / SOCKET)
        self._path = directory / SOCKET
        directory.mkdir(parents=True, exist_ok=True)
        self.url = f"postgresql://{parts.netloc.rpartition('@')[0]}@{parts.path}?host={quote(str(directory), safe='')}"
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.plug()

    def plug(self) -> None:
        """The server is there."""
        self._call(self._listen())

    def pull(self) -> None:
        """The server is away: every connection breaks, new ones are refused."""
        self._call(self._cut())

    def close(self) -> None:
        """Ends the thread."""
        self.pull()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, self._path)

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self._path.unlink(missing_ok=True)
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there = await asyncio.open_unix_connection(self._target)
        self._open |= {writer, there}
        await asyncio.gather(self._pipe(reader, there), self._pipe(there_reader, writer))
        self._open -= {writer, there}

    @staticmethod
    async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()
