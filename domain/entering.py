"""Getting in: what follows once somebody showed one factor, by whatever way; and fresh proofs later on.

Everything here asks the database, some of it hashes: call it off the event loop.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, select

from domain import accounts, audit, database, devices, factors, formats, links, passkeys, passwords, sessions, throttle
from domain.devices import Device
from domain.errors import NotLoggedIn
from domain.identities import Identity
from domain.models import Account, LoginSession
from domain.models.base import now

HALF_LIFE = timedelta(minutes=10)
PROVE = throttle.Limit("prove", tries=10, seconds=900)  # for each session: who has it need not know the password


@dataclass(frozen=True)
class Entered:
    """`half`: the second factor is still waited for, and the session opens nothing else."""

    session_id: str
    account_id: int
    half: bool


@dataclass(frozen=True)
class Half:
    """Who is half inside, and what they may go on with."""

    account_id: int
    means: str
    has_app: bool
    has_passkeys: bool


def by_password(login: str, password: str, device: Device) -> Entered:
    """Raises NotLoggedIn, TooMany."""
    return admit(accounts.authenticate(login, password, device.address), "password", device)


def by_link(token: str, device: Device, *, inside: str | None = None) -> Entered:
    """Spends a link from a letter, which also proves the address. `inside`: the session that this browser has already.
    Raises NotFound."""
    with database.transaction() as session:
        account_id = links.spend(session, token, links.ENTER)
        account = session.get_one(Account, account_id)
        if account.disabled_at is not None:
            raise NotLoggedIn(accounts.REFUSED, code="bad_login")
        here = session.get(LoginSession, inside or "")
        alive = here is not None and here.kind == "page" and here.revoked_at is None and here.expires_at > now()
        same = alive and here is not None and here.account_id == account_id
        accounts.prove_address(session, account, same_person=same)
        account.last_login_at = now()
    return admit(account_id, "link", device)


def admit(account_id: int, means: str, device: Device, *, strong: bool = False) -> Entered:
    """A session for who showed one factor (`strong`: two at once): a half one where the account asks for another."""
    with database.transaction() as session:
        half = not strong and factors.read(session, account_id).any
        row = sessions.begin(
            session, account_id, address=device.address, agent=device.agent, kind="half" if half else "page",
            means=means, strong=strong,
        )  # fmt: skip
        if half:
            row.expires_at = now() + HALF_LIFE
        else:
            _arrived(session, row, device)
        return Entered(row.id, account_id, half)


def by_program(account_id: int, code: str, device: Device) -> str:
    """An API session after a password, with a code where the account has an app. Raises NotLoggedIn, TooMany."""
    with database.reading() as session:
        has = factors.read(session, account_id)
    if has.any and not code:
        raise NotLoggedIn("Tu cuenta pide también un código: envíalo en `code`.", code="code_needed")
    means = f"password+{factors.check(account_id, code, device.address)}" if has.any else "password"
    with database.transaction() as session:
        row = sessions.begin(
            session, account_id, address=device.address, agent=device.agent, kind="api", means=means, strong=has.any
        )
        return row.id


def half(session_id: str | None) -> Half | None:
    """Whose half session this is; None where it is none, or too old."""
    with database.reading() as session:
        row = session.get(LoginSession, session_id or "")
        if row is None or row.kind != "half" or row.revoked_at is not None or row.expires_at <= now():
            return None
        has = factors.read(session, row.account_id)
        return Half(row.account_id, row.means, has.app_since is not None or has.codes_left > 0, has.passkeys > 0)


def with_code(session_id: str | None, code: str, device: Device) -> Entered:
    """The whole session that follows a half one. Raises NotLoggedIn (`half_gone`: begin again), TooMany."""
    begun = _begun(session_id)
    return _whole(session_id or "", begun, factors.check(begun.account_id, code, device.address), device)


def with_passkey(session_id: str | None, account_id: int, device: Device) -> Entered:
    """The same, for whose passkey answered. Raises NotLoggedIn."""
    begun = _begun(session_id)
    if begun.account_id != account_id:
        raise NotLoggedIn("Esa llave es de otra cuenta.", code="bad_passkey")
    return _whole(session_id or "", begun, "passkey", device)


def _begun(session_id: str | None) -> Half:
    found = half(session_id)
    if found is None:
        raise NotLoggedIn("Pasó demasiado tiempo. Empieza otra vez.", code="half_gone")
    return found


def _whole(session_id: str, begun: Half, means: str, device: Device) -> Entered:
    with database.transaction() as session:
        sessions.revoke(session, session.get(LoginSession, session_id))
        row = sessions.begin(
            session, begun.account_id, address=device.address, agent=device.agent, means=f"{begun.means}+{means}",
            strong=True,
        )  # fmt: skip
        _arrived(session, row, device)
        return Entered(row.id, begun.account_id, half=False)


def _arrived(session: Session, row: LoginSession, device: Device) -> None:
    account = session.get_one(Account, row.account_id)
    audit.record(
        session, actor=account.login, action="login", target=f"account:{row.account_id}", address=device.address,
        means=row.means,
    )  # fmt: skip
    if devices.meet(session, row.account_id, device):
        where = f"{devices.describe(device.agent)}, desde {device.address}, el {formats.day_clock(now())} UTC"
        factors.tell(session, row.account_id, f"Alguien entró en tu cuenta desde un dispositivo nuevo: {where}.")


def prove(identity: Identity, typed: str, address: str) -> None:
    """Somebody who is inside shows once more that it is them: by a code where they have an app, else by password.

    Raises NotLoggedIn, TooMany.
    """
    throttle.take(PROVE, identity.session_id)
    with database.reading() as session:
        account = session.get_one(Account, identity.account_id)
        has = factors.read(session, identity.account_id)
    if has.app_since is not None:
        factors.check(identity.account_id, typed, address)
    elif has.any or not passwords.matches(account.password_hash, typed):
        raise NotLoggedIn("La contraseña no es correcta.", code="bad_login")
    throttle.forget(PROVE, identity.session_id)
    proved(identity)


@dataclass(frozen=True)
class Proofs:
    """What somebody can prove with who they are."""

    app: bool
    password: bool
    passkeys: bool

    @property
    def any(self) -> bool:
        return self.app or self.password or self.passkeys


def proofs(account_id: int) -> Proofs:
    """With an app or a passkey the password alone does not count."""
    with database.reading() as session:
        account, has = session.get_one(Account, account_id), factors.read(session, account_id)
    return Proofs(has.app_since is not None, account.password_hash is not None and not has.any, has.passkeys > 0)


def prove_by_passkey(identity: Identity, answer: str, visitor: str) -> None:
    """The same by a passkey. Raises NotLoggedIn."""
    if passkeys.check(answer, visitor) != identity.account_id:
        raise NotLoggedIn("Esa llave es de otra cuenta.", code="bad_passkey")
    proved(identity)


def proved(identity: Identity, *, strong: bool = False) -> None:
    """Notes that they just proved who they are; `strong`: with a second factor that they have just set up."""
    with database.transaction() as session:
        query = select(LoginSession).where(
            LoginSession.id == identity.session_id, col(LoginSession.revoked_at).is_(None)
        )
        row = session.exec(query.with_for_update(key_share=True)).one_or_none()
        if row is None:
            raise NotLoggedIn("Tu sesión terminó. Vuelve a entrar.", code="session_ended")
        row.proved_at, row.strong = now(), row.strong or strong
        session.add(row)
