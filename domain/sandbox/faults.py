"""Switchable misbehaviour, of the deliveries and of the API."""

import random
from typing import Literal

from pydantic import Field

from domain.sandbox.params import Params


class Shuffle(Params):
    """Hold what is due for `window_ms`, then deliver one after the other, in a random order or in that of `order`.

    `order` is a list of event types; those that are not in it come last.
    """

    window_ms: int = 500
    order: list[str] | None = None


class Faults(Params):
    """The switches. As created they are all off."""

    delay_ms: int = 0
    """Wait before each delivery."""
    drop: int = 0
    """Lose the next N delivery attempts: they count as a time-out and are tried again."""
    drop_probability: float = Field(default=0, ge=0, le=1)
    """Lose each attempt with this probability."""
    duplicate: int = Field(default=1, ge=1, le=100)
    """How many copies of each delivery are sent."""
    duplicate_concurrently: bool = False
    """The copies at once, not one after the other."""
    shuffle: Shuffle | None = None
    pause: bool = False
    """Hold all deliveries until it is false again."""
    retry: bool = True
    """False: an attempt that failed is the last; the event stays undelivered until it is sent again by hand."""
    api_latency_ms: int = 0
    """Wait before each answer of the API, with the idempotency key already taken."""
    api_down: Literal[False, "500", "drop", "lost"] = False
    """`500`: answer 500. `drop`: close the connection, nothing done. `lost`: do it, then close without the answer."""

    def lose_this_one(self) -> bool:
        """Whether the attempt that is about to be made is to be lost; counts `drop` down."""
        if self.drop > 0:
            self.drop -= 1
            return True
        return random.random() < self.drop_probability  # noqa: S311 - not for secrets

    def arrange(self, kinds: list[tuple[str, str]]) -> list[str]:
        """Event ids in the order of `shuffle`, from (id, type) pairs."""
        mixed = random.sample(kinds, len(kinds))
        order = self.shuffle.order if self.shuffle else None
        if order is None:
            return [identifier for identifier, _ in mixed]
        places = {kind: place for place, kind in enumerate(order)}
        return [i for i, kind in sorted(kinds, key=lambda pair: places.get(pair[1], len(places)))]
