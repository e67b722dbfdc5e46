"""How a password comes to be: by a link from a letter or after paying, or from inside. Odoo's follows it.

Hashing takes CPU time and everything here asks the database: call it off the event loop.
"""

from collections.abc import Sequence

import structlog
from sqlmodel import Session, col, select

from domain import audit, database, invitations, jobs, letters, links, passwords, sessions, throttle
from domain.errors import FieldProblem, Invalid, NotFound
from domain.models import Account, Membership, Subscription, Tenant
from domain.models.base import now
from domain.states import TenantState

log = structlog.get_logger()
ONE_CHANGE = throttle.Limit("password-change", tries=10, seconds=900)


def first_password_path(customer_id: int) -> str | None:
    """Where a customer who has just paid creates their password, on screen, without waiting for the letter.

    None where the owner's account has a password, is proved, is staff, or serves another customer too: then only the
    letter's link will do, since whoever paid need not be who the address belongs to. Nor for an order under a
    program's own key: who guesses key and order learns the page's address from the API.
    """
    with database.transaction() as session:
        mine = select(Membership.account_id).where(Membership.customer_id == customer_id, Membership.role == "owner")
        account = session.exec(select(Account).where(col(Account.id).in_(mine)).order_by(col(Account.id))).first()
        if account is None or account.password_hash or account.verified_at or account.staff_role:
            return None
        others = select(Membership).where(Membership.account_id == account.id, Membership.customer_id != customer_id)
        if account.disabled_at is not None or session.exec(others).first() is not None:
            return None
        guessable = select(Subscription.id).where(Subscription.customer_id == customer_id)
        if session.exec(guessable.where(col(Subscription.order_key).startswith("api:"))).first() is not None:
            return None
        return f"/password?token={links.make(session, account, links.FIRST)}"


def link_login(token: str) -> str:
    """The login that this link sets a password for; the link stays good. Raises NotFound."""
    return _link_account(token)[0].login


def _link_account(token: str) -> tuple[Account, str]:
    try:
        account_id, purpose = links.owner(token, links.PASSWORD), links.PASSWORD
    except NotFound:
        account_id, purpose = links.owner(token, links.FIRST), links.FIRST
    with database.reading() as session:
        return session.get_one(Account, account_id), purpose


def choose_password(token: str, password: str) -> int:
    """Spends a link and sets the password, in one commit; returns the account's id.

    Raises Invalid (the link stays good) or NotFound (the link is used or too old). Odoo's password follows.
    """
    account, purpose = _link_account(token)
    if found := passwords.problem(password, personal=(account.login, account.name)):
        raise Invalid([found])
    digests = passwords.digest(password), passwords.odoo_digest(password)
    with database.transaction() as session:
        account_id = links.spend(session, token, purpose)
        _set(session, account_id, *digests, verified=purpose == links.PASSWORD)
        if account.password_hash is None and purpose == links.PASSWORD:
            _came_for_an_invitation(session, account)
    return account_id


def _came_for_an_invitation(session: Session, account: Account) -> None:
    """Who has nothing but one invitation, and follows its letter to a first password, has accepted it."""
    rows = session.exec(select(Membership).where(Membership.account_id == account.id)).all()
    if len(rows) == 1 and rows[0].accepted_at is None:
        invitations.accepted(session, rows[0], by=account.login)


def change_password(account_id: int, current: str, new: str, *, by: str) -> None:
    """Somebody who is inside and knows the present password chooses another; every session ends, theirs too.

    Raises Invalid, TooMany.
    """
    throttle.take(ONE_CHANGE, str(account_id))
    with database.reading() as session:
        stored = session.get_one(Account, account_id).password_hash
    if not passwords.matches(stored, current):
        log.warning("password.refused", account=account_id, by=by)
        raise Invalid([FieldProblem("current", "wrong", "La contraseña de ahora no es esa.")])
    set_password(account_id, new)


def set_password(account_id: int, password: str, *, verified: bool = False) -> None:
    """Sets a password that is known to be the person's wish, for Alta and for the Odoo of what they own.

    Every session of the account ends. Raises Invalid, NotFound. `verified`: the wish came through their mailbox.
    """
    with database.reading() as session:
        account = session.get(Account, account_id)
    if account is None:
        raise NotFound("No existe esa cuenta.")
    if found := passwords.problem(password, personal=(account.login, account.name)):
        raise Invalid([found])
    digests = passwords.digest(password), passwords.odoo_digest(password)
    with database.transaction() as session:
        _set(session, account_id, *digests, verified=verified)


def _set(session: Session, account_id: int, digest: str, odoo_digest: str, *, verified: bool) -> None:
    # Tenants first, as a worker does who ends a job and writes to the owner: else the two could wait for each other.
    tenants = _owned(session, account_id)
    account = session.exec(select(Account).where(col(Account.id) == account_id).with_for_update(key_share=True)).one()
    account.password_hash = digest
    account.verified_at = account.verified_at or (now() if verified else None)
    session.add(account)
    links.spend_rest(session, account_id)
    sessions.end_all(session, account_id)
    audit.record(session, actor=account.login, action="account.password", target=f"account:{account_id}")
    if "@" in account.login:
        words = {"words": "Tu contraseña cambió, y tus sesiones se cerraron."}
        letters.write(session, "security", account.login, words, account=account)
    for tenant in tenants:
        tenant.odoo_password_hash = odoo_digest
        session.add(tenant)
        # One that is being created was handed the old hash: the worker compares the two when it ends.
        if tenant.observed in (TenantState.RUNNING, TenantState.SUSPENDED):
            jobs.defer(session, "set_password", tenant=tenant, requested_by=account.login)


def _owned(session: Session, account_id: int) -> Sequence[Tenant]:
    """The tenants whose owner this is, locked until the transaction ends."""
    query = (
        select(Tenant)
        .join(Membership, col(Membership.customer_id) == Tenant.customer_id)
        .where(Membership.account_id == account_id, Membership.role == "owner", col(Tenant.released_at).is_(None))
        .order_by(col(Tenant.id))
    )
    return session.exec(query.with_for_update(of=Tenant, key_share=True)).all()
