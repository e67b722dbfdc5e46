"""From a node's bytes to the journal: in batches of at most 50 ms, each with the place it was read up to.

Lines and place are written in one transaction, and only on from the place where the row stands: whoever reattaches
begins at that place and neither loses nor doubles a line. Memory stays flat: whoever feeds waits while we are behind.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from domain.journal import JOB_LIMIT, Batch, append
from domain.models.base import now
from provisioning.lines import Piece, Splitter

INTERVAL = 0.05  # seconds between two writes: half of what a reader may wait for in all
BIG = 1_000  # lines that are written without waiting for the interval
BEHIND = 4_000  # lines not yet written at which the feeder waits
TAIL = 1_000  # last lines that are kept of a job that passes the limit
HEAD = JOB_LIMIT - TAIL - 1
LIMIT_NOTE = f"… [más de {HEAD:,} líneas: desde aquí solo se guardan las últimas {TAIL:,}]".replace(",", ".")


class _Entry(NamedTuple):
    at: datetime
    text: str
    start: int


class Transcript:
    """One job's log for one `attempt` (None: whose it is does not matter). `log_bytes` and `last_line` are the job
    row's; `secrets` are hidden by value.

    `result` is the last `::result`; `step` the last `::step`, begun at `step_at` (seconds of the loop's clock);
    `fed` counts bytes received, so that a caller sees whether anything came.
    """

    def __init__(
        self,
        job_id: int,
        *,
        attempt: int | None = None,
        log_bytes: int = 0,
        last_line: int = 0,
        secrets: Iterable[str] = (),
        write: Callable[[int, Batch], int] = append,
    ) -> None:
        self.job_id = job_id
        self.result: dict[str, Any] | None = None
        self.step: str | None = None
        self.step_at = asyncio.get_running_loop().time()
        self.fed = 0
        self._write, self._attempt = write, attempt
        self._secrets = tuple(secrets)
        self._splitter = Splitter(log_bytes, self._secrets)
        self._in_phases = False
        self._written_to = log_bytes
        self._lines = last_line  # written or about to be
        self._ready: list[_Entry] = []
        self._tail: deque[_Entry] = deque(maxlen=TAIL)
        self._steps: list[tuple[datetime, str]] = []
        self._recent: deque[str] = deque(maxlen=20)
        self._wake, self._big, self._caught_up = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._caught_up.set()
        self._writing = False
        self._failure: BaseException | None = None
        self._pump = asyncio.create_task(self._write_on(), name=f"transcript {job_id}")

    async def feed(self, chunk: bytes) -> None:
        """Takes bytes as they come. Waits while too much is unwritten; raises what kept a write from happening."""
        self.fed += len(chunk)
        self._take(self._splitter.feed(chunk))
        await self._caught_up.wait()
        if self._failure is not None:
            raise self._failure

    def note(self, text: str) -> None:
        """Adds a line of our own."""
        self._line(_Entry(now(), text, self._splitter.offset))
        self._wake.set()

    def aside(self, said: bytes) -> None:
        """Adds lines that came from the node and are not in its log."""
        splitter = Splitter(0, self._secrets)
        for piece in [*splitter.feed(said), *splitter.rest()]:
            if piece.kind == "text":
                self.note(piece.value)

    def begin_step(self, name: str) -> None:
        """A step that is ours and not the script's."""
        self._step(name)
        self._wake.set()

    def in_phases(self) -> None:
        """The steps that scripts name are not the job's: its own are told by `begin_phase`."""
        self._in_phases = True

    async def begin_phase(self, name: str, step: str, at: int) -> None:
        """From here on another script's log is read, from byte `at`; its own steps are not the job's."""
        await self.flush()
        begun = Batch(
            steps=[(now(), step)],
            log_bytes=at,
            from_bytes=self._written_to,
            attempt=self._attempt,
            phase=name,
        )
        await asyncio.to_thread(self._write, self.job_id, begun)
        self._splitter, self._written_to = Splitter(at, self._secrets), at
        self.result = None
        self.in_phases()
        self.step, self.step_at = step, asyncio.get_running_loop().time()

    def rewind(self) -> int:
        """Drops an unfinished line and returns the byte from which to read on after a cut."""
        self._splitter.rewind(self._splitter.offset)
        return self._splitter.offset

    def no_further_than(self, offset: int) -> None:
        """The log ends at `offset`: what was taken beyond it was another one's."""
        if self._splitter.offset > offset:
            self._splitter.rewind(offset)

    def last_lines(self, count: int = 5) -> list[str]:
        """The newest lines that are not blank, oldest first."""
        return [line for line in self._recent if line.strip()][-count:]

    async def finish(self) -> None:
        """The log has ended: writes everything, an unfinished last line and the kept tail included."""
        self._take(self._splitter.rest())
        self._ready += self._tail
        self._lines += len(self._tail)
        self._tail.clear()
        await self.flush()

    async def flush(self) -> None:
        """Returns when everything taken so far is written. Raises what kept it from happening."""
        while self._unwritten() and self._failure is None:
            self._caught_up.clear()
            self._wake.set()
            self._big.set()
            await self._caught_up.wait()
        if self._failure is not None:
            raise self._failure

    async def close(self) -> None:
        """Stops writing. What is unwritten is read again by the next attempt."""
        self._pump.cancel()
        await asyncio.wait([self._pump])

    def _take(self, pieces: list[Piece]) -> None:
        moment = now()
        for piece in pieces:
            if piece.kind == "text":
                self._line(_Entry(moment, piece.value, piece.start))
            elif piece.kind == "step" and not self._in_phases:
                self._step(piece.value)
            elif piece.kind == "result":
                self.result = piece.value
        if pieces:
            self._wake.set()
        if len(self._ready) >= BIG:
            self._big.set()
        if len(self._ready) >= BEHIND:
            self._caught_up.clear()

    def _step(self, name: str) -> None:
        self.step, self.step_at = name, asyncio.get_running_loop().time()
        self._steps.append((now(), name))

    def _line(self, entry: _Entry) -> None:
        self._recent.append(entry.text)
        if self._lines > HEAD:
            self._tail.append(entry)
            return
        self._ready.append(entry)
        self._lines += 1
        if self._lines == HEAD:
            self._ready.append(_Entry(entry.at, LIMIT_NOTE, self._splitter.offset))
            self._lines += 1

    def _unwritten(self) -> bool:
        # What is being written has left the lists already, and is not there before its write has ended.
        return bool(self._writing or self._ready or self._steps or self._place() != self._written_to)

    def _place(self) -> int:
        """How far the log is read once everything in `_ready` is written: the kept tail is read again if need be."""
        return self._tail[0].start if self._tail else self._splitter.offset

    async def _write_on(self) -> None:
        loop = asyncio.get_running_loop()
        written_at = 0.0
        try:
            while True:
                await self._wake.wait()
                pause = written_at + INTERVAL - loop.time()
                # Not wait_for: Python 3.11's may swallow the cancel of `close`, which would then wait for ever.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, pause)):
                        await self._big.wait()
                self._wake.clear()
                self._big.clear()
                await self._write_batch()
                written_at = loop.time()
                self._caught_up.set()
        except Exception as error:  # noqa: BLE001 - the feeder raises it
            self._failure = error
        finally:
            self._caught_up.set()

    async def _write_batch(self) -> None:
        place = self._place()
        batch = Batch(
            lines=[(entry.at, entry.text) for entry in self._ready],
            steps=self._steps,
            log_bytes=place if place != self._written_to else None,
            from_bytes=self._written_to,
            attempt=self._attempt,
        )
        self._ready, self._steps = [], []
        if batch:
            self._writing = True
            await asyncio.to_thread(self._write, self.job_id, batch)
            self._writing, self._written_to = False, place
