"""The record of who did what: written in the same commit as the act."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from domain.models import AuditEntry


@dataclass(frozen=True)
class Origin:
    """Where a request comes from: the client's address and the request's id, as the log has them."""

    address: str | None = None
    request_id: str | None = None


AS = " como "
_NOWHERE = Origin()
origin: ContextVar[Origin] = ContextVar("audit_origin", default=_NOWHERE)  # set for each request, by the web


def record(session: Session, *, actor: str, action: str, target: str, **details: Any) -> None:
    """Adds an entry to this transaction. `actor` is a login or `sistema`, `target` is `noun:id`.

    `ana@alta.do como Panadería Sol` is staff in a customer's portal: the entry has both.
    """
    came = origin.get()
    actor, _, whose = actor.partition(AS)
    if whose:
        details["as"] = whose
    session.add(
        AuditEntry(
            actor=actor, action=action, target=target, details=details, address=came.address,
            request_id=came.request_id,
        )
    )  # fmt: skip
