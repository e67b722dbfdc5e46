"""Letters: written into the outbox in the commit of what they tell, sent by the worker, never twice."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from domain import audit, database, formats, letter_texts, links, mail, queue
from domain.errors import NotFound
from domain.letter_frame import Facts
from domain.models import Account, Customer, Letter, Tenant
from domain.models.base import now
from domain.settings import settings

log = structlog.get_logger()
PLAIN = ("security", "hook_off", "support_visit", "consent_asked")  # to people who have been inside: no link to begin
# Letters with a link of another kind than a password's: its purpose, and the page it opens.
LINKS = {
    "enter": (links.ENTER, "/login/link"),
    "email_old": (links.MAIL_OLD, "/account/email"),
    "email_new": (links.MAIL_NEW, "/account/email"),
}
TRIES = 12  # after these, a letter is sent again by nobody but staff
Kind = Literal[
    "welcome", "delayed", "failed", "password", "payment_failed", "payment_reminder", "suspended", "last_call", "ended",
    "resumed", "receipt", "upcoming", "trial_ending", "action_needed", "card_expiring", "leaving", "cancelled",
    "archived", "deleted", "invited", "enter", "security", "email_old", "email_new", "hook_off",
    "support_visit", "consent_asked",
]  # fmt: skip


@dataclass(frozen=True)
class _Ready:
    to: str
    facts: Facts


def write(
    session: Session,
    kind: Kind,
    to: str,
    args: dict[str, Any] | None = None,
    *,
    once: str | None = None,
    account: Account | None = None,
) -> int | None:
    """Adds a letter to this transaction and queues its sending; returns its id.

    `args`: {"tenant_id": int} for all but password, which has none; those about a debt have what `dunning` writes,
    those about a charge what `billing_letters` does; security and email_* have {"words": str},
    enter may have {"visitor": str}.
    `once` names the occasion (`welcome:tenant:7`): None is returned where a letter for it was written before.
    `account`: whose password link the letter carries; without one it has none. Nothing secret goes into `args`: links
    are made when it is sent.
    """
    values = {
        "kind": kind,
        "to": to,
        "args": args or {},
        "once": once,
        "account_id": account.id if account else None,
        "created_at": now(),
        "attempts": 0,
    }
    statement = insert(Letter).values(values).on_conflict_do_nothing(index_elements=["once"]).returning(col(Letter.id))
    letter_id = session.execute(statement).scalar_one_or_none()
    if letter_id is None:
        return None
    queue.defer(session, queue.SEND_LETTER, {"letter_id": letter_id}, queue="letters")
    return int(letter_id)


def send(letter_id: int) -> None:
    """Sends a letter unless that is done. Raises Unavailable when trying again later may help; the row keeps why.

    The row stays locked while the mail server takes the letter: of two workers with the same letter one sends it,
    the other then reads that it is sent.
    """
    ready = _prepare(letter_id)
    if ready is None:
        return
    try:
        with database.transaction() as session:
            letter = session.exec(
                select(Letter).where(col(Letter.id) == letter_id).with_for_update(key_share=True)
            ).one()
            if letter.sent_at is not None:
                return
            words = letter_texts.render(letter.kind, ready.facts)
            mail.deliver(mail.compose(ready.to, words.subject, words.text, words.html, reference=f"{letter_id}"))
            letter.sent_at, letter.error = now(), None
            session.add(letter)
    except mail.Refused as refusal:
        _record(letter_id, refusal.message, for_good=True)  # the address will not be better in an hour
        log.warning("letter.refused", letter_id=letter_id, error=refusal.message)
    except Exception as error:
        _record(letter_id, str(error))
        raise


def send_again(letter_id: int, *, by: str) -> None:
    """Queues a letter once more for staff who were asked for it: it goes out whether or not it was sent. Raises
    NotFound."""
    with database.transaction() as session:
        letter = session.exec(
            select(Letter).where(col(Letter.id) == letter_id).with_for_update(key_share=True)
        ).one_or_none()
        if letter is None:
            raise NotFound("No existe esa carta.")
        letter.sent_at, letter.error, letter.attempts = None, None, 0
        session.add(letter)
        queue.defer(session, queue.SEND_LETTER, {"letter_id": letter_id}, queue="letters")
        audit.record(session, actor=by, action="letter.again", target=f"letter:{letter_id}", to=letter.to)


def _prepare(letter_id: int) -> _Ready | None:
    """What the letter says, with a fresh link where it has one; kept before it is sent, so that the link works."""
    with database.transaction() as session:
        letter = session.exec(
            select(Letter).where(col(Letter.id) == letter_id).with_for_update(key_share=True)
        ).one_or_none()
        if letter is None or letter.sent_at is not None:
            return None
        letter.attempts += 1
        session.add(letter)
        account = session.get(Account, letter.account_id) if letter.account_id else None
        tenant = session.get(Tenant, letter.args["tenant_id"]) if "tenant_id" in letter.args else None
        customer = session.get(Customer, tenant.customer_id) if tenant else None
        wants = account and letter.kind not in (*LINKS, *PLAIN)
        wants_link = wants and (letter.kind == "password" or (account and account.password_hash is None))
        token = links.make(session, account, links.PASSWORD) if account and wants_link else None
        purpose, path = LINKS.get(letter.kind, ("", ""))
        other = links.make(session, account, purpose, visitor=letter.args.get("visitor")) if account and path else None
        return _Ready(
            letter.to,
            Facts(
                operator=settings().operator_name,
                operator_email=settings().operator_email,
                app_url=settings().app_url,
                name=(account.name if account else "") or (customer.full_name if customer else ""),
                login=account.login if account else letter.to,
                company=customer.company if customer else "",
                odoo_url=settings().tenant_url(tenant.subdomain) if tenant else "",
                password_url=f"{settings().app_url}/password?token={token}" if token else None,
                enter_url=f"{settings().app_url}{path}?token={other}" if other else None,
                notice=letter.args.get("words", ""),
                **_debt(letter.args, customer),
                **_charge(letter.args, customer),
            ),
        )


def _charge(args: dict[str, Any], customer: Customer | None) -> dict[str, str | None]:
    """What a letter about a charge says of it, in the customer's way of writing."""
    if customer is None:
        return {}
    on, cents = args.get("on"), args.get("charged_cents")
    said: dict[str, str | None] = {
        name: args[name] for name in ("invoice_number", "document_url", "card") if name in args
    }
    if on:
        said["on_day"] = on if args.get("month") else formats.long_day(datetime.fromisoformat(on), customer.country)
    if cents is not None:
        said["amount"] = formats.money(cents, args["currency"].upper(), customer.country)
    if "pay_url" in args and "amount_cents" not in args:
        said["pay_url"] = args["pay_url"]
    return said


def _debt(args: dict[str, Any], customer: Customer | None) -> dict[str, str | None]:
    """What a letter about a debt says of it, in the customer's way of writing."""
    if "amount_cents" not in args or customer is None:
        return {}

    def day(name: str) -> str | None:
        moment = args.get(name)
        return formats.long_day(datetime.fromisoformat(moment), customer.country) if moment else None

    return {
        "owed": formats.money(args["amount_cents"], args["currency"].upper(), customer.country),
        "pay_url": args.get("pay_url") or f"{settings().app_url}/tenant/portal",
        "suspend_on": day("suspend_on"),
        "end_on": day("end_on"),
    }


def _record(letter_id: int, error: str, *, for_good: bool = False) -> None:
    with database.transaction() as session:
        letter = session.get(Letter, letter_id)
        if letter is not None:
            letter.error = error[:500]
            letter.attempts = max(letter.attempts, TRIES) if for_good else letter.attempts
            session.add(letter)
