"""Outgoing webhooks to a real receiver: signed as the standard's own library reads, tried again, switched off; and
where none is ever sent."""

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlmodel import col, select
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from domain import database, hook_addresses, hook_delivery, hooks
from domain.errors import Conflict, Invalid, NotFound
from domain.models import Customer, HookDelivery, HookEndpoint, Letter
from domain.models.base import now
from domain.settings import settings
from tests.integration.web_stand import owner


class Receiver(ThreadingHTTPServer):
    """A customer's program: answers what it is told to, and keeps what came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[int] = []
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.location = ""
        self.endless = False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/avisos?de=alta"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()
        try:
            for _ in range(10_000 if self.server.endless else 1):
                self.wfile.write(b"gracias" if not self.server.endless else b"x" * 65_536)
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def receiver(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """In the operator's own network, which is opened for it."""
    monkeypatch.setenv("HOOK_NETWORKS", "127.0.0.0/8")
    settings.cache_clear()
    started = Receiver()
    yield started
    started.shutdown()
    started.server_close()


@pytest.fixture
def customer_id(configured: str) -> int:
    owner()
    with database.reading() as session:
        return session.exec(select(Customer.id)).one() or 0


def told(kind: str, customer_id: int, **data: Any) -> list[int]:
    """Emits an event; the numbers of its deliveries."""
    with database.transaction() as session:
        hooks.emit(session, kind, customer_id, **data)
    with database.reading() as session:
        return [row.id or 0 for row in session.exec(select(HookDelivery).order_by(col(HookDelivery.id))).all()]


def due() -> int:
    """What a worker does, when everything that waits is due; returns how many arrived."""
    with database.transaction() as session:
        session.connection().exec_driver_sql("update hook_delivery set next_at = now() where next_at is not null")
    return hook_delivery.send_due()


def test_a_delivery_is_read_by_the_standards_own_library(receiver: Receiver, customer_id: int) -> None:
    number, secret = hooks.add(customer_id, receiver.url, ["tenant.ready"], by="marta")
    assert told("subscription.active", customer_id) == []
    told("tenant.ready", customer_id, tenant="sol")
    assert due() == 1
    assert due() == 0
    ((headers, body),) = receiver.came
    read = Webhook(secret).verify(body, headers)
    assert read["type"] == "tenant.ready"
    assert read["data"] == {"customer_id": customer_id, "tenant": "sol"}
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.replace(b"sol", b"mal"), headers)
    (sent,) = hooks.sent(customer_id, number)
    assert (sent.state, sent.status, sent.tries, sent.answer) == ("delivered", 200, 1, "gracias")
    with database.reading() as session:
        assert secret not in session.get_one(HookEndpoint, number).secret


def test_what_fails_is_tried_again_later_and_can_be_sent_by_hand(receiver: Receiver, customer_id: int) -> None:
    number, _ = hooks.add(customer_id, receiver.url, [], by="marta")
    receiver.answers = [500, 200, 200]
    (delivery,) = told("tenant.ready", customer_id)
    due()
    (sent,) = hooks.sent(customer_id, number)
    assert (sent.state, sent.status) == ("waiting", 500)
    with database.reading() as session:
        later = session.get_one(HookDelivery, delivery).next_at
        assert later is not None
        assert 0 < (later - now()).total_seconds() <= hook_delivery.WAITS[0]
    assert hooks.of(customer_id)[0].failing_since is not None
    due()
    assert hooks.of(customer_id)[0].failing_since is None
    hooks.resend(customer_id, delivery, by="marta")
    with database.reading() as session:
        fresh = session.exec(select(HookDelivery).order_by(col(HookDelivery.id).desc())).first()
    assert fresh is not None
    due()
    assert {headers["webhook-id"] for headers, _ in receiver.came} == {fresh.event}
    assert len(receiver.came) == 3


def test_who_takes_nothing_for_three_days_or_says_gone_is_switched_off_and_told(
    receiver: Receiver, customer_id: int
) -> None:
    number, _ = hooks.add(customer_id, receiver.url, [], by="marta")
    receiver.answers = [500]
    (delivery,) = told("tenant.ready", customer_id)
    with database.transaction() as session:
        row = session.get_one(HookEndpoint, number)
        row.failing_since = now() - hook_delivery.PATIENCE - timedelta(minutes=1)
        session.add(row)
    due()
    assert hooks.of(customer_id)[0].disabled_at is not None
    assert told("tenant.ready", customer_id) == [delivery]
    with pytest.raises(Conflict):
        hooks.ping(customer_id, number, by="marta")
    with database.reading() as session:
        letter = session.exec(select(Letter).where(Letter.kind == "hook_off")).one()
    assert letter.args == {"words": receiver.url}
    hooks.enable(customer_id, number, by="marta")
    receiver.answers = [410]
    hooks.ping(customer_id, number, by="marta")
    with database.reading() as session:
        last = session.exec(select(HookDelivery).order_by(col(HookDelivery.id).desc())).first()
    assert last is not None
    due()
    assert hooks.of(customer_id)[0].disabled_at is not None


def test_a_redirect_is_not_followed_and_an_answer_without_end_is_cut(receiver: Receiver, customer_id: int) -> None:
    number, _ = hooks.add(customer_id, receiver.url, [], by="marta")
    receiver.answers, receiver.location, receiver.endless = [302], "http://127.0.0.1:9/", True
    told("tenant.ready", customer_id)
    due()
    (sent,) = hooks.sent(customer_id, number)
    assert (sent.state, sent.status, len(sent.answer)) == ("waiting", 302, hook_delivery.ANSWER)
    assert len(receiver.came) == 1


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.1.2.3", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "2001:0:7f00:1::", "192.0.2.1",
    ],
)  # fmt: skip
def test_no_name_leads_into_a_private_network(configured: str, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    good = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))
    bad = (family, socket.SOCK_STREAM, 6, "", (address, 443))
    for found in ([bad], [good, bad]):
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, found=found, **__: found)
        with pytest.raises(hook_addresses.Refused):
            hook_addresses.place("https://programa.example/avisos")


def test_the_connection_goes_to_the_address_that_was_judged(configured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    good = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 8443))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [good])
    place = hook_addresses.place("https://Programa.Example:8443/avisos?a=1")
    assert (place.url, place.netloc) == ("https://93.184.216.34:8443/avisos?a=1", "programa.example:8443")


@pytest.mark.parametrize(
    "url",
    [
        "", "programa.example", "http://programa.example", "ftp://programa.example", "https://", "https://a b.example",
        "https://ana:clave@programa.example", "https://programa.example/#x", "https://programa.example:99999",
        "https://[::1", "javascript:alert(1)", "https://programa.example/\na", "https://" + "a" * 600,
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_when_it_is_typed(customer_id: int, url: str) -> None:
    with pytest.raises(Invalid):
        hooks.add(customer_id, url, [], by="marta")


def test_what_is_anothers_is_not_there(receiver: Receiver, customer_id: int) -> None:
    number, _ = hooks.add(customer_id, receiver.url, [], by="marta")
    (delivery,) = told("tenant.ready", customer_id)
    for other in (customer_id + 1, None):
        for act in (hooks.remove, hooks.enable, hooks.ping):
            with pytest.raises(NotFound):
                act(other, number, by="x")
        with pytest.raises(NotFound):
            hooks.resend(other, delivery, by="x")
        with pytest.raises(NotFound):
            hooks.sent(other, number)
    hooks.remove(customer_id, number, by="marta")
    due()
    assert receiver.came == []


def test_the_operator_hears_of_every_customer(receiver: Receiver, customer_id: int) -> None:
    hooks.add(None, receiver.url, [], by="ana")
    told("subscription.cancelled", customer_id)
    due()
    assert json.loads(receiver.came[0][1])["data"]["customer_id"] == customer_id


def test_what_a_worker_died_over_is_due_again_and_two_workers_send_it_once(
    receiver: Receiver, customer_id: int
) -> None:
    for _ in range(3):
        hooks.add(customer_id, receiver.url, [], by="marta")
    told("tenant.ready", customer_id)
    with ThreadPoolExecutor(4) as workers:
        assert sum(workers.map(lambda _: hook_delivery.send_due(), range(4))) == 3
    assert len(receiver.came) == 3
    told("tenant.suspended", customer_id)
    with database.transaction() as session:
        session.execute(hook_delivery._CLAIM, {"most": 8})  # and the worker is gone
    assert hook_delivery.send_due() == 0
    assert due() == 3
