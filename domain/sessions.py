"""Login sessions: rows in PostgreSQL, so that every process knows them and anyone's can be ended at once."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select

from domain import audit, database
from domain.identities import IDLE
from domain.models import LoginSession
from domain.models.base import now

PROGRAM = timedelta(days=14)  # an API session lives so long after it was last prolonged
PROGRAM_WHOLE = timedelta(days=90)  # and, however often that is, not longer than this

_FORGET_OLD = text("delete from login_session where expires_at < now() - interval '7 days'")


def begin(
    session: Session,
    account_id: int,
    *,
    address: str,
    agent: str,
    kind: str = "page",
    means: str = "password",
    strong: bool = False,
) -> LoginSession:
    """A new session in this transaction, which begins with a proof. `kind` page slides for 12 hours up to 7 days; `api`
    lasts 14 days after it was last prolonged; `half` is ended by the second factor."""
    session.execute(_FORGET_OLD)
    row = LoginSession(
        id=secrets.token_urlsafe(32),
        account_id=account_id,
        kind=kind,
        address=address,
        agent=agent.encode("utf-8", "replace").decode().replace("\0", "")[:200],
        means=means,
        strong=strong,
        proved_at=now(),
        expires_at=now() + (IDLE if kind == "page" else PROGRAM),
    )
    session.add(row)
    return row


@dataclass(frozen=True)
class Login:
    """A login that is open. `seen_at`: within five minutes, when it was used last; `kind`: page or api."""

    session_id: str
    kind: str
    address: str
    agent: str
    began_at: datetime
    seen_at: datetime


def of(account_id: int) -> list[Login]:
    """An account's open logins, the newest first."""
    query = select(LoginSession).where(LoginSession.account_id == account_id, col(LoginSession.revoked_at).is_(None))
    query = query.where(LoginSession.kind != "half")
    with database.reading() as session:
        rows = session.exec(
            query.where(LoginSession.expires_at > now()).order_by(col(LoginSession.created_at).desc()).limit(50)
        ).all()
    return [
        Login(
            row.id, row.kind, row.address, row.agent, row.created_at,
            max(row.created_at, row.expires_at - (IDLE if row.kind == "page" else PROGRAM)),
        )
        for row in rows
    ]  # fmt: skip


def end_others(account_id: int, kept: str, *, by: str) -> int:
    """Ends every login of an account but one; returns how many."""
    query = select(LoginSession).where(LoginSession.account_id == account_id, col(LoginSession.revoked_at).is_(None))
    with database.transaction() as session:
        rows = session.exec(query.where(LoginSession.id != kept, LoginSession.expires_at > now())).all()
        for row in rows:
            revoke(session, row)
        if rows:
            audit.record(session, actor=by, action="login.end_others", target=f"account:{account_id}", ended=len(rows))
        return len(rows)


def end_one(account_id: int, session_id: str, *, by: str) -> None:
    """Ends one login of an account. Another's, or one that is over, is left as it is."""
    with database.transaction() as session:
        row = session.get(LoginSession, session_id)
        if row is not None and row.account_id == account_id and row.revoked_at is None:
            revoke(session, row)
            audit.record(session, actor=by, action="login.end", target=f"account:{account_id}", address=row.address)


def end(session_id: str) -> None:
    """Ends one session; its open pages are told in every process."""
    with database.transaction() as session:
        revoke(session, session.get(LoginSession, session_id))


def end_all(session: Session, account_id: int) -> None:
    """Ends every session and token of an account, in the caller's transaction."""
    rows = session.exec(
        select(LoginSession).where(LoginSession.account_id == account_id, col(LoginSession.revoked_at).is_(None))
    ).all()
    for row in rows:
        revoke(session, row)


def revoke(session: Session, row: LoginSession | None) -> None:
    """Ends it, in the caller's transaction."""
    if row is not None and row.revoked_at is None:
        row.revoked_at = now()
        session.add(row)
        database.notify(session, f"session:{row.id}")


def changed(session: Session, account_id: int) -> None:
    """What somebody may has changed: their open pages are looked at, when the transaction commits."""
    query = select(LoginSession.id).where(LoginSession.account_id == account_id, col(LoginSession.revoked_at).is_(None))
    alive = session.exec(query.where(LoginSession.expires_at > now())).all()
    database.notify(session, *(f"session:{one}" for one in alive))
