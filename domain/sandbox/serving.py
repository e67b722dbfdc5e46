"""An ASGI application on a bound socket: in the caller's thread until a signal, or in a thread of its own."""

import asyncio
import signal
import socket
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

    def run(self) -> None:
        """Serve in the main thread until SIGTERM or SIGINT."""
        # The server raises the signal that ended it once more, for whoever had a handler before: ours lets it end well.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        self._serve()

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
