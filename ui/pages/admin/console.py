"""What every page of the admin shares: its frame with live counts, and acting with the rights asked again."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from nicegui import ui

from domain import metrics
from domain.errors import AltaError
from ui import auth, live, theme
from ui.auth import Identity
from ui.live import off_loop

COUNTS_PACE = 2.0  # seconds between two looks at the rail's counts


@dataclass(frozen=True)
class Console:
    """The page being built: who looks at it, and its frame."""

    identity: Identity
    frame: theme.AdminFrame

    def may(self, capability: str) -> bool:
        """Whether to offer buttons; handlers ask again."""
        return self.identity.may(capability)


@contextlib.asynccontextmanager
async def console(
    request: Request,
    active: str,
    title: str,
    *,
    action: Callable[[], object] | None = None,
    above: str = "",
) -> AsyncIterator[Console]:
    """The admin's frame with the rail's counts, which follow what happens."""
    identity: Identity = request.state.identity
    shown = await off_loop(metrics.rail)
    with theme.admin_frame(identity, active, title, action=action, counts=_nouns(shown), above=above) as frame:

        async def count() -> None:
            nonlocal shown
            fresh = await off_loop(metrics.rail)
            if fresh != shown:
                shown = fresh
                frame.counts(_nouns(fresh))

        live.follow(["tenant", "job", "drift"], count, settle=True, pace=COUNTS_PACE)
        yield Console(identity, frame)


def _nouns(counts: dict[str, int]) -> dict[str, int]:
    return {"Instancias": counts["tenants"], "Trabajos": counts["jobs"], "Diferencias": counts["drift"]}


async def act(identity: Identity, capability: str, function: Callable[..., Any], *args: Any, **more: Any) -> bool:
    """Runs `function(*args, by=login)` off the loop if the person may; says what went wrong. True: it was done."""
    try:
        who = await auth.allow(identity, capability)
        await off_loop(lambda: function(*args, by=who.login, **more))
    except AltaError as error:
        ui.notify(error.message)
        return False
    return True
