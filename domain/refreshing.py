"""Prolonging an API session: each refresh token is good once and gives the next. Used twice, somebody else has it, and
the whole session ends (RFC 9700, section 4.14.2)."""

from dataclasses import dataclass

from sqlmodel import Session, select

from domain import audit, challenges, database, factors, sessions
from domain.errors import NotLoggedIn
from domain.models import Account, LoginSession, RefreshToken
from domain.models.base import now

REFUSED = "Esta clave para renovar ya no sirve. Entra otra vez."


@dataclass(frozen=True)
class Prolonged:
    """A session that goes on, and what it is prolonged with next time."""

    session_id: str
    account_id: int
    refresh_token: str


def first(session_id: str) -> str:
    """The first refresh token of an API session."""
    with database.transaction() as session:
        return _next(session, session_id)


def prolong(token: str) -> Prolonged:
    """Raises NotLoggedIn; a token that was used before ends its session."""
    with database.transaction() as session:
        query = select(RefreshToken).where(RefreshToken.digest == challenges.digest(token))
        row = session.exec(query.with_for_update(key_share=True)).one_or_none()
        login = session.get(LoginSession, row.session_id) if row else None
        stolen = row is not None and row.used_at is not None
        good = row is not None and not stolen and login is not None and _usable(session, login)
        if stolen and login is not None and login.revoked_at is None:
            _end(session, login)
        if good and row is not None and login is not None:
            row.used_at = now()
            login.expires_at = min(now() + sessions.PROGRAM, login.created_at + sessions.PROGRAM_WHOLE)
            session.add_all([row, login])
            return Prolonged(login.id, login.account_id, _next(session, login.id))
    raise NotLoggedIn(REFUSED, code="bad_refresh")


def _usable(session: Session, login: LoginSession) -> bool:
    account = session.get_one(Account, login.account_id)
    return login.revoked_at is None and login.expires_at > now() and account.disabled_at is None


def _end(session: Session, login: LoginSession) -> None:
    sessions.revoke(session, login)
    account = session.get_one(Account, login.account_id)
    audit.record(session, actor=account.login, action="token.reused", target=f"account:{login.account_id}")
    words = "Una clave con la que un programa renueva su sesión se usó dos veces. Cerramos esa sesión por si acaso."
    factors.tell(session, login.account_id, words)


def _next(session: Session, session_id: str) -> str:
    token = challenges.random()
    session.add(RefreshToken(digest=challenges.digest(token), session_id=session_id))
    return token
