"""Composition root: builds the web application, joins the worker to it where asked, hands the command line to ui.cli.

Nothing is imported or parsed at import time: tests import this module.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI


@contextlib.asynccontextmanager
async def embedded_worker() -> AsyncIterator[None]:
    """The worker inside the web process, for one machine: starts with it and ends with it."""
    from provisioning import worker

    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    try:
        yield
    finally:
        stop.set()
        # Not wait_for: on Python 3.11 it may swallow a cancel.
        _, late = await asyncio.wait([task], timeout=4)
        for unfinished in late:
            unfinished.cancel()


def build_app(*, with_worker: bool) -> "FastAPI":
    """The web application; with_worker: jobs run in this process too."""
    from domain import joining
    from provisioning.joining import SshDoor
    from ui.app import create_app

    joining.use(SshDoor)
    return create_app(embedded_worker) if with_worker else create_app()


def main() -> None:
    """The command line."""
    from ui import cli

    cli.run(build_app)


if __name__ in {"__main__", "__mp_main__"}:
    main()
