"""What a browser was asked to prove: random, kept as a hash, good once, for one browser, for a few minutes."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain import database
from domain.errors import NotLoggedIn
from domain.models import Challenge
from domain.models.base import now

LIFE = timedelta(minutes=10)
GONE = "Pasó demasiado tiempo, o empezaste en otra ventana. Inténtalo otra vez."

_TAKE = text(
    "delete from challenge where digest = :digest and purpose = :purpose and visitor = :visitor "
    "and expires_at > now() returning data"
)


def make(purpose: str, visitor: str, **data: Any) -> str:
    """A new one for this browser (`visitor` is its cookie's value): 43 characters of base64url."""
    token = random()
    with database.transaction() as session:
        session.add(
            Challenge(
                digest=digest(token), purpose=purpose, visitor=digest(visitor), data=data, expires_at=now() + LIFE
            )
        )
    return token


def take(session: Session, token: str, purpose: str, visitor: str) -> dict[str, Any]:
    """Its data, used up in this transaction. Raises NotLoggedIn where it is unknown, old or of another browser."""
    given = {"digest": digest(token), "purpose": purpose, "visitor": digest(visitor)}
    found = session.execute(_TAKE, given).scalar_one_or_none()
    if found is None:
        raise NotLoggedIn(GONE, code="challenge_gone")
    return dict(found)


def random() -> str:
    """256 bits, as 43 characters of base64url."""
    return secrets.token_urlsafe(32)


def digest(value: str) -> str:
    """How secrets of browsers are kept."""
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
