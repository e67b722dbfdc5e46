"""Account: who logs in, staff or customers' people, with what keeps a login honest."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from domain.models.base import big, key, moment


class Account(SQLModel, table=True):
    """`login` is an e-mail in lower case, or the first admin's name; `staff_role` as in `capabilities`, or None.

    `password_hash` is Argon2id, None until the person has chosen a password. `verified_at`: when a link from a letter
    showed that the address is theirs.
    """

    __tablename__ = "account"
    __table_args__ = (Index("account_login_lower", text("lower(login)"), unique=True),)

    id: int | None = key()
    login: str
    name: str = ""
    password_hash: str | None = None
    staff_role: str | None = Field(default=None, max_length=12)
    verified_at: datetime | None = moment()
    disabled_at: datetime | None = moment()
    last_login_at: datetime | None = moment()
    created_at: datetime = moment(default=True)


class Membership(SQLModel, table=True):
    """A person of a customer, with a role of `capabilities`; a person may belong to several customers.

    `accepted_at` None: they were invited and have not answered; nothing is open to them yet.
    """

    __tablename__ = "membership"

    account_id: int = big(foreign_key="account.id", primary_key=True)
    customer_id: int = big(foreign_key="customer.id", primary_key=True)
    role: str = Field(default="owner", max_length=12)
    created_at: datetime = moment(default=True)
    accepted_at: datetime | None = moment(default=True, nullable=True)


class LoginSession(SQLModel, table=True):
    """One login in one browser (`kind` page) or one token (`kind` api); revoking it ends open pages too.

    `kind` half: a password was right and the second factor is waited for. `means`: how, as `password+totp`; `strong`:
    by two factors; `proved_at`: when they last proved that it is them; `visit_id`: the customer's portal that
    staff see through it.
    """

    __tablename__ = "login_session"

    id: str = Field(primary_key=True, max_length=64)
    account_id: int = big(foreign_key="account.id")
    kind: str = Field(default="page", max_length=8)
    address: str = ""
    agent: str = ""
    means: str = Field(default="", max_length=60)
    strong: bool = False
    proved_at: datetime | None = moment()
    visit_id: int | None = big(foreign_key="support_visit.id", nullable=True)
    created_at: datetime = moment(default=True)
    expires_at: datetime = moment(default=True, index=True)
    revoked_at: datetime | None = moment()


class OneTimeToken(SQLModel, table=True):
    """A link's secret, kept as its SHA-256; spent atomically; `purpose` binds it (`password`).

    `visitor`: the SHA-256 of the cookie of the browser that asked for it, or `change:ID`, the wish that it confirms.
    """

    __tablename__ = "one_time_token"

    digest: str = Field(primary_key=True, max_length=64)
    account_id: int = big(foreign_key="account.id")
    purpose: str = Field(max_length=16)
    visitor: str | None = Field(default=None, max_length=64)
    created_at: datetime = moment(default=True)
    expires_at: datetime = moment(default=True, index=True)
    used_at: datetime | None = moment()


class Throttle(SQLModel, table=True):
    """Tries counted per key (`login:address:…`) in a window that starts at `since`; shared by all processes."""

    __tablename__ = "throttle"

    key: str = Field(primary_key=True, max_length=160)
    count: int = 0
    since: datetime = moment(default=True, index=True)
