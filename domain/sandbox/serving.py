"""An ASGI application on a bound socket: in the caller's thread until a signal, or in a thread of its own."""

import asyncio
import json
import signal
import socket
import sys
import threading
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp


class Serving:
    """`start()` and `stop()` for tests, `run()` for a process. `close` is called once everything has ended."""

    def __init__(self, application: ASGIApp, sock: socket.socket, close: Callable[[], None]) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(application, log_level="critical", timeout_graceful_shutdown=0, ws="none", access_log=False)
        )
        self._socket = sock
        self._close = close
        self._thread = threading.Thread(target=self._serve, name="sandbox", daemon=True)

    def run(self, **ready: str) -> None:
        """Serve in the main thread until SIGTERM or SIGINT, after one line of JSON: `{"ready": true, …}`."""
        # Before the line, as whoever reads it may send one at once. The server takes both over while it runs, and then
        # raises the one that ended it again, for whoever was there before: so this ends well instead of dying of it.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        sys.stdout.write(json.dumps({"ready": True, **ready}) + "\n")
        sys.stdout.flush()
        self._serve()

    def _end(self, *_: object) -> None:
        self._server.should_exit = True

    def _serve(self) -> None:
        try:
            asyncio.run(self._server.serve(sockets=[self._socket]))
        finally:
            self._socket.close()
            self._close()

    def start(self) -> None:
        """Serve in a thread; until it does, the socket queues callers."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; a second time does nothing."""
        self._server.should_exit = True
        self._thread.join(10)
