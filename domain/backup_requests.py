"""What people ask of backups: one made now, one restored, one proven, one read. Each act in its own transaction."""

from dataclasses import dataclass
from datetime import datetime

from domain import access, audit, backup_keys, backups, database, tenants
from domain.errors import Conflict, NotFound
from domain.models import Backup, Tenant
from domain.states import BackupState


def make(tenant_id: int, *, by: str) -> None:
    """Asks for a backup now. Raises NotFound, Conflict, Unavailable."""
    with database.transaction() as session:
        tenant = tenants.locked(session, tenant_id)
        backups.ask(session, tenant, "manual", by=by)
        audit.record(session, actor=by, action="backup.make", target=f"tenant:{tenant_id}")


def restore(tenant_id: int, backup_id: int, *, typed: str, by: str) -> None:
    """Asks for the tenant's return to a backup of its own; `typed` must be the subdomain. Raises AltaError."""
    with database.transaction() as session:
        backups.ask_restore(session, tenants.locked(session, tenant_id), backup_id, typed=typed, by=by)


def prove(tenant_id: int, backup_id: int, *, by: str) -> None:
    """Asks for a restore on trial. Raises NotFound, Conflict."""
    with database.transaction() as session:
        tenant = tenants.locked(session, tenant_id)
        backup = session.get(Backup, backup_id)
        if backup is None or backup.tenant_id != tenant_id:
            raise NotFound("No existe esa copia.")
        backups.ask_proof(session, tenant, backup, by=by)
        audit.record(session, actor=by, action="backup.prove", target=f"tenant:{tenant_id}", backup=backup_id)


@dataclass(frozen=True)
class Readable:
    """A stored archive: its name for people, its bytes and checksum before sealing, and where it is."""

    filename: str
    size: int
    sha256: str
    store_key: str
    stored_at: datetime | None


def customer_of(tenant_id: int) -> int:
    """Whose tenant it is. Raises NotFound."""
    with database.reading() as session:
        tenant = session.get(Tenant, tenant_id)
        if tenant is None:
            raise NotFound("No existe esa instancia.")
        return tenant.customer_id


def tenant_of(backup_id: int) -> int:
    """Whose backup it is. Raises NotFound."""
    with database.reading() as session:
        backup = session.get(Backup, backup_id)
        if backup is None:
            raise NotFound("No existe esa copia.")
        return backup.tenant_id


def readable(backup_id: int, *, by: str, staff: bool) -> Readable:
    """The archive, to be handed out; that it was is written down. It is the customer's books: `staff` get it only while
    the customer lets them in. Raises NotFound, Conflict, Forbidden."""
    with database.transaction() as session:
        backup = session.get(Backup, backup_id)
        if backup is None:
            raise NotFound("No existe esa copia.")
        if backup.state != BackupState.STORED or backup.size is None or backup.store_key is None:
            raise Conflict("Esta copia no está guardada.")
        if not backup_keys.known(backup.key_id or ""):
            raise Conflict(backup_keys.WRONG_KEY, code="wrong_key")
        tenant = session.get_one(Tenant, backup.tenant_id)
        if staff:
            access.consented(session, tenant)
        audit.record(session, actor=by, action="backup.download", target=f"tenant:{tenant.id}", backup=backup_id)
        name = f"{tenant.subdomain}-{backup.created_at:%Y%m%d-%H%M}.tar"
        return Readable(name, backup.size, backup.sha256 or "", backup.store_key, backup.stored_at)
