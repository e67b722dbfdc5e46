"""The live log of one job: a terminal fed in batches, with what a reader needs around it.

What a viewer has is told by two numbers, its first and its last line; everything is read after a number, so a cut
connection, a pause and a lost notice are the same thing: behind, and then caught up from the rows.
"""

import asyncio
from collections.abc import Sequence

from nicegui import background_tasks, ui

from domain import journal
from domain.formats import number
from domain.journal import Line
from ui.components import log_feed
from ui.components.ansi import plain
from ui.components.button import button, link
from ui.components.log_feed import PIECE, Batch, render
from ui.components.log_search import LogSearch
from ui.components.log_terminal import Terminal
from ui.components.named import named
from ui.components.state_badge import Badge
from ui.live import off_loop

TAIL = 500  # lines shown at first
OLDER = 1_000  # lines that one wish for older ones brings
ABOVE = 4  # lines shown above the one that was looked for
KEPT = 5_000  # lines that the browser keeps


class LogView:
    """`live`: the job still runs. Must be made inside a page; it ends with its client."""

    def __init__(self, job_id: int, *, live: bool, name: str) -> None:
        self.job_id, self.first, self.last, self.newest = job_id, 1, 0, 0
        self._paused = self._joined = False
        self._viewers, self._live, self._catching = 1, live, asyncio.Lock()
        self._loop, self._said = asyncio.get_running_loop(), 0.0
        self._client = ui.context.client
        with named(ui.element("section").classes("log"), name):
            self._toolbar()
            self._search = LogSearch(job_id, self._jump)
            self.terminal = Terminal(name, rows=KEPT + OLDER)
        self._say()
        ui.timer(0, self._begin, once=True)
        self._client.on_connect(self._came_back)
        self._client.on_disconnect(lambda: log_feed.recount(job_id))
        self._client.on_delete(self._gone)

    def show_live(self, live: bool) -> None:
        """Whether the job still runs."""
        if live != self._live:
            self._live = live
            self._say()

    # What the feed calls

    @property
    def here(self) -> bool:
        """Whether the browser is connected now."""
        return self._client.has_socket_connection

    def feed(self, batch: Batch) -> None:
        """New lines: written when they follow what is here; else `tick` has them read from the rows."""
        self.newest = max(self.newest, batch.last)
        if self._follows() and batch.first == self.last + 1:
            self.terminal.write(batch.text)
            self.last = batch.last

    def tick(self) -> None:
        """After each look of the feed: catches up where behind, and writes the line's number once a second."""
        if self.last < self.newest and self._follows():
            background_tasks.create(self._catch_up())
        if self._loop.time() - self._said > 1.0:
            self._say()

    def _follows(self) -> bool:
        return self._client.has_socket_connection and not self._paused and not self._catching.locked()

    def crowd(self, viewers: int) -> None:
        """How many watch."""
        self._viewers = viewers
        self._say()

    # What the reader does

    async def _begin(self) -> None:
        await self._to_tail()
        if not self._client.is_deleted:
            self._joined = True
            log_feed.join(self.job_id, self, after=self.last)

    def _came_back(self) -> None:
        if self._joined:
            log_feed.recount(self.job_id)
            background_tasks.create(self._catch_up())

    def _gone(self) -> None:
        if self._joined:
            self._joined = False
            log_feed.leave(self.job_id, self)

    async def _to_tail(self) -> None:
        lines = await off_loop(journal.tail, self.job_id, TAIL)
        self._replace(lines)
        self.newest = max(self.newest, self.last)

    async def _catch_up(self) -> None:
        """Brings the viewer from its last line to the newest; from the tail where too much went by."""
        if not self._follows():
            return
        async with self._catching:
            while self._client.has_socket_connection and not self._paused:
                if self.newest - self.last > KEPT:
                    await self._to_tail()
                lines = await off_loop(journal.after, self.job_id, self.last, PIECE)
                if not lines or self._paused:
                    return
                if lines[0].n != self.last + 1:
                    continue  # the reader went elsewhere meanwhile
                self.terminal.write(render(lines))
                self.last = lines[-1].n
                self.newest = max(self.newest, self.last)

    def _replace(self, lines: Sequence[Line], *, marked: int | None = None) -> None:
        above = [line for line in lines if marked is not None and line.n < marked - ABOVE]
        self.terminal.replace(render(above))
        self.terminal.mark()
        self.terminal.write(render(lines[len(above) :], marked=marked))
        self.first = lines[0].n if lines else 1
        self.last = lines[-1].n if lines else 0
        self._older.set_visibility(self.first > 1)
        self._say()

    async def _show_older(self) -> None:
        start = max(self.first - OLDER, 1)
        lines = await off_loop(journal.after, self.job_id, start - 1, min(self.last - start + 1, KEPT))
        whole = bool(lines) and lines[-1].n >= self.newest
        self._pause(not whole)
        self._replace(lines)
        self.terminal.to_top()

    async def _jump(self, wanted: int) -> None:
        lines = await off_loop(journal.after, self.job_id, max(wanted - 200, 1) - 1, 400)
        self._pause(not lines or lines[-1].n < self.newest)
        self._replace(lines, marked=wanted)
        self.terminal.to_mark()

    async def _toggle(self) -> None:
        if not self._paused:
            self._pause(True)
            return
        self._pause(False)
        await self._catch_up()
        self.terminal.to_bottom()

    def _pause(self, paused: bool) -> None:
        self._paused = paused
        self._button.set_text("Seguir" if paused else "Pausar")
        self._say()

    def _toggle_search(self) -> None:
        self._search.toggle()

    async def _copy(self) -> None:
        chosen = await self.terminal.selection()
        if not chosen:
            lines = await off_loop(journal.after, self.job_id, self.first - 1, max(self.last - self.first + 1, 0))
            chosen = "\n".join(plain(line.text) for line in lines)
        ui.clipboard.write(chosen)
        ui.notify("Copiado.")

    # What the reader sees around the terminal

    def _toolbar(self) -> None:
        with ui.row().classes("row between wrapping log-tools"):
            with ui.row().classes("row"):
                self._badge = Badge("En vivo", "ok")
                self._words = ui.label("").classes("tiny muted num").props("role=status aria-live=off")
            with ui.row().classes("row wrapping"):
                self._older = button("Ver anteriores", self._show_older, small=True)
                button("Buscar", self._toggle_search, small=True)
                self._button = button("Pausar", self._toggle, small=True)
                button("Copiar", self._copy, small=True)
                link("Descargar", f"/api/jobs/{self.job_id}/log.txt", small=True)
        self._older.set_visibility(False)

    def _say(self) -> None:
        self._said = self._loop.time()
        if self._paused:
            behind = self.newest - self.last
            self._badge.show("En pausa", "warn")
            waiting = f", {number(behind)} nuevas" if behind > 0 else ""
        else:
            self._badge.show(*(("En vivo", "ok") if self._live else ("Terminado", "")))
            waiting = ""
        people = f", {number(self._viewers)} personas mirando" if self._viewers > 1 else ""
        here = f"línea {number(self.last)}{waiting}" if self.newest else "aún no hay líneas"
        self._words.set_text(here + people)


log_view = LogView
