"""The record of who did what: written in the same commit as the act."""

from typing import Any

from sqlmodel import Session

from domain.models import AuditEntry


def record(session: Session, *, actor: str, action: str, target: str, **details: Any) -> None:
    """Adds an entry to this transaction. `actor` is a login or `sistema`, `target` is `noun:id`."""
    session.add(AuditEntry(actor=actor, action=action, target=target, details=details))
