"""Following PostgreSQL's NOTIFY. A notice says only "look again"; after a lost connection everyone looks again."""

import contextlib
import select
import threading
from collections.abc import Callable
from typing import Any

import structlog

from domain import database

log = structlog.get_logger()
Callback = Callable[[str], None]


class Listener:
    """One thread and one connection a process. Callbacks run in that thread: hand over to the loop at once.

    Topics are `noun:id` or `noun:id:detail` (`job:12`, `tenant:7`, `session:3`, `node:1`, `event:9`); a callback
    registered for `job:12` hears `job:12` and `job:12:…`; one for `job` hears every job.
    """

    def __init__(self) -> None:
        self._callbacks: dict[str, set[Callback]] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts listening; returns at once. A second call does nothing."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends the thread within a second."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=3)
            self._thread = None

    def subscribe(self, topic: str, callback: Callback) -> Callable[[], None]:
        """Calls `callback(topic)` on each notice for `topic`; returns what unsubscribes."""
        with self._lock:
            self._callbacks.setdefault(topic, set()).add(callback)

        def unsubscribe() -> None:
            with self._lock:
                self._callbacks.get(topic, set()).discard(callback)
                if not self._callbacks.get(topic):
                    self._callbacks.pop(topic, None)

        return unsubscribe

    def _run(self) -> None:
        wait = 0.1
        while not self._stop.is_set():
            try:
                connection = database.listening_connection()
            except Exception as error:  # noqa: BLE001 - whatever it is, try again
                log.warning("notices.unreachable", error=str(error).strip())
                self._stop.wait(wait)
                wait = min(wait * 2, 5)
                continue
            wait = 0.1
            self._look_again_everywhere()
            with contextlib.closing(connection):
                self._follow(connection)

    def _follow(self, connection: Any) -> None:
        try:
            while not self._stop.is_set():
                if select.select([connection], [], [], 0.5)[0]:
                    connection.poll()
                    topics = dict.fromkeys(notice.payload for notice in connection.notifies)
                    connection.notifies.clear()
                    for topic in topics:
                        self._tell(topic)
        except Exception as error:  # noqa: BLE001 - the connection is gone; the outer loop makes a new one
            log.warning("notices.lost", error=str(error).strip())

    def _tell(self, topic: str) -> None:
        parts = topic.split(":")
        heard = {topic, parts[0], ":".join(parts[:2])}
        with self._lock:
            callbacks = [callback for key in heard for callback in self._callbacks.get(key, ())]
        for callback in callbacks:
            self._call(callback, topic)

    def _look_again_everywhere(self) -> None:
        with self._lock:
            pairs = [(topic, callback) for topic, callbacks in self._callbacks.items() for callback in callbacks]
        for topic, callback in pairs:
            self._call(callback, topic)

    @staticmethod
    def _call(callback: Callback, topic: str) -> None:
        try:
            callback(topic)
        except Exception:
            log.exception("notices.callback", topic=topic)


listener = Listener()
