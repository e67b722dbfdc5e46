"""Asking while somebody types: one question at a time, the newest next, and an older answer never after a newer one."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ui.live import off_loop

Answer = TypeVar("Answer")


class Latest(Generic[Answer]):
    """`ask(*arguments)` calls `question` off the loop and hands its answer to `tell`.

    While a question is on its way, newer arguments replace each other and only the last are asked: the faster one
    types, or the slower the database, the fewer questions. `tell` hears an answer only while it is the newest.
    """

    def __init__(self, question: Callable[..., Answer], tell: Callable[[Answer], Any]) -> None:
        self._question, self._tell = question, tell
        self._next: tuple[Any, ...] | None = None
        self._asking = False

    async def ask(self, *arguments: Any) -> None:
        """Returns when there is nothing newer to ask. An error of the question is the caller's."""
        self._next = arguments
        if self._asking:
            return
        self._asking = True
        try:
            while self._next is not None:
                asked, self._next = self._next, None
                answer = await off_loop(self._question, *asked)
                if self._next is None:
                    self._tell(answer)
        finally:
            self._asking = False

    def forget(self) -> None:
        """Nothing more is to be told: what was asked no longer matters."""
        self._next = None
