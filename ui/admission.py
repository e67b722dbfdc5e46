"""How many logins one process works on at once: the rest are told to come back, before they cost anything.

A flood of logins must leave the pages to others. Browsers that were logged in here before have a lane of their own, so
that a flood of strangers keeps no customer out.
"""

import contextlib
from collections.abc import Iterator

from domain.errors import TooMany

BUSY = "Están entrando muchas personas a la vez. Prueba otra vez en unos segundos."
RETRY = 3  # seconds


EACH = 2  # of one account's browsers: whoever has an account does not fill the lane by it


class Lane:
    """At most `room` inside at once, and `EACH` of one name. Used on the event loop only, so that counting needs no
    lock."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.inside: list[str | None] = []

    @contextlib.contextmanager
    def entered(self, name: str | None = None) -> Iterator[None]:
        """Raises TooMany where there is no room."""
        if len(self.inside) >= self.room or (name is not None and self.inside.count(name) >= EACH):
            raise TooMany(BUSY, retry_after=RETRY)
        self.inside.append(name)
        try:
            yield
        finally:
            self.inside.remove(name)


strangers, known = Lane(6), Lane(6)


def entered(account: str | None) -> contextlib.AbstractContextManager[None]:
    """A place in the lane of browsers with which `account` logged in before, or (None) in everybody else's."""
    return strangers.entered() if account is None else known.entered(account)
