"""The terminal that shows a log: xterm.js through NiceGUI, its colours the theme's, its size the room it has."""

from nicegui import ui

from ui.components.named import named
from ui.tokens import LIGHT

_FONT = 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, "DejaVu Sans Mono", Consolas, monospace'
_HIDE_CURSOR = "\x1b[?25l"
# The sixteen colours on the terminal's own dark ground, which is nearly the same in both schemes.
_COLOURS = {
    "background": "#00000000",
    "foreground": LIGHT["term-ink"],
    "brightBlack": LIGHT["term-dim"],
    "black": LIGHT["term-dim"],
    "green": LIGHT["term-ok"],
    "brightGreen": LIGHT["term-ok"],
    "yellow": LIGHT["term-warn"],
    "brightYellow": LIGHT["term-warn"],
}


class Terminal:
    """Write only. `name` is what screen readers say; `rows` how many lines the browser keeps."""

    def __init__(self, name: str, *, rows: int) -> None:
        with named(ui.element("div").classes("term log-screen").props("role=group"), f"{name}, texto") as box:
            self.screen = ui.xterm(
                {
                    "allowTransparency": True,
                    "convertEol": True,
                    "cursorInactiveStyle": "none",
                    "disableStdin": True,
                    "fontFamily": _FONT,
                    "fontSize": 13,
                    "lineHeight": 1.45,
                    "minimumContrastRatio": 4.5,
                    "scrollback": rows,
                    "theme": _COLOURS,
                }
            )
            # The terminal counts columns: it must hear of every change of its room.
            observer = ui.element("q-resize-observer").props("debounce=100")
            observer.on("resize", self._fit)
        self.box = box
        self.write(_HIDE_CURSOR)

    def _fit(self) -> None:
        self.screen.fit()

    def write(self, text: str) -> None:
        """Adds text at the end; the view stays where a reader has scrolled to."""
        self.screen.write(text)

    def replace(self, text: str) -> None:
        """Shows `text` and nothing else."""
        self.screen.run_terminal_method("reset")
        self.screen.write(_HIDE_CURSOR + text)

    def to_top(self) -> None:
        """Scrolls to the oldest line."""
        self._then("this.scrollToTop()")

    def to_bottom(self) -> None:
        """Scrolls to the newest line."""
        self._then("this.scrollToBottom()")

    def mark(self) -> None:
        """Remembers the row that the next write begins in."""
        self._then("this.marked = this.buffer.active.baseY + this.buffer.active.cursorY")

    def to_mark(self) -> None:
        """Scrolls so that the remembered row is the uppermost."""
        self._then("this.scrollToLine(this.marked)")

    def _then(self, act: str) -> None:
        # xterm takes writes in slices: what depends on them must wait for the callback of an empty one.
        self.screen.run_terminal_method(":write", '""', f"() => {{ {act} }}")

    async def selection(self) -> str:
        """What the reader has marked, "" if nothing."""
        return str(await self.screen.run_terminal_method("getSelection") or "")
