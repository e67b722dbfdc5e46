"""Keeping something running: what ends without being asked is started again, later each time."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()

FIRST_WAIT, LONGEST_WAIT = 0.5, 5.0  # seconds between two starts
SETTLED = 30.0  # seconds after which a run counts as good, and the wait is short again


async def keep(name: str, work: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Runs `work` again and again until `stop` is set; `work` itself ends when it is. Says why it ended each time."""
    loop = asyncio.get_running_loop()
    wait = FIRST_WAIT
    while not stop.is_set():
        began = loop.time()
        try:
            await work()
            reason = "it ended"
        except Exception as error:  # noqa: BLE001 - whatever it is, the remedy is to start again
            reason = f"{type(error).__name__}: {error}".strip()
        if stop.is_set():
            return
        if loop.time() - began > SETTLED:
            wait = FIRST_WAIT
        log.warning("supervisor.restarts", what=name, reason=reason, wait=wait)
        await pause(stop, wait)
        wait = min(wait * 2, LONGEST_WAIT)


async def every(
    seconds: float, name: str, duty: Callable[[], Awaitable[None]], stop: asyncio.Event, *, first: float = 0
) -> None:
    """Calls `duty` after `first` seconds and then every `seconds` until `stop` is set. What fails is logged and tried
    again next time."""
    await pause(stop, first)
    while not stop.is_set():
        try:
            await duty()
        except Exception as error:  # noqa: BLE001 - one bad round must not end the duty
            log.warning("duty.failed", duty=name, error=f"{type(error).__name__}: {error}".strip())
        await pause(stop, seconds)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Waits `seconds`, or less when `stop` is set."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
