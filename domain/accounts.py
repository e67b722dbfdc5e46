"""Accounts: who may log in, what their password opens, and how a lost one is replaced.

Hashing takes CPU time and everything here asks the database: call it off the event loop.
"""

from datetime import datetime

import structlog
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from domain import audit, challenges, database, identities, letters, links, passwords, queue, sessions, throttle
from domain.capabilities import STAFF_ROLES
from domain.errors import FieldProblem, Invalid, NotLoggedIn
from domain.models import Account, Customer, Membership
from domain.models.base import now
from domain.settings import settings
from domain.throttle import Limit

log = structlog.get_logger()
# By login AND address, so that a flood from elsewhere locks nobody out; by address, so that one place cannot try all.
ONE_LOGIN = Limit("login", tries=10, seconds=900)
ONE_ADDRESS = Limit("login-address", tries=100, seconds=900)
ASK_LINK = Limit("link", tries=3, seconds=3600)
ASK_LINK_ADDRESS = Limit("link-address", tries=20, seconds=3600)
REFUSED = "El correo o la contraseña no son correctos."

make_link = links.make
spend_link = links.spend
identity = identities.read
end_session = sessions.end


def find(session: Session, login: str) -> Account | None:
    """The account with this login, whatever its case."""
    return session.exec(_by_login(login)).one_or_none()


def _by_login(login: str) -> SelectOfScalar[Account]:
    return select(Account).where(func.lower(Account.login) == tidy(login))


def tidy(login: str) -> str:
    """A login as it is compared: without spaces around it, in lower case, without what PostgreSQL cannot hold."""
    return login.strip().lower().replace("\0", "").encode("utf-8", "replace").decode()


def authenticate(login: str, password: str, address: str) -> int:
    """The id of the account that `login` and `password` open. Raises NotLoggedIn or TooMany.

    The answer and the time it takes are the same for a login that does not exist, has no password or is disabled.
    """
    who, place = tidy(login), throttle.network(address)
    throttle.take(ONE_ADDRESS, place)
    throttle.take(ONE_LOGIN, who, place)
    with database.reading() as session:
        account = find(session, who)
    usable = account.password_hash if account and account.disabled_at is None else None
    if not passwords.matches(usable, password) or account is None or usable is None:
        log.warning("login.refused", account=account.id if account else None, address=address)
        raise NotLoggedIn(REFUSED, code="bad_login")
    throttle.give_back(ONE_ADDRESS, place)
    throttle.forget(ONE_LOGIN, who, place)
    fresh = passwords.digest(password) if passwords.outdated(usable) else None
    with database.transaction() as session:
        row = session.get_one(Account, account.id)
        row.last_login_at = now()
        row.password_hash = fresh or row.password_hash
        session.add(row)
    return row.id or 0


def ensure_owner(session: Session, customer: Customer) -> Account:
    """The customer's owner; where there is none yet, the account of the customer's e-mail, made if need be.

    Who owns it may have another address by now: the one that they once bought with is nobody's way in any more. An
    account whose address nobody proved, but which has a password, loses it: whoever chose that password might have
    bought with a stranger's address, and must not own what the stranger buys later.
    """
    owners = select(Account).join(Membership, col(Membership.account_id) == Account.id)
    owners = owners.where(Membership.customer_id == customer.id, Membership.role == "owner")
    if (found := session.exec(owners.order_by(col(Membership.created_at))).first()) is not None:
        return found
    account = ensure(session, customer.email, customer.full_name)
    if belong(session, account, customer.id or 0, "owner", now()) and account.verified_at is None:
        _forget_password(session, account)
    return account


def ensure(session: Session, email: str, name: str) -> Account:
    """The account of an e-mail, made where there is none, locked until the transaction ends."""
    # An insert that gives way: two orders of one person may be paid in the same moment.
    session.execute(insert(Account).values(login=tidy(email), name=name, created_at=now()).on_conflict_do_nothing())
    return session.exec(_by_login(email).with_for_update(key_share=True)).one()


def belong(session: Session, account: Account, customer_id: int, role: str, accepted_at: datetime | None) -> bool:
    """Makes somebody one of a customer's people, or (`accepted_at` None) invites them. False: they were already."""
    link = {
        "account_id": account.id, "customer_id": customer_id, "role": role, "created_at": now(),
        "accepted_at": accepted_at,
    }  # fmt: skip
    made = insert(Membership).values(link).on_conflict_do_nothing().returning(col(Membership.customer_id))
    return session.execute(made).first() is not None


def prove_address(session: Session, account: Account, *, same_person: bool = False) -> None:
    """Notes that the address is theirs. A password that was chosen before goes, since a stranger may have chosen it;
    unless whoever proves the address is inside with it (`same_person`)."""
    if account.verified_at is None and not same_person and _forget_password(session, account):
        told = "Confirmaste tu correo. La contraseña que se eligió antes ya no vale: crea otra cuando quieras."
        letters.write(session, "security", account.login, {"words": told}, account=account)
    account.verified_at = account.verified_at or now()
    session.add(account)


def _forget_password(session: Session, account: Account) -> bool:
    if not account.password_hash or account.staff_role is not None:
        return False
    account.password_hash = None
    session.add(account)
    sessions.end_all(session, account.id or 0)
    return True


def proved(account_id: int) -> bool:
    """Whether a letter's link has shown that the account's address is theirs."""
    with database.reading() as session:
        return session.get_one(Account, account_id).verified_at is not None


def ensure_first_admin() -> None:
    """Makes ADMIN_USERNAME with ADMIN_PASSWORD an administrator while there is none at all.

    Once there is one the two variables change nothing: a password is changed by link or by `admin create`, so that
    neither a forgotten `.env` nor a restart gives an old password back.
    """
    login, password = settings().admin_username, settings().admin_password.get_secret_value()
    with database.reading() as session:
        if not password or session.exec(select(Account.id).where(Account.staff_role == "admin")).first() is not None:
            return
    create_staff(login, password, "admin", only_if_none=True)


def create_staff(login: str, password: str, role: str, *, only_if_none: bool = False) -> None:
    """A staff account, or a new role and password for an existing one (its sessions end). Raises Invalid.

    only_if_none: nothing is done where an administrator exists by now; two processes may start at once.
    """
    if role not in STAFF_ROLES:
        raise Invalid([FieldProblem("role", "unknown", f"El rol es uno de: {', '.join(STAFF_ROLES)}.")])
    if not login.strip():
        raise Invalid([FieldProblem("login", "missing", "Escribe un nombre o un correo.")])
    if found := passwords.problem(password, personal=(login,)):
        raise Invalid([found])
    digest = passwords.digest(password)
    with database.transaction() as session:
        session.execute(func.pg_advisory_xact_lock(0x616C7461).select())
        if only_if_none and session.exec(select(Account.id).where(Account.staff_role == "admin")).first() is not None:
            return
        account = find(session, login) or Account(login=tidy(login))
        account.staff_role, account.password_hash, account.disabled_at = role, digest, None
        session.add(account)
        session.flush()
        sessions.end_all(session, account.id or 0)
        audit.record(session, actor="sistema", action="account.staff", target=f"account:{account.id}", role=role)


def ask_link(login: str, address: str, *, visitor: str | None = None) -> None:
    """Sends a link where the account exists and can get mail. The caller never learns whether it does.

    For a new password; for entering where `visitor`, the browser's name, is given. Raises TooMany, which depends on
    what was asked before and not on what exists. The worker looks whether there is an account, so that the time the
    answer takes tells nothing either.
    """
    who = tidy(login)
    throttle.take(ASK_LINK_ADDRESS, throttle.network(address))
    throttle.take(ASK_LINK, who, throttle.network(address))
    args = {"login": who, "visitor": challenges.digest(visitor) if visitor else None}
    with database.transaction() as session:
        queue.defer(session, queue.SEND_LINK, args, queue="letters")


def write_link(login: str, visitor: str | None) -> None:
    """What the worker does when a link was asked for: a letter, where there is an account that can get one."""
    with database.transaction() as session:
        account = find(session, login)
        if account is not None and account.disabled_at is None and "@" in account.login:
            kind: letters.Kind = "enter" if visitor else "password"
            letters.write(session, kind, account.login, {"visitor": visitor} if visitor else None, account=account)


def login_of(account_id: int) -> str:
    """An account's login."""
    with database.reading() as session:
        return session.get_one(Account, account_id).login
