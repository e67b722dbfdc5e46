"""Jobs that stand still at a named step: scripts on the node at a lock of ours, what the panel does at a proxy."""

import asyncio
import contextlib
import fcntl
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import IO, Any

# Sourced by every verb: a script waits, behind the word that names its step, for as long as we hold the lock.
NODE_CONF = r"""
matrix_hold() { local gate=${ALTA_STATE:-/var/lib/alta}/hold/$1; if [[ -e $gate ]]; then flock -s "$gate" true; fi; }
case ${0##*/} in
  receive.sh) matrix_hold "${1-}.receive" ;;
  fetch.sh) if [[ ${2-} != about ]]; then matrix_hold "${1-}.store"; fi ;;
esac
matrix_psql() { # a step that SQL names: held when its file is done
  local each given=()
  for each; do
    given+=("$each")
    case ${each##*/} in company.sql | login.sql | address.sql)
      local gate=${ALTA_STATE:-}/hold/${ALTA_JOB-}.$(basename "$each" .sql)
      given+=(-c "\\! [ ! -e $gate ] || flock -s $gate true") ;;
    esac
  done
  command psql "${given[@]}"
}
if [[ -n ${ALTA_ATTEMPT:-} ]]; then
  set -o functrace
  trap 'if [[ ${FUNCNAME[0]-} == run_attempt ]]; then psql() { matrix_psql "$@"; }; fi
  if [[ ${FUNCNAME[0]-} != step ]]; then
    if [[ -n ${MATRIX_STEP-} ]]; then MATRIX_HELD=$MATRIX_STEP MATRIX_STEP=; matrix_hold "$ALTA_JOB.$MATRIX_HELD"; fi
    if [[ $BASH_COMMAND == "step "* ]]; then MATRIX_STEP=${BASH_COMMAND#step }; fi
  fi' DEBUG
fi
"""


class Holds:
    """Locks in the node's `hold` directory, one a job and step."""

    def __init__(self, directory: Callable[[], Path]) -> None:
        self._directory = directory  # asked each time: a container that was restarted is another process
        self._held: list[IO[bytes]] = []

    def hold(self, ticket: str, step: str) -> None:
        """From now on that job stops there."""
        folder = self._directory()
        folder.mkdir(parents=True, exist_ok=True)
        gate = (folder / f"{ticket}.{step}").open("wb")
        fcntl.flock(gate, fcntl.LOCK_EX)
        self._held.append(gate)

    def stand_aside(self) -> None:
        """Nobody who comes from now on is held; who waits goes on waiting."""
        for gate in self._held:
            Path(gate.name).unlink(missing_ok=True)

    def release(self) -> None:
        """Everybody goes on."""
        self.stand_aside()
        for gate in self._held:
            gate.close()
        self._held.clear()


class Proxy:
    """Before the node's web side: holds visits to some hosts, slows all of them, or loses an answer."""

    def __init__(self, port: int) -> None:
        self.held: set[str] = set()
        self.losing: set[str] = set()
        self.pause = 0.0
        self.target = port
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._server = self._call(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._open = self._call(_event())

    def release(self) -> None:
        """Everybody goes on."""
        self.held.clear()
        self._loop.call_soon_threadsafe(self._open.set)

    def hold(self, hosts: set[str]) -> None:
        """Visits to these hosts wait."""
        self._loop.call_soon_threadsafe(self._open.clear)
        self.held |= hosts

    def close(self) -> None:
        """Listens no more."""
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _call(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            host = next((line[5:].strip().decode() for line in head.split(b"\r\n") if line[:5].lower() == b"host:"), "")
            if host in self.held:
                await self._open.wait()
            await asyncio.sleep(self.pause)
            there_reader, there = await asyncio.open_connection("127.0.0.1", self.target)
            # One request a connection, so that each is seen.
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
            there.write(b"\r\n".join([lines[0], b"Connection: close", *lines[1:]]))
            answer = await there_reader.read()
            there.close()
            if host in self.losing:
                self.losing.discard(host)
                writer.transport.abort()
                return
            writer.write(answer)
            await writer.drain()
        writer.close()


async def _event() -> asyncio.Event:
    return asyncio.Event()
