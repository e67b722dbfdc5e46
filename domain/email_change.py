"""Another address to log in with: in force when the old and the new one have both said so, by a link each."""

from datetime import timedelta
from typing import Literal

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from domain import accounts, audit, database, emails, factors, letters, links, throttle
from domain.errors import Conflict, FieldProblem, Invalid, NotFound
from domain.models import Account, EmailChange
from domain.models.base import now

LIFE = timedelta(hours=24)
ASKED = throttle.Limit("email-change", tries=5, seconds=3600)
Side = Literal["old", "new"]
PURPOSES: dict[Side, str] = {"old": links.MAIL_OLD, "new": links.MAIL_NEW}

_FORGET_LINKS = text(
    "update one_time_token set used_at = now() where account_id = :account and used_at is null "
    "and purpose in ('mail_old', 'mail_new')"
)


def waiting(account_id: int) -> EmailChange | None:
    """The change that still waits for a confirmation."""
    with database.reading() as session:
        return _open(session, account_id)


def ask(account_id: int, email: str, *, by: str) -> None:
    """Writes to both addresses; a change asked for before is forgotten. Raises Invalid, Conflict, TooMany.

    Whether the new address has an account already is not told: then only the old one is written to, and the change
    never comes.
    """
    address = emails.canonical(email[:1000])
    if fault := emails.problem(address):
        raise Invalid([FieldProblem("email", *fault)])
    throttle.take(ASKED, str(account_id))
    with database.transaction() as session:
        account = session.get_one(Account, account_id)
        if account.login == accounts.tidy(address):
            raise Invalid([FieldProblem("email", "same", "Ese ya es tu correo.")])
        if "@" not in account.login:
            raise Conflict("Tu usuario no es un correo: pide el cambio a otra persona del equipo.", code="no_address")
        _end_open(session, account_id)
        change = EmailChange(account_id=account_id, login=accounts.tidy(address), expires_at=now() + LIFE)
        session.add(change)
        session.flush()
        args = {"words": change.login, "visitor": _mark(change)}
        letters.write(session, "email_old", account.login, args, account=account)
        if accounts.find(session, address) is None:
            letters.write(session, "email_new", change.login, args, account=account)
        audit.record(session, actor=by, action="email.ask", target=f"account:{account_id}", to=change.login)


def forget(account_id: int, *, by: str) -> None:
    """The change is not wanted any more."""
    with database.transaction() as session:
        if _end_open(session, account_id):
            audit.record(session, actor=by, action="email.forget", target=f"account:{account_id}")


def side(token: str) -> Side:
    """Which of the two addresses this link was sent to. Raises NotFound."""
    for one, purpose in PURPOSES.items():
        try:
            links.owner(token, purpose)
        except NotFound:
            continue
        return one
    raise NotFound(links.GONE, code="link_gone")


def agree(token: str) -> bool:
    """Spends a link; True when both have agreed now and the login is the new one. Raises NotFound, Conflict."""
    which, mark = side(token), links.asked_by(token)
    try:
        with database.transaction() as session:
            account_id = links.spend(session, token, PURPOSES[which])
            change = _open(session, account_id, lock=True)
            if change is None or mark != _mark(change):  # a letter of an earlier wish, sent late
                raise NotFound(links.GONE, code="link_gone")
            if which == "old":
                change.old_agreed_at = now()
            else:
                change.new_agreed_at = now()
            session.add(change)
            if change.old_agreed_at is None or change.new_agreed_at is None:
                return False
            _carry_out(session, change)
            return True
    except IntegrityError as error:
        raise Conflict("Ese correo tiene ya otra cuenta.", code="email_taken") from error


def _carry_out(session: Session, change: EmailChange) -> None:
    account = session.exec(select(Account).where(Account.id == change.account_id).with_for_update(key_share=True)).one()
    before, account.login, account.verified_at = account.login, change.login, now()
    change.ended_at = now()
    session.add_all([account, change])
    session.flush()
    audit.record(
        session, actor=before, action="email.change", target=f"account:{account.id}", before=before, after=account.login
    )
    words = f"Desde ahora entras con {account.login}."
    factors.tell(session, account.id or 0, words)
    letters.write(session, "security", before, {"words": words}, account=account)


def _mark(change: EmailChange) -> str:
    """What a link says of the wish that it confirms."""
    return f"change:{change.id}"


def _open(session: Session, account_id: int, *, lock: bool = False) -> EmailChange | None:
    query = select(EmailChange).where(EmailChange.account_id == account_id, col(EmailChange.ended_at).is_(None))
    query = query.where(EmailChange.expires_at > now()).order_by(col(EmailChange.id).desc()).limit(1)
    return session.exec(query.with_for_update(key_share=True) if lock else query).first()


def _end_open(session: Session, account_id: int) -> bool:
    session.execute(_FORGET_LINKS, {"account": account_id})
    ended = session.exec(
        update(EmailChange)
        .where(col(EmailChange.account_id) == account_id, col(EmailChange.ended_at).is_(None))
        .values(ended_at=now())
        .returning(col(EmailChange.id))
    ).all()
    return bool(ended)
