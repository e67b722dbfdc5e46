"""Answers that may be a moment old: one query for all who ask within it, each asked once however many wait."""

import threading
import time
from collections.abc import Callable
from functools import update_wrapper
from typing import Generic, ParamSpec, TypeVar

from domain import database

P = ParamSpec("P")
R = TypeVar("R")
KEPT = 256  # answers kept for one function; the oldest goes first


class Recent(Generic[P, R]):
    """A function whose answers are kept for `seconds`, apart for each database and each set of hashable arguments.

    Those who ask while the answer is being made wait for it instead of asking again; an exception is not kept.
    """

    def __init__(self, function: Callable[P, R], seconds: float) -> None:
        update_wrapper(self, function)
        self._function, self._seconds = function, seconds
        self._kept: dict[object, tuple[float, R]] = {}
        self._making: dict[object, threading.Lock] = {}
        self._guard = threading.Lock()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        key = (database.url(), args, tuple(sorted(kwargs.items())))
        if found := self._fresh(key):
            return found[1]
        with self._guard:
            lock = self._making.setdefault(key, threading.Lock())
        with lock:
            if found := self._fresh(key):
                return found[1]
            answer = self._function(*args, **kwargs)
            with self._guard:
                self._kept.pop(key, None)
                self._kept[key] = (time.monotonic(), answer)
                if len(self._kept) > KEPT:
                    oldest = next(iter(self._kept))
                    self._kept.pop(oldest)
                    self._making.pop(oldest, None)
            return answer

    def forget(self) -> None:
        """The next who asks gets a fresh answer: this process has just changed what it is about."""
        with self._guard:
            self._kept.clear()

    def _fresh(self, key: object) -> tuple[float, R] | None:
        found = self._kept.get(key)
        return found if found is not None and time.monotonic() - found[0] < self._seconds else None


def recent(seconds: float) -> Callable[[Callable[P, R]], Recent[P, R]]:
    """Keeps the answers of a function for `seconds` (see `Recent`)."""
    return lambda function: Recent(function, seconds)
