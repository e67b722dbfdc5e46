"""Answers that may be a moment old: one query for all who ask within it, each asked once however many wait."""

import functools
import threading
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from domain import database

P = ParamSpec("P")
R = TypeVar("R")
KEPT = 256  # answers kept for one function; the oldest goes first


def recent(seconds: float) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keeps the answers of a function with hashable arguments for `seconds`, apart for each database.

    Those who ask while the answer is being made wait for it instead of asking again; an exception is not kept.
    """

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        kept: dict[object, tuple[float, R]] = {}
        making: dict[object, threading.Lock] = {}
        guard = threading.Lock()

        def fresh(key: object) -> tuple[float, R] | None:
            found = kept.get(key)
            return found if found is not None and time.monotonic() - found[0] < seconds else None

        @functools.wraps(function)
        def ask(*args: P.args, **kwargs: P.kwargs) -> R:
            key = (database.url(), args, tuple(sorted(kwargs.items())))
            if found := fresh(key):
                return found[1]
            with guard:
                lock = making.setdefault(key, threading.Lock())
            with lock:
                if found := fresh(key):
                    return found[1]
                answer = function(*args, **kwargs)
                with guard:
                    kept.pop(key, None)
                    kept[key] = (time.monotonic(), answer)
                    if len(kept) > KEPT:
                        oldest = next(iter(kept))
                        kept.pop(oldest)
                        making.pop(oldest, None)
                return answer

        return ask

    return wrap
