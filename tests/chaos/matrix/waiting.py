"""Waiting for what is to come."""

import time
from collections.abc import Callable
from typing import Any


def until(look: Callable[[], Any], seconds: float) -> bool:
    """Waits until `look` is true; False where it never was."""
    deadline = time.monotonic() + seconds
    while not look():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
