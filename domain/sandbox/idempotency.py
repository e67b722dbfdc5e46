"""Idempotency keys, as Stripe keeps them: for a day, with the parameters they first came with."""

import hashlib
import json
import time
from typing import Any

from domain.sandbox.errors import Refused
from domain.sandbox.store import Store

_KEPT_FOR = 24 * 3600


class Keys:
    """The keys in use. One thread; a key is in flight between `begin` and `finish`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._in_flight: set[str] = set()

    def begin(self, key: str, request: str, given: dict[str, Any]) -> tuple[int, bytes] | None:
        """Take the key. The stored answer (status, body) when this request was already answered, else None.

        Raises Refused: 409 while the first request is being answered, 400 `idempotency_error` when it was another one.
        """
        if key in self._in_flight:
            raise Refused(
                f"There is currently another in-progress request using this Idempotent Key: {key}.",
                status=409,
                kind="idempotency_error",
                code="idempotency_key_in_use",
            )
        known = self._store.get("_idempotency", key)
        if known and time.time() - known["at"] < _KEPT_FOR:
            if known["request"] != _fingerprint(request, given):
                raise Refused(
                    "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                    f"Try using a key other than '{key}' if you meant to execute a different request.",
                    kind="idempotency_error",
                )
            return known["status"], known["body"].encode()
        self._in_flight.add(key)
        return None

    def finish(self, key: str, request: str, given: dict[str, Any], answer: tuple[int, bytes] | None) -> None:
        """Give the key back. `answer` None: nothing was carried out, so the key may be used again."""
        self._in_flight.discard(key)
        if answer:
            status, body = answer
            stored = {"id": key, "at": time.time(), "request": _fingerprint(request, given)}
            self._store.put("_idempotency", {**stored, "status": status, "body": body.decode()})


def _fingerprint(request: str, given: dict[str, Any]) -> str:
    return hashlib.sha256(f"{request} {json.dumps(given, sort_keys=True)}".encode()).hexdigest()
