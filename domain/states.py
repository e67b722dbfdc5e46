"""Tables of allowed transitions. States are data; `check` is the one judge of a move."""

from enum import StrEnum

from domain.errors import Conflict


class SubscriptionStatus(StrEnum):
    """Our four words; Stripe's own word is kept beside them in `stripe_status`."""

    PENDING = "pending"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    CANCELLED = "cancelled"


class TenantState(StrEnum):
    """What a tenant is (`observed`) or shall be (`desired`: running, suspended, archived, deleted)."""

    ABSENT = "absent"
    CREATING = "creating"
    RUNNING = "running"
    SUSPENDED = "suspended"
    ARCHIVED = "archived"
    DELETED = "deleted"
    BROKEN = "broken"


class JobStatus(StrEnum):
    """Life of a job. `queued` includes waiting for a retry; `waiting_reason` then says why."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class NodeState(StrEnum):
    """What staff want of a node: only an open one takes new tenants, a draining one gives
    away those that it has; a removed one is not spoken to any more."""

    JOINING = "joining"
    OPEN = "open"
    CLOSED = "closed"
    DRAINING = "draining"
    REMOVED = "removed"


class BreakerState(StrEnum):
    """Whether a node can be relied on: see `domain.breaker`."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class StepStatus(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class BackupState(StrEnum):
    """Life of a backup. `stored`: whole, sealed and in the store; `pruned`: taken out of it, the row stays."""

    MAKING = "making"
    STORED = "stored"
    FAILED = "failed"
    PRUNED = "pruned"


class EventOutcome(StrEnum):
    """What became of a StripeEvent: `ignored` = stored, of a type that changes nothing here."""

    APPLIED = "applied"
    IGNORED = "ignored"
    FAILED = "failed"


# Stripe's word -> (our status, whether the tenant must be suspended). A word that is not here changes nothing.
FROM_STRIPE: dict[str, tuple[SubscriptionStatus, bool]] = {
    "incomplete": (SubscriptionStatus.PENDING, False),
    "trialing": (SubscriptionStatus.ACTIVE, False),
    "active": (SubscriptionStatus.ACTIVE, False),
    "past_due": (SubscriptionStatus.PAST_DUE, False),
    "unpaid": (SubscriptionStatus.PAST_DUE, True),
    "paused": (SubscriptionStatus.PAST_DUE, True),
    "canceled": (SubscriptionStatus.CANCELLED, False),
    "incomplete_expired": (SubscriptionStatus.CANCELLED, False),
}

SUBSCRIPTION_MOVES: dict[str, set[str]] = {
    "pending": {"active", "past_due", "cancelled"},
    "active": {"past_due", "cancelled"},
    "past_due": {"active", "cancelled"},
    "cancelled": set(),
}

TENANT_MOVES: dict[str, set[str]] = {
    "absent": {"creating", "deleted", "broken"},
    "creating": {"running", "broken"},
    "running": {"suspended", "archived", "broken"},
    "suspended": {"running", "archived", "broken"},
    "archived": {"deleted", "broken"},
    "broken": {"creating", "running", "suspended", "archived"},
    "deleted": set(),
}

BACKUP_MOVES: dict[str, set[str]] = {
    "making": {"stored", "failed"},
    "failed": {"making", "stored"},
    "stored": {"pruned"},
    "pruned": set(),
}

NODE_MOVES: dict[str, set[str]] = {
    "joining": {"open", "removed"},
    "open": {"closed", "draining", "joining", "removed"},
    "closed": {"open", "draining", "joining", "removed"},
    "draining": {"open", "closed", "joining", "removed"},
    "removed": {"joining"},
}

JOB_MOVES: dict[str, set[str]] = {
    "queued": {"running", "cancelled", "failed"},
    "running": {"queued", "succeeded", "failed", "cancelled"},
    "failed": {"queued"},
    "cancelled": {"queued"},
    "succeeded": set(),
}


def check(table: dict[str, set[str]], old: str, new: str) -> bool:
    """True when `new` differs from `old` and is allowed, False when nothing changes; else raises Conflict."""
    if old == new:
        return False
    if new not in table.get(old, set()):
        raise Conflict(f"No se puede pasar de «{old}» a «{new}».", code="transition_refused")
    return True
