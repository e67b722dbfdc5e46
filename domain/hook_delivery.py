"""Sending one delivery: signed, with a few tries over three days, and what becomes of an address that never answers."""

import base64
import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import structlog
from sqlalchemy import text
from sqlmodel import Session, select

from domain import audit, database, hook_addresses, letters, secret_box
from domain.models import Account, HookDelivery, HookEndpoint, Membership
from domain.models.base import now

log = structlog.get_logger()
# Seconds after each try until the next: about three days in all.
WAITS = (5, 60, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
AT_ONCE = 8
TIMEOUT = httpx.Timeout(10, connect=5)
ANSWER = 500  # characters of an answer that are kept
READ = 4_096  # bytes of an answer that are read
PATIENCE = timedelta(days=3)  # an address that took nothing for so long is switched off

# One of each address at a time, so that a slow one keeps only its own waiting. Claimed for a minute: what a worker
# died over is due again then.
_CLAIM = text(
    "with due as (select distinct on (endpoint_id) id from hook_delivery where next_at <= now() "
    "and delivered_at is null order by endpoint_id, next_at, id), taken as (select id from due limit :most) "
    "update hook_delivery claimed set next_at = now() + interval '60 seconds', tries = tries + 1, tried_at = now() "
    "from taken where claimed.id = taken.id and claimed.next_at <= now() returning claimed.id"
)
_senders = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="hooks")


@dataclass(frozen=True)
class _Ready:
    url: str
    secret: str
    event: str
    body: bytes


@dataclass(frozen=True)
class _Answer:
    good: bool
    status: int | None
    words: str


def send_due() -> int:
    """One try of everything that is due, of each address one after the other; returns how many arrived."""
    arrived = 0
    while True:
        with database.transaction() as session:
            claimed = [int(one) for one in session.execute(_CLAIM, {"most": AT_ONCE}).scalars()]
        arrived += sum(_senders.map(_send, claimed))
        if not claimed:
            return arrived


def _send(delivery_id: int) -> bool:
    ready = _prepare(delivery_id)
    if ready is None:
        return False
    answer = _post(ready)
    _keep(delivery_id, answer)
    return answer.good


def signature(secret: str, event: str, at: int, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, as Standard Webhooks says."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{event}.{at}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _prepare(delivery_id: int) -> _Ready | None:
    with database.transaction() as session:
        row = session.get(HookDelivery, delivery_id, with_for_update={"key_share": True})
        if row is None or row.delivered_at is not None:
            return None
        endpoint = session.get_one(HookEndpoint, row.endpoint_id)
        if endpoint.removed_at is not None or endpoint.disabled_at is not None:
            row.next_at, row.answer = None, "La dirección está apagada o ya no está."
            session.add(row)
            return None
        body = json.dumps(row.payload, ensure_ascii=False, separators=(",", ":")).encode()
        return _Ready(endpoint.url, secret_box.unseal(endpoint.secret, f"hook:{endpoint.id}"), row.event, body)


def _post(ready: _Ready) -> _Answer:
    at = int(time.time())
    try:
        place = hook_addresses.place(ready.url)
        headers = {
            "Host": place.netloc,
            "Content-Type": "application/json",
            "User-Agent": "Alta-Webhooks/1",
            "webhook-id": ready.event,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(ready.secret, ready.event, at, ready.body),
        }
        with httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
            extensions: dict[str, Any] = {"sni_hostname": place.host}
            with client.stream("POST", place.url, content=ready.body, headers=headers, extensions=extensions) as answer:
                return _Answer(answer.is_success, answer.status_code, _begin(answer))
    except hook_addresses.Refused as refused:
        return _Answer(False, None, str(refused))
    except (httpx.HTTPError, ValueError) as error:
        return _Answer(False, None, f"Sin respuesta: {type(error).__name__}")


def _begin(answer: httpx.Response) -> str:
    """The beginning of an answer: somebody may send without end."""
    read = b""
    for piece in answer.iter_raw(READ):
        read += piece
        if len(read) >= READ:
            break
    return read.decode("utf-8", "replace").replace("\0", "")[:ANSWER]


def _keep(delivery_id: int, answer: _Answer) -> None:
    with database.transaction() as session:
        row = session.get_one(HookDelivery, delivery_id, with_for_update={"key_share": True})
        endpoint = session.get_one(HookEndpoint, row.endpoint_id, with_for_update={"key_share": True})
        row.status, row.answer = answer.status, answer.words
        if answer.good:
            row.delivered_at, row.next_at, endpoint.failing_since = now(), None, None
        else:
            endpoint.failing_since = endpoint.failing_since or now()
            wait = WAITS[row.tries - 1] if row.tries <= len(WAITS) else None
            row.next_at = now() + timedelta(seconds=wait) if wait is not None else None
            # Somebody who answers 410 wants no more (Standard Webhooks); who took nothing for days is not there.
            if answer.status == httpx.codes.GONE or now() - endpoint.failing_since > PATIENCE:
                _switch_off(session, endpoint)
        session.add_all([row, endpoint])
    log.info("hook.tried", delivery=delivery_id, status=answer.status, good=answer.good)


def _switch_off(session: Session, endpoint: HookEndpoint) -> None:
    endpoint.disabled_at = now()
    target = f"customer:{endpoint.customer_id}" if endpoint.customer_id else "service:1"
    audit.record(session, actor="sistema", action="hook.off", target=target, hook=endpoint.id, url=endpoint.url)
    owners = select(Account).join(Membership).where(Membership.role == "owner")
    for account in session.exec(owners.where(Membership.customer_id == endpoint.customer_id)).all():
        letters.write(session, "hook_off", account.login, {"words": endpoint.url}, account=account)
