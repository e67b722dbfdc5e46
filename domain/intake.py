"""Deliveries that arrive together are taken together: while one about a thing is worked on, later ones about the same
thing wait and are then taken in one go, with one look at Stripe. One that arrives alone waits for nothing."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context

from domain import billing, event_subjects
from domain.billing import Receipt
from domain.errors import Unavailable
from domain.event_subjects import Event, Subject

LARGEST = 250  # events in one commit
THREADS = 16
REST = 0.05  # seconds between two looks at one thing, while it changes faster than that


class Intake:
    """A process's deliveries, in line by what they are about. Any thread may call it."""

    def __init__(self) -> None:
        # Threads of its own: while Stripe is slow, waiting deliveries must not take the threads that answer people.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="webhook")
        self._lock = threading.Lock()
        self._lines: dict[Subject | None, list[tuple[Event, Future[Receipt]]]] = {}

    def submit(self, event: Event) -> "Future[Receipt]":
        """Puts a verified event in line; what `billing.take` returns or raises comes with the future."""
        about, answer = event_subjects.subject(event), Future[Receipt]()
        with self._lock:
            line = self._lines.get(about)
            if line is not None:  # somebody is at work on this, and will look here again
                line.append((event, answer))
                return answer
            self._lines[about] = [(event, answer)]
        self._threads.submit(copy_context().run, self._work, about)
        return answer

    def waiting(self) -> int:
        """How many wait for another delivery about the same thing."""
        with self._lock:
            return sum(len(line) for line in self._lines.values())

    def _work(self, about: Subject | None) -> None:
        while group := self._next(about):
            rested = time.monotonic() + REST
            for _, answer in group:
                answer.set_running_or_notify_cancel()  # whoever no longer waits for it is not told, and that is all
            self._take(group)
            if self._lines[about]:
                time.sleep(max(rested - time.monotonic(), 0))

    def _next(self, about: Subject | None) -> list[tuple[Event, "Future[Receipt]"]]:
        with self._lock:
            line = self._lines.pop(about)
            if line:
                self._lines[about] = line[LARGEST:]
            return line[:LARGEST]

    def _take(self, group: list[tuple[Event, "Future[Receipt]"]]) -> None:
        try:
            receipts = billing.take_together([event for event, _ in group])
        except Exception as error:  # noqa: BLE001 - whoever waits for the answer gets it
            if len(group) == 1 or isinstance(error, Unavailable):
                for _, answer in group:
                    if not answer.cancelled():
                        answer.set_exception(error)
            else:  # one may have spoilt it for the others
                for each in group:
                    self._take([each])
        else:
            for (_, answer), receipt in zip(group, receipts, strict=True):
                if not answer.cancelled():
                    answer.set_result(receipt)
