"""Searching a log on the server: a list of the lines that hold the words, each leading to its place."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from domain import journal
from domain.formats import number
from ui.components.ansi import plain
from ui.live import off_loop

FOUND = 100  # lines listed at most


class LogSearch:
    """Hidden until asked for. `jump(n)` shows line `n`."""

    def __init__(self, job_id: int, jump: Callable[[int], Awaitable[None]]) -> None:
        self._job_id, self._jump, self._latest = job_id, jump, 0
        with ui.element("div").classes("log-search") as self._box:
            self._input = ui.input(placeholder="Buscar en el registro").props(
                'outlined dense clearable debounce=250 aria-label="Buscar en el registro"'
            )
            self._input.on_value_change(lambda event: self._search(str(event.value or "")))
            self._hint = ui.label("").classes("tiny muted num").props("role=status")
            self._list = ui.element("ol").classes("log-found")
        self._box.set_visibility(False)

    def toggle(self) -> None:
        """Shows or hides the search."""
        self._box.set_visibility(not self._box.visible)
        if self._box.visible:
            self._input.run_method("focus")

    async def _search(self, words: str) -> None:
        self._latest += 1
        mine = self._latest
        found = await off_loop(journal.search, self._job_id, words.replace("\0", ""), FOUND) if words.strip() else []
        if mine != self._latest:
            return
        self._list.clear()
        with self._list:
            for line in found:
                self._entry(line.n, plain(line.text))
        many = f"Las primeras {number(len(found))} líneas" if len(found) == FOUND else f"{number(len(found))} líneas"
        self._hint.set_text("" if not words.strip() else many if found else "Ninguna línea lo contiene.")

    def _entry(self, n: int, text: str) -> None:
        with ui.element("li"):
            words = f"{n}  {text[:160]}"
            ui.button(words, on_click=lambda: self._jump(n), color=None).props("unelevated no-caps align=left").classes(
                "log-hit mono"
            )
