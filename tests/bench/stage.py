"""Everything a bench needs, as the demo starts it, on free ports in a scratch directory; it ends with the block."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domain import database
from domain.settings import settings
from ui import demo
from ui.processes import Stop, end


@contextlib.contextmanager
def whole_house(node: dict[str, Any] | None = None) -> Iterator[demo.House]:
    """The demo without its tour; this process is configured as one more of the product's. `node`: as for the demo."""
    with tempfile.TemporaryDirectory(prefix="alta-bench-") as scratch, contextlib.ExitStack() as stack:
        Path(scratch).chmod(0o755)  # as root the embedded PostgreSQL runs as another user
        directory = Path(scratch)
        house = demo.House(directory, demo._ports(directory, 0), demo._keys(directory), node=node)
        stack.callback(lambda: end(house.children))
        never = Stop()
        demo._start(house, stack, never)
        demo._wait_ready(house, never)
        stack.enter_context(_configured(house))
        yield house


@contextlib.contextmanager
def _configured(house: demo.House) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(house.environment)
    settings.cache_clear()
    database.configure(house.environment["DATABASE_URL"])
    try:
        yield
    finally:
        database.dispose()
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie (nearest rank). Raises IndexError where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
