"""The second factor: an app that makes codes (TOTP), and recovery codes for who lost it. Passkeys are in `passkeys`.

Everything here asks the database: call it off the event loop.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyotp
import structlog
from sqlalchemy import text
from sqlmodel import Session, col, delete, func, select

from domain import audit, database, letters, secret_box, sessions, throttle
from domain.errors import Conflict, FieldProblem, Invalid, NotLoggedIn
from domain.models import Account, Authenticator, Passkey, RecoveryCode
from domain.models.base import now
from domain.settings import settings

log = structlog.get_logger()
STEP = 30  # seconds a code is shown
DRIFT = 1  # steps that a phone's clock may be off
CODES, DIGITS = 10, 6
# By account and address as at the login; by account alone, since a million codes are few for many machines.
ONE_PLACE = throttle.Limit("code", tries=5, seconds=900)
EVERYWHERE = throttle.Limit("code-account", tries=30, seconds=3600)
REFUSED = "El código no es correcto, o ya se usó. Espera al siguiente."

# One statement: of two logins with one code exactly one succeeds.
_USE_STEP = text(
    "update authenticator set last_step = :step where account_id = :account and last_step < :step "
    "and confirmed_at is not null returning account_id"
)
_USE_CODE = text(
    "update recovery_code set used_at = now() where digest = :digest and account_id = :account and used_at is null "
    "returning account_id"
)


@dataclass(frozen=True)
class Factors:
    """What an account has beside its password: since when an app, how many passkeys, how many unused codes."""

    app_since: datetime | None
    passkeys: int
    codes_left: int

    @property
    def any(self) -> bool:
        return self.app_since is not None or self.passkeys > 0


@dataclass(frozen=True)
class Enrolment:
    """What the app reads: `uri` as a QR, or `secret` typed by hand."""

    secret: str
    uri: str


def of(account_id: int) -> Factors:
    """As they are now."""
    with database.reading() as session:
        return read(session, account_id)


def read(session: Session, account_id: int) -> Factors:
    """As they are now, in this transaction."""
    app = session.get(Authenticator, account_id)
    keys = session.exec(select(func.count()).select_from(Passkey).where(Passkey.account_id == account_id)).one()
    unused = select(func.count()).select_from(RecoveryCode).where(col(RecoveryCode.used_at).is_(None))
    left = session.exec(unused.where(RecoveryCode.account_id == account_id)).one()
    return Factors(app.confirmed_at if app else None, keys, left)


def among(session: Session, account_ids: Sequence[int]) -> set[int]:
    """Those of the accounts that have a second factor."""
    apps = select(Authenticator.account_id).where(col(Authenticator.confirmed_at).is_not(None))
    keys = select(Passkey.account_id)
    with_app = session.exec(apps.where(col(Authenticator.account_id).in_(account_ids))).all()
    return {*with_app, *session.exec(keys.where(col(Passkey.account_id).in_(account_ids))).all()}


def begin(account_id: int) -> Enrolment:
    """A new seed that waits for its first code; the app in force, if there is one, stays until then."""
    secret = pyotp.random_base32()
    with database.transaction() as session:
        account = only_proved(session, account_id)
        row = session.get(Authenticator, account_id, with_for_update={"key_share": True})
        if row is not None and row.confirmed_at is not None:
            raise Conflict("Ya tienes una aplicación. Quítala antes de poner otra.", code="already_there")
        row = row or Authenticator(account_id=account_id, secret="")
        row.secret, row.created_at = secret_box.seal(secret, _place(account_id)), now()
        session.add(row)
        uri = pyotp.TOTP(secret).provisioning_uri(name=account.login, issuer_name=settings().operator_name)
    return Enrolment(secret, uri)


def only_proved(session: Session, account_id: int) -> Account:
    """The account, whose address has to be proved before more ways in are added: whoever bought with a stranger's
    address must not stay inside when the stranger comes. Raises Conflict."""
    account = session.get_one(Account, account_id)
    if account.verified_at is None and account.staff_role is None:
        raise Conflict("Confirma antes tu correo, en «Correo y contraseña».", code="unproved")
    return account


def confirm(account_id: int, code: str, *, by: str) -> list[str]:
    """Puts the app in force with its first code; returns the recovery codes, which are shown once.

    Raises Invalid where the code is not the app's, TooMany.
    """
    throttle.take(EVERYWHERE, str(account_id))
    with database.transaction() as session:
        row = session.get(Authenticator, account_id, with_for_update={"key_share": True})
        if row is None or row.confirmed_at is not None:
            raise Conflict("Empieza otra vez: esta página ya no vale.", code="not_begun")
        step = _step(secret_box.unseal(row.secret, _place(account_id)), code)
        if step is None:
            raise Invalid([FieldProblem("code", "wrong", "Ese no es el código que muestra la aplicación ahora.")])
        row.confirmed_at, row.last_step = now(), step
        session.add(row)
        audit.record(session, actor=by, action="factor.app", target=f"account:{account_id}")
        tell(session, account_id, "Ahora se pide un código de tu aplicación al entrar.")
        return renew_codes(session, account_id)


def check(account_id: int, code: str, address: str) -> str:
    """`totp` or `recovery`: what `code` was, used up now. Raises NotLoggedIn, TooMany."""
    place = throttle.network(address)
    throttle.take(ONE_PLACE, str(account_id), place)
    throttle.take(EVERYWHERE, str(account_id))
    plain = "".join(code.split()).replace("-", "").lower()
    with database.transaction() as session:
        means = _use(session, account_id, plain)
        if means == "recovery":
            audit.record(session, actor=_login(session, account_id), action="factor.recovery", target=_of(account_id))
            tell(session, account_id, "Alguien entró con uno de tus códigos de recuperación.")
    if means is None:
        log.warning("code.refused", account=account_id, address=address)
        raise NotLoggedIn(REFUSED, code="bad_code")
    throttle.forget(ONE_PLACE, str(account_id), place)
    throttle.give_back(EVERYWHERE, str(account_id))
    return means


def _use(session: Session, account_id: int, plain: str) -> str | None:
    if len(plain) == DIGITS and plain.isascii() and plain.isdigit():
        row = session.get(Authenticator, account_id)
        step = _step(secret_box.unseal(row.secret, _place(account_id)), plain) if row else None
        used = step and session.execute(_USE_STEP, {"step": step, "account": account_id}).first()
        return "totp" if used else None
    given = {"digest": _digest(plain), "account": account_id}
    return "recovery" if session.execute(_USE_CODE, given).first() else None


def _step(secret: str, code: str) -> int | None:
    """The 30 s step that `code` is of, around the present one."""
    present, totp = int(now().timestamp()) // STEP, pyotp.TOTP(secret)
    typed = "".join(code.split())
    for step in range(present - DRIFT, present + DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode("utf-8", "replace")):
            return step
    return None


def new_codes(account_id: int, *, by: str) -> list[str]:
    """Ten new recovery codes in place of the old ones, shown once. Raises Conflict where there is no second factor."""
    with database.transaction() as session:
        if not read(session, account_id).any:
            raise Conflict("Pon primero una aplicación o una llave.", code="no_factor")
        audit.record(session, actor=by, action="factor.codes", target=_of(account_id))
        return renew_codes(session, account_id)


def renew_codes(session: Session, account_id: int) -> list[str]:
    """Ten new codes in this transaction; the old ones are gone."""
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account_id))
    codes = ["-".join(secrets.token_hex(4) for _ in range(4)) for _ in range(CODES)]
    for code in codes:
        session.add(RecoveryCode(digest=_digest(code.replace("-", "")), account_id=account_id))
    return codes


def remove_app(account_id: int, *, by: str) -> None:
    """Asks for no code any more. Raises Conflict where it is the last factor of somebody who must have one."""
    with database.transaction() as session:
        row = session.get(Authenticator, account_id, with_for_update={"key_share": True})
        if row is None:
            return
        session.delete(row)
        session.flush()
        audit.record(session, actor=by, action="factor.app_gone", target=_of(account_id))
        tell(session, account_id, "Ya no se pide un código de tu aplicación al entrar.")
        tidy_up(session, account_id)


def tidy_up(session: Session, account_id: int) -> None:
    """After a factor went: without any, recovery codes are for nothing. Raises Conflict where one has to stay."""
    if read(session, account_id).any:
        return
    account = session.get_one(Account, account_id)
    if account.staff_role is not None and settings().staff_second_factor:
        raise Conflict("El equipo necesita un segundo paso: pon otro antes de quitar este.", code="factor_needed")
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account_id))


def reset(login: str, *, by: str) -> None:
    """Takes every factor of an account away, for who lost all of them and was recognised in person. Raises Invalid."""
    with database.transaction() as session:
        account = session.exec(select(Account).where(func.lower(Account.login) == login.strip().lower())).one_or_none()
        if account is None or account.id is None:
            raise Invalid([FieldProblem("login", "unknown", "No existe esa cuenta.")])
        take_away(session, account, by=by)


def take_away(session: Session, account: Account, *, by: str) -> None:
    """Takes every factor of an account away in this transaction; logins that it made strong end."""
    account_id = account.id or 0
    for table in (Authenticator, Passkey, RecoveryCode):
        session.exec(delete(table).where(table.account_id == account_id))  # type: ignore[arg-type]
    sessions.end_all(session, account_id)
    audit.record(session, actor=by, action="factor.reset", target=_of(account_id))
    tell(session, account_id, "Nuestro equipo quitó el segundo paso de tu cuenta, como pediste.")


def tell(session: Session, account_id: int, words: str) -> None:
    """A letter about what changed in how somebody enters, where the account has an address."""
    account = session.get_one(Account, account_id)
    if "@" in account.login:
        letters.write(session, "security", account.login, {"words": words}, account=account)


def _login(session: Session, account_id: int) -> str:
    return session.get_one(Account, account_id).login


def _of(account_id: int) -> str:
    return f"account:{account_id}"


def _place(account_id: int) -> str:
    return f"totp:{account_id}"


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()
