"""The stand-in's one account: its documents, its clock and the events that it emits."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from domain.sandbox import ids
from domain.sandbox.errors import no_such
from domain.sandbox.objects import events
from domain.sandbox.store import Document, Store


@dataclass
class Config:
    """What is set from outside. `webhook_url` None: events are kept but go nowhere."""

    secret_key: str
    webhook_url: str | None = None
    webhook_secrets: list[str] = field(default_factory=list)
    public_url: str = ""
    business_name: str = "Alta"
    after_retries: Literal["cancel", "unpaid", "past_due"] = "past_due"
    """What becomes of a subscription when every try to charge it has failed (a setting of Stripe's dashboard)."""
    patience: float = 10.0
    """Seconds that Stripe waits for the answer to checkout.session.completed before it sends the buyer back."""


@dataclass
class Cause:
    """The API request that is being answered, for the `request` of the events it causes."""

    request_id: str | None = None
    idempotency_key: str | None = None


class Ledger:
    """Documents, clock and events. All methods run on the server's one thread."""

    def __init__(self, store: Store, config: Config) -> None:
        self.store = store
        self.config = config
        self.cause = Cause()
        self.deliver: Callable[[str], None] = lambda _event: None
        self._ahead = int((store.get("_clock", "clock") or {"ahead": 0})["ahead"])
        self._moment: int | None = None

    def now(self) -> int:
        """Seconds since 1970: where a test clock stands while something of its world happens, else the stand-in's
        own clock, which can be put forward."""
        return int(time.time()) + self._ahead if self._moment is None else self._moment

    @contextmanager
    def at(self, moment: int | None) -> Iterator[None]:
        """It is `moment` inside; None: whatever it is."""
        before, self._moment = self._moment, self._moment if moment is None else moment
        try:
            yield
        finally:
            self._moment = before

    def moment_of(self, *identifiers: object) -> int | None:
        """Where the test clock stands that the first of these lives by; None for what lives in real time."""
        for identifier in identifiers:
            kind = ids.kind(identifier) if isinstance(identifier, str) else None
            found = self.store.get(kind, str(identifier)) if kind else None
            if found and kind != "customer" and found.get("customer"):
                found = self.store.get("customer", str(found["customer"]))
            clock = found.get("test_clock") if found else None
            if clock:
                return int(self.find("test_helpers.test_clock", clock)["frozen_time"])
        return None

    def advance(self, seconds: int) -> None:
        """Put the clock forward: sessions expire and periods end as if the time had passed."""
        self._ahead += seconds
        self.store.put("_clock", {"id": "clock", "ahead": self._ahead})

    def find(self, kind: str, identifier: str, param: str = "id") -> Document:
        """The document. Raises Refused (404, resource_missing) when there is none."""
        found = self.store.get(kind, identifier)
        if found is None:
            raise no_such(kind.replace(".", " ").replace("_", " "), identifier, param)
        return found

    def tax_ids(self, customer: str) -> list[Document]:
        """A customer's tax ids, newest first."""
        return [t for t in self.store.newest_first("tax_id", customer) if t["customer"] == customer]

    def emit(self, kind: str, document: Document, previous: Document | None = None) -> str:
        """Keep an event of a document's present state and, once written, hand it to the deliverer. Its id."""
        event = events.event(
            ids.new("evt"),
            kind,
            document,
            previous,
            created=self.now(),
            request_id=self.cause.request_id,
            idempotency_key=self.cause.idempotency_key,
            pending=1 if self.config.webhook_url else 0,
        )
        self.store.put("event", event)
        identifier = str(event["id"])
        if self.config.webhook_url:
            self.store.put(
                "_delivery", {"id": identifier, "state": "pending", "tries": 0, "next_at": 0, "attempts": []}
            )
            self.store.once_written(lambda: self.deliver(identifier))
        return identifier

    def save(self, kind: str, document: Document) -> Document:
        """Keep a document; returned for chaining."""
        self.store.put(kind, document)
        return document

    def change(self, kind: str, document: Document, event: str, **changes: object) -> Document:
        """Write changed fields and emit `event` with what they were before. Nothing changed: nothing emitted."""
        previous = {name: document[name] for name, value in changes.items() if document[name] != value}
        if previous:
            document.update(changes)
            self.save(kind, document)
            self.emit(event, document, previous)
        return document

    def url(self, path: str) -> str:
        """An address of the stand-in's own pages."""
        return f"{self.config.public_url}{path}"
