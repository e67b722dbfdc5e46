"""What proves who somebody is, beside a password: a code from an app, recovery codes, passkeys, other providers."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from domain.models.base import big, document, key, moment


class Authenticator(SQLModel, table=True):
    """An app that makes codes (TOTP, RFC 6238). `secret` is sealed (`totp:ACCOUNT`); `last_step`: the newest 30 s step
    whose code was used, since a code is good once; not in force before `confirmed_at`."""

    __tablename__ = "authenticator"

    account_id: int = big(foreign_key="account.id", primary_key=True, index=False)
    secret: str
    last_step: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime = moment(default=True)
    confirmed_at: datetime | None = moment()


class RecoveryCode(SQLModel, table=True):
    """One of ten codes for who lost the rest, kept as its SHA-256 (120 random bits), good once."""

    __tablename__ = "recovery_code"

    digest: str = Field(primary_key=True, max_length=64)
    account_id: int = big(foreign_key="account.id")
    created_at: datetime = moment(default=True)
    used_at: datetime | None = moment()


class Passkey(SQLModel, table=True):
    """A WebAuthn credential. `id` and `public_key` are base64url as the browser names them."""

    __tablename__ = "passkey"

    id: str = Field(primary_key=True, max_length=1400)
    account_id: int = big(foreign_key="account.id")
    public_key: str
    sign_count: int = Field(default=0, sa_type=BigInteger)
    name: str = Field(max_length=60)
    created_at: datetime = moment(default=True)
    last_used_at: datetime | None = moment()


class Challenge(SQLModel, table=True):
    """What a browser was asked to prove, kept as its SHA-256 until it answers, once; `data` is what the answer needs.

    `visitor` is the SHA-256 of the browser's own cookie: an answer of another browser is none.
    """

    __tablename__ = "challenge"

    digest: str = Field(primary_key=True, max_length=64)
    purpose: str = Field(max_length=16)
    visitor: str = Field(max_length=64)
    data: dict[str, Any] = document()
    expires_at: datetime = moment(default=True, index=True)


class OidcIdentity(SQLModel, table=True):
    """Who somebody is at another provider (OpenID Connect): `subject` is theirs there for ever, `email` may change."""

    __tablename__ = "oidc_identity"

    issuer: str = Field(primary_key=True, max_length=300)
    subject: str = Field(primary_key=True, max_length=255)
    account_id: int = big(foreign_key="account.id")
    email: str = ""
    created_at: datetime = moment(default=True)
    last_used_at: datetime | None = moment()


class KnownDevice(SQLModel, table=True):
    """A browser that an account was opened in before; `digest` is the SHA-256 of its own cookie."""

    __tablename__ = "known_device"

    account_id: int = big(foreign_key="account.id", primary_key=True, index=False)
    digest: str = Field(primary_key=True, max_length=64)
    seen_at: datetime = moment(default=True, index=True)


class EmailChange(SQLModel, table=True):
    """Another address for an account, in force when both have said so; one that is waited for replaces the last."""

    __tablename__ = "email_change"

    id: int | None = key()
    account_id: int = big(foreign_key="account.id")
    login: str
    old_agreed_at: datetime | None = moment()
    new_agreed_at: datetime | None = moment()
    created_at: datetime = moment(default=True)
    expires_at: datetime = moment(default=True)
    ended_at: datetime | None = moment()


class RefreshToken(SQLModel, table=True):
    """What an API session is prolonged with, kept as its SHA-256 and good once: used twice, the session ends."""

    __tablename__ = "refresh_token"

    digest: str = Field(primary_key=True, max_length=64)
    session_id: str = Field(foreign_key="login_session.id", index=True, max_length=64, ondelete="CASCADE")
    created_at: datetime = moment(default=True)
    used_at: datetime | None = moment()
