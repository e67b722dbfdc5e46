"""One-time links: 256 random bits in the link, their SHA-256 in the row, spent by one statement."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import text
from sqlmodel import Session

from domain import database
from domain.errors import NotFound
from domain.models import Account, OneTimeToken
from domain.models.base import now

LIFE = timedelta(hours=24)
PASSWORD = "password"  # noqa: S105 - a purpose: from a letter, so it also proves the address
FIRST = "first"  # shown on screen to who has just paid: it proves nothing
GONE = "Este enlace ya no sirve: se usó o pasaron 24 horas. Pide uno nuevo."

_SPEND = text(
    "update one_time_token set used_at = now() where digest = :digest and purpose = :purpose "
    "and used_at is null and expires_at > now() returning account_id"
)
_LOOK = text(
    "select account_id from one_time_token where digest = :digest and purpose = :purpose "
    "and used_at is null and expires_at > now()"
)
_SPEND_REST = text("update one_time_token set used_at = now() where account_id = :account_id and used_at is null")
_FORGET_OLD = text("delete from one_time_token where expires_at < now() - interval '30 days'")


def make(session: Session, account: Account, purpose: str) -> str:
    """A link's secret, good for one use within 24 hours once the transaction is kept. Never store or log it."""
    session.execute(_FORGET_OLD)
    token = secrets.token_urlsafe(32)
    session.add(
        OneTimeToken(digest=_digest(token), account_id=account.id or 0, purpose=purpose, expires_at=now() + LIFE)
    )
    session.flush()
    return token


def spend(session: Session, token: str, purpose: str) -> int:
    """Uses the link up, in the transaction of what it allows; returns the account's id. Raises NotFound.

    Of several at once exactly one succeeds: the others wait for its row and then find it used.
    """
    account_id = session.execute(_SPEND, {"digest": _digest(token), "purpose": purpose}).scalar_one_or_none()
    if account_id is None:
        raise NotFound(GONE, code="link_gone")
    return int(account_id)


def spend_rest(session: Session, account_id: int) -> None:
    """The account's other links end too: their reason is gone."""
    session.execute(_SPEND_REST, {"account_id": account_id})


def owner(token: str, purpose: str) -> int:
    """Whose link this is, without spending it: mail scanners open links. Raises NotFound."""
    with database.reading() as session:
        account_id = session.execute(_LOOK, {"digest": _digest(token), "purpose": purpose}).scalar_one_or_none()
    if account_id is None:
        raise NotFound(GONE, code="link_gone")
    return int(account_id)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
