"""Who somebody is at another provider, and which account here is theirs. What the provider said was checked before."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from domain import accounts, audit, challenges, database, factors
from domain.errors import Conflict, NotFound, NotLoggedIn
from domain.models import Account, OidcIdentity
from domain.models.base import now

TICKET = "oidc_connect"
UNKNOWN = "No hay ninguna cuenta nuestra con el correo {email}. Entra con tu correo de cliente, o crea tu Odoo."
UNPROVED = "{name} no confirma que ese correo sea tuyo. Entra de otra forma y conéctalo después en «Tu cuenta»."
STAFF_LINKS = "El equipo conecta su cuenta con {name} una vez dentro, en «Tu cuenta»."


@dataclass(frozen=True)
class Vouched:
    """What a provider says of somebody; `provider` is its name here."""

    provider: str
    issuer: str
    subject: str
    email: str
    email_verified: bool


@dataclass(frozen=True)
class Linked:
    """A provider that opens an account."""

    issuer: str
    email: str
    since: datetime


def account_of(said: Vouched) -> int:
    """The account that this opens: the linked one; else, once, the one of the address that the provider confirms.

    Raises NotLoggedIn. As with every proof of an address, a password that somebody chose for it unproved is dropped.
    """
    with database.transaction() as session:
        row = session.get(OidcIdentity, (said.issuer, said.subject))
        if row is not None:
            row.last_used_at, row.email = now(), said.email
            account = session.get_one(Account, row.account_id)
            if account.disabled_at is not None:
                raise NotLoggedIn(accounts.REFUSED, code="bad_login")
            session.add(row)
        else:
            account = _by_address(session, said)
            _link(session, account, said, by=account.login)
        account.last_login_at = now()
        session.add(account)
        return account.id or 0


def _by_address(session: Session, said: Vouched) -> Account:
    if not said.email or not said.email_verified:
        raise NotLoggedIn(UNPROVED.format(name=said.provider), code="address_unproved")
    account = accounts.find(session, said.email)
    if account is None or account.disabled_at is not None:
        raise NotLoggedIn(UNKNOWN.format(email=said.email), code="no_account")
    if account.staff_role is not None:  # a provider's word alone does not make anybody staff
        raise NotLoggedIn(STAFF_LINKS.format(name=said.provider), code="link_first")
    accounts.prove_address(session, account)
    return account


def ticket(account_id: int, visitor: str) -> str:
    """Lets one browser leave for a provider to connect it to this account, once within ten minutes."""
    return challenges.make(TICKET, visitor, account_id=account_id)


def spend_ticket(given: str, visitor: str) -> int:
    """The account that a ticket is for. Raises NotLoggedIn."""
    with database.transaction() as session:
        return int(challenges.take(session, given, TICKET, visitor)["account_id"])


def connect(account_id: int, said: Vouched, *, by: str) -> None:
    """Somebody who is inside adds another way in. Raises Conflict where it opens another account."""
    with database.transaction() as session:
        row = session.get(OidcIdentity, (said.issuer, said.subject))
        if row is not None and row.account_id != account_id:
            raise Conflict("Esa cuenta ya abre otra de las nuestras.", code="linked_elsewhere")
        factors.only_proved(session, account_id)
        if row is None:
            _link(session, session.get_one(Account, account_id), said, by=by)


def _link(session: Session, account: Account, said: Vouched, *, by: str) -> None:
    account_id = account.id or 0
    session.add(
        OidcIdentity(
            issuer=said.issuer, subject=said.subject, account_id=account_id, email=said.email, last_used_at=now()
        )
    )
    audit.record(session, actor=by, action="oidc.link", target=f"account:{account_id}", issuer=said.issuer)
    factors.tell(session, account_id, f"Desde ahora se entra en tu cuenta también con {said.provider} ({said.email}).")


def of(account_id: int) -> list[Linked]:
    """The providers that open an account, the oldest first."""
    query = select(OidcIdentity).where(OidcIdentity.account_id == account_id).order_by(col(OidcIdentity.created_at))
    with database.reading() as session:
        return [Linked(row.issuer, row.email, row.created_at) for row in session.exec(query).all()]


def disconnect(account_id: int, issuer: str, *, by: str) -> None:
    """That provider opens the account no more. Raises NotFound."""
    query = select(OidcIdentity).where(OidcIdentity.account_id == account_id, OidcIdentity.issuer == issuer)
    with database.transaction() as session:
        rows = session.exec(query).all()
        if not rows:
            raise NotFound("Ya no está conectada.")
        for row in rows:
            session.delete(row)
        audit.record(session, actor=by, action="oidc.unlink", target=f"account:{account_id}", issuer=issuer)
        factors.tell(session, account_id, "Se quitó de tu cuenta una forma de entrar por otro proveedor.")
