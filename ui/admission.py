"""How many logins one process works on at once: the rest are told to come back, before they cost anything.

A flood of logins must leave the pages to others. Browsers that were logged in here before have a lane of their own, so
that a flood of strangers keeps no customer out.
"""

import contextlib
from collections.abc import Iterator

from domain.errors import TooMany

BUSY = "Están entrando muchas personas a la vez. Prueba otra vez en unos segundos."
RETRY = 3  # seconds


class Lane:
    """At most `room` inside at once. Used on the event loop only, so that counting needs no lock."""

    def __init__(self, room: int) -> None:
        self.room, self.inside = room, 0

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Raises TooMany where there is no room."""
        if self.inside >= self.room:
            raise TooMany(BUSY, retry_after=RETRY)
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1


strangers, known = Lane(6), Lane(6)


def lane(*, been_here: bool) -> Lane:
    """The lane of a browser that was logged in here before, or everybody else's."""
    return known if been_here else strangers
