"""The stand-in for Stripe as a server: in a process of its own, or in a thread of a test."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from domain.sandbox import listening
from domain.sandbox.app import Stand
from domain.sandbox.ledger import Config
from domain.sandbox.serving import Serving
from domain.sandbox.store import Store


class StripeSandbox:
    """A stand-in for Stripe on loopback.

    `start()` binds and serves in a thread until `stop()`; `run()` serves in the caller's thread until a signal.
    Raises `listening.NotLoopback` for a host that others could reach.
    """

    def __init__(
        self,
        secret_key: str,
        webhook_url: str | None = None,
        webhook_secrets: Sequence[str] = (),
        data: Path | str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        business_name: str = "Alta",
        patience: float = 10.0,
    ) -> None:
        self._config = Config(
            secret_key, webhook_url, list(webhook_secrets), business_name=business_name, patience=patience
        )
        self._http = httpx.Client(trust_env=False, timeout=60)
        self._store = Store(Path(data) if data else None)
        known = self._store.get("_server", "server") or {"port": None}
        sock = listening.listen(host, port, preferred=known["port"])
        self.url = self._config.public_url = listening.url(sock)
        self._store.put("_server", {"id": "server", "port": sock.getsockname()[1]})
        self._serving = Serving(Stand(self._store, self._config).application(), sock, self._store.close)

    def run(self) -> None:
        """Serve in the main thread until SIGTERM or SIGINT; says so in one line of JSON."""
        self._serving.run(url=self.url)

    def start(self) -> "StripeSandbox":
        """Serve in a thread. Returns when requests are answered."""
        self._serving.start()
        self.state()
        return self

    def stop(self) -> None:
        """End the thread, in under a second; documents are kept in the file, if there is one."""
        self._serving.stop()
        self._http.close()

    def faults(self, **switches: Any) -> dict[str, Any]:
        """Set switches by name (see `faults.Faults`); `faults(reset=True)` puts them all off. The switches now."""
        return self._post("/_sandbox/faults", switches)

    def configure(self, **changes: Any) -> dict[str, Any]:
        """Change `webhook_url`, `webhook_secrets` or `business_name`."""
        return self._post("/_sandbox/config", changes)

    def advance(self, seconds: int) -> int:
        """Put the stand-in's clock forward: sessions expire, periods end. The time then."""
        return int(self._post("/_sandbox/clock", {"advance_seconds": seconds})["now"])

    def forget(self) -> None:
        """Start anew with the same catalogue, much faster than another stand-in would."""
        self._post("/_sandbox/forget", {})

    def dispute(self, charge: str) -> None:
        """The holder of the card contests a charge."""
        self._post("/_sandbox/disputes", {"charge": charge})

    def resend(self, event: str) -> None:
        """Deliver an event once more."""
        self._post(f"/_sandbox/events/{event}/resend", {})

    def state(self) -> dict[str, Any]:
        """What GET /_sandbox/state says."""
        answer = self._http.get(f"{self.url}/_sandbox/state")
        answer.raise_for_status()
        state: dict[str, Any] = answer.json()
        return state

    def _post(self, path: str, document: dict[str, Any]) -> dict[str, Any]:
        answer = self._http.post(f"{self.url}{path}", json=document)
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        return result
