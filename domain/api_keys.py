"""API keys: for programs, with some of what their person may do. Shown once, kept as a hash, ended at once.

`alta_c_` (a customer's) or `alta_s_` (staff's), 30 random characters, 6 of a checksum: secret scanners find them by
`alta_[cs]_[0-9A-Za-z]{36}` and can tell a real one from a look-alike without asking us.
"""

import re
import secrets
import string
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from domain import audit, challenges, database, identities
from domain.errors import Conflict, FieldProblem, Invalid, NotFound
from domain.identities import Identity
from domain.models import Account, ApiKey
from domain.models.base import now

SHAPE = re.compile(r"alta_[cs]_[0-9A-Za-z]{36}")
PREFIX = 11  # characters that are kept to be shown
DAYS = {"30": 30, "90": 90, "365": 365, "": 0}  # how long one may be good; "": until it is ended
MOST = 20
USED_EVERY = timedelta(minutes=5)  # a write for every request would be one too many
_LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase

# What a key may be given: nothing that asks for a person inside an Odoo. It was made with a fresh proof.
CUSTOMER_SCOPES = {
    "portal.see": "Ver el estado, el dominio y las copias de pruebas",
    "invoices.see": "Ver el plan y las facturas",
    "odoo.manage": "Hacer copias de seguridad, dominio y copias de pruebas",
    "backups.take": "Descargar y restaurar copias de seguridad",
    "billing.change": "Tarjeta y datos de facturación",
    "hooks.manage": "Avisos a otros programas",
}
STAFF_SCOPES = {
    "panel.see": "Ver todo lo del panel",
    "tenants.operate": "Actuar sobre instancias y trabajos",
    "audit.see": "Leer el registro",
}


@dataclass(frozen=True)
class View:
    """A key as people see it."""

    id: int
    prefix: str
    name: str
    scopes: list[str]
    by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    last_address: str


def make(who: Identity, customer_id: int | None, name: str, scopes: list[str], days: str, *, by: str) -> str:
    """A new key, whole, for this once. `customer_id` None: staff's own. Raises Invalid, Conflict."""
    offered = STAFF_SCOPES if customer_id is None else CUSTOMER_SCOPES
    title = " ".join(name.split())
    faults = [] if 0 < len(title) <= 60 else [FieldProblem("name", "missing", "Escribe para qué es, en 60 letras.")]
    if not scopes or not set(scopes) <= set(offered) or not all(who.may(one, customer_id) for one in scopes):
        faults.append(FieldProblem("scopes", "unknown", "Elige qué podrá hacer, de lo que puedes hacer tú."))
    if days not in DAYS:
        faults.append(FieldProblem("days", "unknown", "Elige cuánto vale."))
    if faults:
        raise Invalid(faults)
    # Whoever may act may look: every other scope stands on this one.
    given = sorted({*scopes, "panel.see" if customer_id is None else "portal.see"})
    key = _new("s" if customer_id is None else "c")
    with database.transaction() as session:
        session.get(Account, who.account_id, with_for_update={"key_share": True})
        if len(_rows(session, customer_id, who.account_id if customer_id is None else None)) >= MOST:
            raise Conflict(f"Caben {MOST} claves. Termina una que ya no uses.", code="too_many_keys")
        row = ApiKey(
            digest=challenges.digest(key), prefix=key[:PREFIX], account_id=who.account_id, customer_id=customer_id,
            name=title, scopes=given, expires_at=now() + timedelta(days=DAYS[days]) if DAYS[days] else None,
        )  # fmt: skip
        session.add(row)
        target = f"account:{who.account_id}" if customer_id is None else f"customer:{customer_id}"
        audit.record(session, actor=by, action="key.make", target=target, key=row.prefix, scopes=row.scopes)
    return key


def _new(kind: str) -> str:
    body = f"alta_{kind}_" + "".join(secrets.choice(_LETTERS) for _ in range(30))
    return body + _checksum(body)


def _checksum(body: str) -> str:
    number, letters = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, rest = divmod(number, len(_LETTERS))
        letters = _LETTERS[rest] + letters
    return letters


def looks_right(key: str) -> bool:
    """Whether it has the shape of a key and its checksum: others need not be asked about."""
    return bool(SHAPE.fullmatch(key)) and key[-6:] == _checksum(key[:-6])


def identity(key: str, address: str) -> Identity | None:
    """Who a key acts as: its person, as far as its scopes go. None where it is unknown, over, or its person is."""
    if not looks_right(key):
        return None
    with database.reading() as session:
        query = select(ApiKey).where(ApiKey.digest == challenges.digest(key), col(ApiKey.revoked_at).is_(None))
        row = session.exec(query).one_or_none()
        if row is None or (row.expires_at is not None and row.expires_at <= now()):
            return None
        person = identities.person(session, row.account_id, strong=True)
    if person is None or (row.customer_id is not None and row.customer_id not in person.memberships):
        return None
    _used(row, address)
    kept = {} if row.customer_id is None else {row.customer_id: person.memberships[row.customer_id]}
    return Identity(
        account_id=row.account_id,
        login=f"{person.login} ({row.prefix}…)",
        name=row.name,
        staff_role=person.staff_role if row.customer_id is None else None,
        memberships=kept,
        customer_id=row.customer_id,
        session_id=f"key:{row.id}",
        scopes=frozenset(row.scopes),
    )


def _used(row: ApiKey, address: str) -> None:
    if row.last_used_at is not None and now() - row.last_used_at < USED_EVERY:
        return
    with database.transaction() as session:
        fresh = session.get_one(ApiKey, row.id)
        fresh.last_used_at, fresh.last_address = now(), address
        session.add(fresh)


def of_customer(customer_id: int) -> list[View]:
    """A customer's keys, the newest first."""
    with database.reading() as session:
        return _views(session, _rows(session, customer_id, None))


def of_staff(account_id: int) -> list[View]:
    """A staff person's own keys, the newest first."""
    with database.reading() as session:
        return _views(session, _rows(session, None, account_id))


def _rows(session: Session, customer_id: int | None, account_id: int | None) -> list[ApiKey]:
    query = select(ApiKey).where(col(ApiKey.revoked_at).is_(None), ApiKey.customer_id == customer_id)
    if account_id is not None:
        query = query.where(ApiKey.account_id == account_id)
    return list(session.exec(query.order_by(col(ApiKey.id).desc())).all())


def _views(session: Session, rows: list[ApiKey]) -> list[View]:
    return [
        View(
            row.id or 0, row.prefix, row.name, row.scopes, session.get_one(Account, row.account_id).login,
            row.created_at, row.expires_at, row.last_used_at, row.last_address,
        )
        for row in rows
    ]  # fmt: skip


def end(key_id: int, *, customer_id: int | None, account_id: int, by: str) -> None:
    """Ends a key of this customer, or (customer None) of this person, at once. Raises NotFound."""
    with database.transaction() as session:
        row = session.get(ApiKey, key_id, with_for_update={"key_share": True})
        own = row is not None and row.customer_id == customer_id and (customer_id or row.account_id == account_id)
        if row is None or not own or row.revoked_at is not None:
            raise NotFound("Esa clave ya no está.")
        row.revoked_at = now()
        session.add(row)
        target = f"account:{account_id}" if customer_id is None else f"customer:{customer_id}"
        audit.record(session, actor=by, action="key.end", target=target, key=row.prefix)
