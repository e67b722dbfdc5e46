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

DAY = timedelta(hours=24)
PASSWORD = "password"  # noqa: S105 - a purpose: from a letter, so it also proves the address
FIRST = "first"  # shown on screen to who has just paid: it proves nothing
ENTER = "enter"  # from a letter: opens a session without a password
MAIL_OLD, MAIL_NEW = "mail_old", "mail_new"  # from letters to either address of one that changes
LIVES = {PASSWORD: DAY, FIRST: DAY, ENTER: timedelta(minutes=15), MAIL_OLD: DAY, MAIL_NEW: DAY}
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


def make(session: Session, account: Account, purpose: str, *, visitor: str | None = None) -> str:
    """A link's secret, good for one use within its purpose's `LIVES` once the transaction is kept. Never store or log
    it. `visitor`: the digest of the browser that asked for it."""
    session.execute(_FORGET_OLD)
    token = secrets.token_urlsafe(32)
    session.add(
        OneTimeToken(
            digest=_digest(token), account_id=account.id or 0, purpose=purpose, visitor=visitor,
            expires_at=now() + LIVES[purpose],
        )
    )  # fmt: skip
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


def asked_by(token: str) -> str | None:
    """The digest of the browser that asked for this link, where it was noted."""
    with database.reading() as session:
        row = session.get(OneTimeToken, _digest(token))
        return row.visitor if row else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
