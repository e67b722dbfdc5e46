"""`python -m domain.sandbox.mail`: takes mail by SMTP, keeps it, and shows it as an inbox and as JSON."""

import argparse
import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.sandbox import listening
from domain.sandbox.listening import HOSTS
from domain.sandbox.mailbox import Mailbox
from domain.sandbox.pages.inbox import InboxPage
from domain.sandbox.serving import Serving
from domain.sandbox.store import Document, Store


class Postman:
    """The SMTP side: every message is taken, unless `reject` says that the next ones are refused for now."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self.reject = 0

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Keep the message; 451 while `reject` counts down."""
        if self.reject > 0:
            self.reject -= 1
            return "451 4.3.0 Try again later (switch of the mail catcher)"
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        self._mailbox.add(envelope.mail_from or "", list(envelope.rcpt_tos), raw)
        return "250 2.0.0 OK"


class MailCatcher:
    """A mail server on loopback that delivers nowhere. `start()` and `stop()` for tests, `run()` for a process.

    Raises `listening.NotLoopback` for a host that others could reach.
    """

    def __init__(
        self, data: Path | str | None = None, host: str = "127.0.0.1", smtp_port: int = 0, http_port: int = 0
    ) -> None:
        store = Store(Path(data) if data else None)
        known = store.get("_server", "server") or {"smtp": None, "http": None}
        smtp = listening.listen(host, smtp_port, preferred=known["smtp"])
        http = listening.listen(host, http_port, preferred=known["http"])
        ports = {"smtp": smtp.getsockname()[1], "http": http.getsockname()[1]}
        store.put("_server", {"id": "server", **ports})
        self.smtp_url, self.url = listening.url(smtp, "smtp"), listening.url(http)
        self._mailbox = Mailbox(store)
        self._postman = Postman(self._mailbox)
        self._serving = Serving(self._application(smtp), http, store.close)

    def run(self) -> None:
        """Serve in the main thread until SIGTERM or SIGINT; says so in one line of JSON."""
        self._serving.run(smtp_url=self.smtp_url, url=self.url)

    def start(self) -> "MailCatcher":
        """Serve in a thread."""
        self._serving.start()
        return self

    def stop(self) -> None:
        """End the thread, in under a second."""
        self._serving.stop()

    def messages(self, to: str | None = None) -> list[Document]:
        """`[{id, to, from, subject, date, text, html}]`, the first that came first; with `to`, to that address only."""
        answer = httpx.get(f"{self.url}/messages", params={"to": to} if to else None, trust_env=False)
        found: list[Document] = answer.raise_for_status().json()
        return found

    def wait(self, to: str | None = None, count: int = 1, seconds: float = 10) -> list[Document]:
        """The messages, once there are `count` of them. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while len(found := self.messages(to)) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(found)} of {count} messages to {to or 'anyone'} after {seconds} s")
            time.sleep(0.02)
        return found

    def clear(self) -> None:
        """Throw all messages away."""
        httpx.delete(f"{self.url}/messages", trust_env=False).raise_for_status()

    def reject(self, count: int) -> None:
        """Refuse the next `count` messages with 451."""
        httpx.post(f"{self.url}/_sandbox/faults", json={"reject": count}, trust_env=False).raise_for_status()

    def _application(self, smtp: socket.socket) -> Starlette:
        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            server = await asyncio.get_running_loop().create_server(
                lambda: SMTP(self._postman, enable_SMTPUTF8=True, hostname="mail.localhost"), sock=smtp
            )
            try:
                yield
            finally:
                server.close()

        return Starlette(
            routes=[
                Route("/messages", self._messages, methods=["GET", "DELETE"]),
                Route("/_sandbox/faults", self._faults, methods=["POST"]),
                *InboxPage(self._mailbox).routes(),
            ],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)],
            lifespan=lifespan,
        )

    async def _messages(self, request: Request) -> Response:
        if request.method == "DELETE":
            return JSONResponse({"deleted": self._mailbox.clear()})
        return JSONResponse(self._mailbox.all(request.query_params.get("to")))

    async def _faults(self, request: Request) -> Response:
        try:
            self._postman.reject = int((await request.json())["reject"])
        except (ValueError, KeyError, TypeError) as error:
            return JSONResponse({"error": {"message": f'Expected {{"reject": N}}: {error!r}'}}, 400)
        return JSONResponse({"reject": self._postman.reject})


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. Prints one JSON line when it listens; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m domain.sandbox.mail", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="loopback only")
    parser.add_argument("--smtp-port", type=int, default=0, help="0: the last run's port if free, else any")
    parser.add_argument("--http-port", type=int, default=0, help="0: the last run's port if free, else any")
    parser.add_argument("--data", help="SQLite file; without it nothing survives")
    given = parser.parse_args(arguments)
    try:
        catcher = MailCatcher(given.data, given.host, given.smtp_port, given.http_port)
    except (listening.NotLoopback, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    catcher.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
