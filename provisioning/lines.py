"""Bytes of a node's log to clean lines with their places: pure, bounded, and indifferent to how bytes are cut up."""

import json
import re
from typing import Any, Literal, NamedTuple

from domain.journal import LINE_LIMIT
from domain.redaction import redact

# Four bytes are the longest character; the rest lets a secret that stands on the edge be recognised whole.
HOLD = 4 * LINE_LIMIT + 4_096
KEY_LINES = 120  # a private key that never ends must not silence the whole log

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\[[0-9;]*m)")
_MARK = re.compile(r"::(step|progress|result) (.+)")
_STEP_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_KEY_ENDS = re.compile(r"-----END [A-Z ]*PRIVATE KEY-----")


class Piece(NamedTuple):
    """One line of the log: `value` is its text, a step's name, a number, or a result; `start` and `end` are byte
    offsets in the whole log, `end` being just after the newline."""

    kind: Literal["text", "step", "progress", "result"]
    value: Any
    start: int
    end: int


class Splitter:
    """Fed with chunks as they come, gives back whole lines. Holds at most `HOLD` bytes of an unfinished one."""

    def __init__(self, offset: int = 0, secrets: tuple[str, ...] = ()) -> None:
        self._secrets = secrets
        self.rewind(offset)

    def rewind(self, offset: int) -> None:
        """Forgets an unfinished line: the next chunk begins at byte `offset` of the log."""
        self.offset = offset
        self._held = bytearray()
        self._length = 0
        self._key_lines = 0

    def feed(self, chunk: bytes) -> list[Piece]:
        """The lines that `chunk` completes, in order."""
        pieces, position = [], 0
        while (newline := chunk.find(b"\n", position)) >= 0:
            self._hold(chunk[position:newline])
            pieces.append(self._complete(1))
            position = newline + 1
        self._hold(chunk[position:])
        return pieces

    def rest(self) -> list[Piece]:
        """The last line, where the log does not end with a newline."""
        return [self._complete(0)] if self._length else []

    def _hold(self, part: bytes) -> None:
        room = HOLD - len(self._held)
        if room > 0:
            self._held += part[:room]
        self._length += len(part)

    def _complete(self, newline: int) -> Piece:
        start, raw, length = self.offset, bytes(self._held), self._length
        self.offset = start + length + newline
        self._held.clear()
        self._length = 0
        if raw.startswith(b"::") and (marked := _marked(raw)) is not None:
            return Piece(marked[0], marked[1], start, self.offset)
        return Piece("text", self._clean(raw, length), start, self.offset)

    def _clean(self, raw: bytes, length: int) -> str:
        text = raw.decode("utf-8", "replace")
        broken = "\ufffd" in text and b"\xef\xbf\xbd" not in raw
        text = self._without_keys(visible(text))
        text = redact(text, self._secrets)
        if length > len(raw) or len(text) > LINE_LIMIT:
            note = f"… [línea de {_size(length)}, acortada]"
            text = text[: LINE_LIMIT - len(note)] + note
        elif broken:
            text = f"{text[: LINE_LIMIT - 30]} [contiene bytes no válidos]"
        return text

    def _without_keys(self, text: str) -> str:
        """Private keys go over many lines: everything between the marks is hidden."""
        if self._key_lines:
            self._key_lines = 0 if _KEY_ENDS.search(text) else self._key_lines - 1
            return "[oculto]"
        if _KEY_BEGINS.search(text) and not _KEY_ENDS.search(text):
            self._key_lines = KEY_LINES
        return text


def visible(text: str) -> str:
    """What a terminal would show of one line: colours stay, other escapes and controls go, a carriage return
    starts over."""
    if text.isprintable():
        return text
    text = text.rstrip("\r")
    if "\r" in text:
        text = next((part for part in reversed(text.split("\r")) if part), "")
    if "\x1b" in text:
        text = _ESCAPES.sub(lambda found: found[0] if _COLOURS.fullmatch(found[0]) else "", text)
    return _CONTROLS.sub("", text)


def _marked(raw: bytes) -> tuple[Literal["step", "progress", "result"], Any] | None:
    """A line meant for the program; None where it only looks like one."""
    found = _MARK.fullmatch(raw.decode("utf-8", "replace").strip())
    if found is None:
        return None
    kind, value = found[1], found[2].strip()
    if kind == "step":
        return ("step", value) if _STEP_NAME.fullmatch(value) else None
    try:
        parsed = json.loads(value)
    except ValueError:
        return None
    if kind == "progress":
        return ("progress", parsed) if isinstance(parsed, int | float) else None
    return ("result", parsed) if isinstance(parsed, dict) else None


def _size(length: int) -> str:
    number, unit = (length / 1e6, "MB") if length >= 1e6 else (length / 1e3, "kB")
    return f"{number:.1f}".replace(".", ",") + f" {unit}"
