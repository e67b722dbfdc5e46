"""Webhook deliveries: signed afresh for each try, tried again until they are answered, remembered over a restart."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from typing import Any

import httpx

from domain.sandbox.faults import Faults
from domain.sandbox.ledger import Ledger
from domain.sandbox.objects.events import API_VERSION
from domain.sandbox.signatures import sign
from domain.sandbox.store import Document

_BACKOFF = (0.2, 0.5, 1, 2, 4, 8, 15, 30)
_GIVE_UP_AFTER = 3600.0
_ANSWER_WITHIN = 20.0
_AT_ONCE = 32
_REMEMBERED_ATTEMPTS = 30


class Deliverer:
    """Sends events to the configured endpoint. Runs on the server's event loop: `run()` until cancelled."""

    def __init__(self, ledger: Ledger, faults: Callable[[], Faults]) -> None:
        self._ledger = ledger
        self._faults = faults
        self._due: dict[str, float] = {
            d["id"]: 0.0 for d in ledger.store.newest_first("_delivery") if d["state"] == "pending"
        }
        self._answered: dict[str, asyncio.Event] = {}
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._window_ends: float | None = None
        ledger.deliver = self.add

    def add(self, event: str) -> None:
        """Deliver an event as soon as may be."""
        self._due[event] = 0.0
        self._wake.set()

    def forget(self) -> None:
        """Nothing is due any more."""
        self._due.clear()

    def look_again(self) -> None:
        """Call when the faults have changed."""
        self._wake.set()

    def resend(self, event: str) -> None:
        """Deliver an event once more, whatever became of it before."""
        self._remember(event, {"state": "pending", "tries": 0})
        self.add(event)

    async def answered(self, event: str, patience: float) -> bool:
        """Wait until the event's first delivery was answered, well or badly. False after `patience` seconds."""
        delivery = self._ledger.store.get("_delivery", event)
        if delivery is None or delivery["tries"]:
            return True
        try:
            async with asyncio.timeout(patience):
                await self._answered.setdefault(event, asyncio.Event()).wait()
        except TimeoutError:
            return False
        return True

    async def run(self) -> None:
        """Deliver what is due until cancelled; then abandon what is in the air (it is still pending on disk)."""
        async with httpx.AsyncClient(timeout=_ANSWER_WITHIN, trust_env=False) as client:
            try:
                while True:
                    self._wake.clear()
                    pause = self._dispatch(client)
                    try:
                        await asyncio.wait_for(self._wake.wait(), pause)
                    except TimeoutError:
                        continue
            finally:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)

    def _dispatch(self, client: httpx.AsyncClient) -> float | None:
        """Start what is due now. Returns the seconds until the next one is, None when there is none."""
        faults, now = self._faults(), time.time()
        if faults.pause or not self._due:
            return None
        ready = [event for event, moment in self._due.items() if moment <= now]
        if faults.shuffle and ready:
            if self._window_ends is None:
                self._window_ends = now + faults.shuffle.window_ms / 1000
            if now < self._window_ends:
                return self._window_ends - now
            self._take(ready)
            kinds = [(event, str(self._ledger.find("event", event)["type"])) for event in ready]
            self._start(self._send_in_order(client, faults.arrange(kinds)))
        else:
            self._take(ready)
            for event in ready:
                self._start(self._send(client, event))
        self._window_ends = None
        return max(0.0, min(self._due.values()) - now) if self._due else None

    def _take(self, events: list[str]) -> None:
        for event in events:
            del self._due[event]

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_in_order(self, client: httpx.AsyncClient, events: list[str]) -> None:
        for event in events:
            await self._send(client, event)

    async def _send(self, client: httpx.AsyncClient, event: str) -> None:
        faults = self._faults()
        await asyncio.sleep(faults.delay_ms / 1000)
        async with self._slots:
            if faults.duplicate_concurrently:
                attempts = await asyncio.gather(*(self._post(client, event) for _ in range(faults.duplicate)))
            else:
                attempts = [await self._post(client, event) for _ in range(faults.duplicate)]
        self._settle(event, attempts)

    async def _post(self, client: httpx.AsyncClient, event: str) -> Document:
        """One try: what came of it, as `{at, status, error, milliseconds}`."""
        started = time.time()
        if self._faults().lose_this_one():
            return {"at": started, "status": None, "error": "lost on the way (switch)", "milliseconds": 0}
        config = self._ledger.config
        body = json.dumps(self._ledger.find("event", event), indent=2, ensure_ascii=False)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": f"Stripe/1.0 (stand-in; {API_VERSION})",
            "Stripe-Signature": sign(body, config.webhook_secrets, int(started)),
        }
        status, error = None, None
        try:
            status = (await client.post(str(config.webhook_url), content=body, headers=headers)).status_code
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            error = f"{type(failure).__name__}: {failure}"
        return {"at": started, "status": status, "error": error, "milliseconds": int((time.time() - started) * 1000)}

    def _settle(self, event: str, attempts: list[Document]) -> None:
        """Write down what came of a try; when it failed, when the next one is due."""
        known = self._ledger.find("_delivery", event)
        tries, well = known["tries"] + 1, all(200 <= (a["status"] or 0) < 300 for a in attempts)
        first_at = (known["attempts"] or attempts)[0]["at"]
        again = not well and self._faults().retry and time.time() - first_at < _GIVE_UP_AFTER
        next_at = time.time() + _BACKOFF[min(tries, len(_BACKOFF)) - 1] if again else 0
        history = [*known["attempts"], *attempts]
        with self._ledger.store.transaction():
            self._remember(
                event,
                {
                    "state": "delivered" if well else "pending" if again else "failed",
                    "tries": tries,
                    "next_at": next_at,
                    "attempts": history[:1] + history[1:][-_REMEMBERED_ATTEMPTS:],
                },
            )
        if again:
            self._due[event] = next_at
            self._wake.set()
        waiting = self._answered.pop(event, None)
        if waiting:
            waiting.set()

    def _remember(self, event: str, changes: Document) -> None:
        store = self._ledger.store
        fresh: Document = {"id": event, "next_at": 0, "attempts": []}
        delivery = {**(store.get("_delivery", event) or fresh), **changes}
        store.put("_delivery", delivery)
        document = self._ledger.find("event", event)
        document["pending_webhooks"] = 0 if delivery["state"] == "delivered" else 1
        store.put("event", document)
