"""Outgoing webhooks: where customers' programs are told what happens, and what there is to be told.

Events are written in the commit of what they tell, so that none is lost and none is told that did not happen. Signed as
https://www.standardwebhooks.com says (2024): any of its libraries verifies them.
"""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from domain import audit, database, hook_addresses, secret_box
from domain.errors import Conflict, FieldProblem, Invalid, NotFound
from domain.models import Customer, HookDelivery, HookEndpoint
from domain.models.base import now

MOST = 10
KINDS = {
    "tenant.ready": "El Odoo está listo",
    "tenant.suspended": "El Odoo se suspendió",
    "tenant.resumed": "El Odoo vuelve a funcionar",
    "tenant.archived": "El Odoo se archivó",
    "tenant.deleted": "El Odoo se borró",
    "backup.restored": "Se restauró una copia de seguridad",
    "subscription.active": "La suscripción está al día",
    "subscription.past_due": "Un cobro no se pudo hacer",
    "subscription.cancelled": "La suscripción terminó",
    "ping": "Prueba",
}
# What the end of a job tells, by the job's kind.
OF_JOBS = {
    "create_tenant": "tenant.ready",
    "suspend_tenant": "tenant.suspended",
    "resume_tenant": "tenant.resumed",
    "archive_tenant": "tenant.archived",
    "delete_tenant": "tenant.deleted",
    "restore_tenant": "backup.restored",
}


@dataclass(frozen=True)
class View:
    """An address as people see it."""

    id: int
    customer_id: int | None
    url: str
    kinds: list[str]
    failing_since: datetime | None
    disabled_at: datetime | None


@dataclass(frozen=True)
class Sent:
    """A delivery in the log. `state`: delivered, waiting or failed."""

    id: int
    event: str
    kind: str
    created_at: datetime
    tries: int
    tried_at: datetime | None
    state: str
    status: int | None
    answer: str


def emit(session: Session, kind: str, customer_id: int, **data: Any) -> None:
    """Tells every address that wants it, once this transaction is kept."""
    wanted = select(HookEndpoint).where(
        or_(HookEndpoint.customer_id == customer_id, col(HookEndpoint.customer_id).is_(None)),
        col(HookEndpoint.removed_at).is_(None),
        col(HookEndpoint.disabled_at).is_(None),
    )
    event = f"msg_{secrets.token_hex(12)}"
    for endpoint in session.exec(wanted).all():
        if not endpoint.kinds or kind in endpoint.kinds:
            _queue(session, endpoint, event, kind, {"customer_id": customer_id, **data})


def _queue(session: Session, endpoint: HookEndpoint, event: str, kind: str, data: dict[str, Any]) -> None:
    payload = {"type": kind, "timestamp": now().isoformat(timespec="milliseconds"), "data": data}
    delivery = HookDelivery(endpoint_id=endpoint.id or 0, event=event, kind=kind, payload=payload, next_at=now())
    session.add(delivery)


def add(customer_id: int | None, url: str, kinds: list[str], *, by: str) -> tuple[int, str]:
    """A new address; returns its number and its signing secret (`whsec_…`), which is shown once.

    Raises Invalid, Conflict. What the name leads to is looked at again at every delivery.
    """
    faults = [FieldProblem("url", *fault)] if (fault := hook_addresses.problem(url)) else []
    if not set(kinds) <= set(KINDS):
        faults.append(FieldProblem("kinds", "unknown", "Elige qué avisos quieres."))
    if faults:
        raise Invalid(faults)
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    with database.transaction() as session:
        if customer_id is not None:
            session.get(Customer, customer_id, with_for_update={"key_share": True})
        if len(_rows(session, customer_id)) >= MOST:
            raise Conflict(f"Caben {MOST} direcciones.", code="too_many_hooks")
        row = HookEndpoint(customer_id=customer_id, url=url.strip(), kinds=sorted(set(kinds)), created_by=by)
        session.add(row)
        session.flush()
        row.secret = secret_box.seal(secret, f"hook:{row.id}")
        session.add(row)
        _record(session, row, by, "hook.add")
        return row.id or 0, secret


def of(customer_id: int | None) -> list[View]:
    """A customer's addresses (None: the operator's), the oldest first."""
    with database.reading() as session:
        return [
            View(row.id or 0, row.customer_id, row.url, row.kinds, row.failing_since, row.disabled_at)
            for row in _rows(session, customer_id)
        ]


def remove(customer_id: int | None, endpoint_id: int, *, by: str) -> None:
    """Nothing is sent there any more. Raises NotFound."""
    with database.transaction() as session:
        row = _own(session, customer_id, endpoint_id)
        row.removed_at, row.secret = now(), ""
        session.add(row)
        _record(session, row, by, "hook.remove")


def enable(customer_id: int | None, endpoint_id: int, *, by: str) -> None:
    """Sends there again, from the next event on. Raises NotFound."""
    with database.transaction() as session:
        row = _own(session, customer_id, endpoint_id)
        row.disabled_at, row.failing_since = None, None
        session.add(row)
        _record(session, row, by, "hook.enable")


def ping(customer_id: int | None, endpoint_id: int, *, by: str) -> None:
    """Sends an event that tells nothing, to try the address. Raises NotFound, Conflict where it is switched off."""
    with database.transaction() as session:
        row = _own(session, customer_id, endpoint_id)
        if row.disabled_at is not None:
            raise Conflict("Esta dirección está apagada: enciéndela antes.", code="hook_disabled")
        _queue(session, row, f"msg_{secrets.token_hex(12)}", "ping", {"by": by})


def resend(customer_id: int | None, delivery_id: int, *, by: str) -> None:
    """The same event to the same address once more, with its own number of tries. Raises NotFound."""
    with database.transaction() as session:
        delivery = session.get(HookDelivery, delivery_id)
        if delivery is None:
            raise NotFound("Ese aviso ya no está.")
        row = _own(session, customer_id, delivery.endpoint_id)
        fresh = HookDelivery(
            endpoint_id=row.id or 0, event=delivery.event, kind=delivery.kind, payload=delivery.payload, next_at=now()
        )
        session.add(fresh)
        _record(session, row, by, "hook.resend", event=delivery.event)


def sent(customer_id: int | None, endpoint_id: int, *, limit: int = 20) -> list[Sent]:
    """The last deliveries to an address, the newest first. Raises NotFound."""
    with database.reading() as session:
        _own(session, customer_id, endpoint_id, lock=False)
        query = select(HookDelivery).where(HookDelivery.endpoint_id == endpoint_id)
        rows = session.exec(query.order_by(col(HookDelivery.id).desc()).limit(limit)).all()
        return [
            Sent(
                row.id or 0, row.event, row.kind, row.created_at, row.tries, row.tried_at,
                "delivered" if row.delivered_at else "waiting" if row.next_at else "failed", row.status, row.answer,
            )
            for row in rows
        ]  # fmt: skip


def _rows(session: Session, customer_id: int | None) -> list[HookEndpoint]:
    query = select(HookEndpoint).where(HookEndpoint.customer_id == customer_id, col(HookEndpoint.removed_at).is_(None))
    return list(session.exec(query.order_by(col(HookEndpoint.id))).all())


def _own(session: Session, customer_id: int | None, endpoint_id: int, *, lock: bool = True) -> HookEndpoint:
    row = session.get(HookEndpoint, endpoint_id, with_for_update={"key_share": True} if lock else None)
    if row is None or row.customer_id != customer_id or row.removed_at is not None:
        raise NotFound("Esa dirección ya no está.")
    return row


def _record(session: Session, row: HookEndpoint, by: str, action: str, **more: Any) -> None:
    target = f"customer:{row.customer_id}" if row.customer_id else "service:1"
    audit.record(session, actor=by, action=action, target=target, hook=row.id, url=row.url, **more)
