"""What a worker does now and then, beside the queue: each duty is safe to do from several workers at once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain import (
    audit_chain,
    backup_rounds,
    billing,
    dunning,
    hook_delivery,
    housekeeping,
    moves,
    reconciling,
    reservations,
    tenants,
)
from domain.models.base import now
from provisioning import drift, supervisor, survey
from provisioning.fleet import Fleet


@dataclass(frozen=True)
class Duty:
    """`every` and `first`, the wait before the first time, in seconds; `work` is handed the open connections."""

    name: str
    every: float
    work: Callable[[Fleet], Awaitable[object]]
    first: float = 0


def _off_loop(work: Callable[[], object]) -> Callable[[Fleet], Awaitable[object]]:
    return lambda _fleet: asyncio.to_thread(work)


def _undelivered() -> int:
    return reconciling.take_missed(now() - reconciling.UNDELIVERED_FOR, undelivered=True)


def _missed() -> int:
    return reconciling.take_missed(reconciling.last_heard(), undelivered=False)


DUTIES = (
    Duty("nodes", 15, Fleet.look_after),
    Duty("doubtful nodes", 2, Fleet.probe_doubtful, first=2),
    Duty("undelivered events", 300, _off_loop(_undelivered), first=30),
    Duty("missed events", 900, _off_loop(_missed), first=60),
    Duty("walk over Stripe", 600, _off_loop(reconciling.walk_if_due), first=120),
    Duty("payments", 60, _off_loop(billing.sweep)),
    Duty("debts", 60, _off_loop(dunning.climb), first=20),
    Duty("reservations", 60, _off_loop(reservations.expire_reservations)),
    Duty("names", 3600, _off_loop(tenants.release_names)),
    Duty("letters", 60, _off_loop(housekeeping.resend_letters)),
    Duty("hooks", 1, _off_loop(hook_delivery.send_due), first=5),
    Duty("usage", 60, survey.look_around, first=20),
    Duty("backups", 60, _off_loop(backup_rounds.make_due), first=30),
    Duty("proofs", 300, _off_loop(backup_rounds.prove_sample), first=90),
    Duty("old backups", 3600, _off_loop(backup_rounds.prune), first=600),
    Duty("drift", 2, drift.look_around, first=10),
    Duty("moves", 5, _off_loop(moves.go_on), first=5),
    Duty("audit", 60, _off_loop(audit_chain.seal_all), first=15),
    Duty("prune", 3600, _off_loop(housekeeping.prune)),
)


def start(fleet: Fleet, stop: asyncio.Event) -> list[asyncio.Task[None]]:
    """Every duty, in a task of its own, until `stop` is set."""
    return [asyncio.create_task(_do(duty, fleet, stop), name=duty.name) for duty in DUTIES]


async def _do(duty: Duty, fleet: Fleet, stop: asyncio.Event) -> None:
    async def once() -> None:
        await duty.work(fleet)

    await supervisor.every(duty.every, duty.name, once, stop, first=duty.first)
