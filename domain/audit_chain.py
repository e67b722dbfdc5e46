"""The chain over the audit: each seal is a hash of the seal before and of the entries since, so that whoever changes,
takes out or slips in an entry has to make every later seal anew, which a hash kept elsewhere shows.

Entries are sealed within about a minute of their commit, in the order of their numbers. A number is given out before
its transaction ends: only those are sealed of which no transaction can still be under way.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select

from domain import database
from domain.models import AuditEntry, AuditSeal
from domain.models.base import now

LARGEST = 5_000  # entries of one seal
BEGINNING = "0" * 64
LATE = timedelta(minutes=15)  # an entry that is not sealed by then means that no worker seals

# The oldest transaction that is still under way; entries that were written before it began are final, and so are those
# with a lower number.
_FINAL = text(
    "select max(id) from audit_entry where id > :after and written_at < (select coalesce(min(xact_start), "
    "clock_timestamp()) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() "
    "and xact_start is not null)"
)


@dataclass
class Verdict:
    """What `verify` found: `problems` are sentences, empty where all is as it was written. `last`: the newest hash."""

    entries: int = 0
    seals: int = 0
    unsealed: int = 0
    last: str = BEGINNING
    hashes: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def seal_all() -> int:
    """Seals all that is final, a piece at a time; returns how many entries."""
    sealed = made = seal()
    while made == LARGEST:
        made = seal()
        sealed += made
    return sealed


def seal() -> int:
    """Seals at most LARGEST entries that are final and not sealed yet; returns how many. Workers take turns."""
    with database.transaction() as session:
        if not session.execute(text("select pg_try_advisory_xact_lock(hashtext('alta.audit'))")).scalar_one():
            return 0
        last = session.exec(select(AuditSeal).order_by(col(AuditSeal.id).desc()).limit(1)).first()
        after, previous = (last.last_entry, last.hash) if last else (0, BEGINNING)
        final = session.execute(_FINAL, {"after": after}).scalar_one_or_none()
        if final is None:
            return 0
        entries = _between(session, after, final)
        session.add(
            AuditSeal(
                last_entry=entries[-1].id or 0, entries=len(entries), previous=previous, hash=digest(previous, entries)
            )
        )
        return len(entries)


def _between(session: Session, after: int, last: int) -> list[AuditEntry]:
    query = select(AuditEntry).where(col(AuditEntry.id) > after, col(AuditEntry.id) <= last)
    return list(session.exec(query.order_by(col(AuditEntry.id)).limit(LARGEST)).all())


def digest(previous: str, entries: list[AuditEntry]) -> str:
    """SHA-256 of the seal before and of each entry as canonical JSON, a line each."""
    made = hashlib.sha256(previous.encode())
    for row in entries:
        told = [
            row.id, row.at.timestamp(), row.actor, row.action, row.target, row.details, row.address, row.request_id,
        ]  # fmt: skip
        made.update(b"\n" + json.dumps(told, sort_keys=True, ensure_ascii=True).encode())
    return made.hexdigest()


def verify(seen: str | None = None) -> Verdict:
    """Walks the whole chain. `seen`: a hash that was noted elsewhere earlier, which has to be in it."""
    verdict, after = Verdict(), 0
    with database.reading() as session:
        for link in session.exec(select(AuditSeal).order_by(col(AuditSeal.id))).all():
            entries = _between(session, after, link.last_entry)
            if link.previous != verdict.last:
                verdict.problems.append(f"Sello {link.id}: no sigue al anterior; falta un sello o se cambió.")
            if len(entries) != link.entries:
                verdict.problems.append(f"Sello {link.id}: son {len(entries)} entradas y selló {link.entries}.")
            elif digest(link.previous, entries) != link.hash:
                first, last = entries[0].id, link.last_entry
                verdict.problems.append(f"Sello {link.id}: alguna entrada de la {first} a la {last} cambió.")
            after, verdict.last = link.last_entry, link.hash
            verdict.entries, verdict.seals = verdict.entries + len(entries), verdict.seals + 1
            verdict.hashes.add(link.hash)
        rest = session.exec(select(AuditEntry.written_at).where(col(AuditEntry.id) > after)).all()
    verdict.unsealed = len(rest)
    if any(at is not None and at < now() - LATE for at in rest):
        verdict.problems.append("Hay entradas sin sellar desde hace más de 15 minutos: ¿corre algún worker?")
    if seen and seen not in verdict.hashes:
        verdict.problems.append("El sello anotado no está en la cadena: se hizo de nuevo.")
    return verdict
