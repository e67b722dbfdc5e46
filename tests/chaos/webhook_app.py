"""The webhook alone behind a real server: in a thread of a test, or as a process that a test may kill."""

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from domain import database
from domain.settings import settings
from ui import webhook


def _server(port: int) -> tuple[uvicorn.Server, socket.socket, str]:
    app = FastAPI()
    app.include_router(webhook.router)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(256)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    return server, listener, f"http://127.0.0.1:{listener.getsockname()[1]}/webhook/stripe"


@contextmanager
def serving() -> Iterator[str]:
    """Serves in a thread; yields the webhook's address."""
    server, listener, url = _server(0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    yield url
    server.should_exit = True
    thread.join(10)
    listener.close()


def main() -> None:
    """Serves on the port given until killed; one JSON line says where."""
    database.configure(settings().database_url)
    server, listener, url = _server(int(sys.argv[1]))
    sys.stdout.write(json.dumps({"url": url}) + "\n")
    sys.stdout.flush()
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
