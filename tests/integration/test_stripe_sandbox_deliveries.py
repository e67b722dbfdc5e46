"""How the stand-in's events travel: signed, tried again, held, lost, doubled, shuffled, remembered."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.sandbox.server import StripeSandbox
from tests.integration.stripe_stand import KEY, SECRETS, Receiver, Shop, client, open_shop, until


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        until(lambda: len(opened.receiver.received) == 3)
        opened.receiver.received.clear()
        opened.receiver.headers.clear()
        yield opened


def _rename(shop: Shop, name: str = "Otra") -> None:
    shop.v1.customers.update(shop.customer.id, {"name": name})


def _undelivered(shop: Shop) -> list[str]:
    return [e.type for e in shop.v1.events.list({"delivery_success": False, "limit": 100}).data]


def test_each_try_has_a_fresh_signature_of_every_secret_until_it_is_answered_well(shop: Shop) -> None:
    shop.receiver.answers = [500, 302, 503]
    _rename(shop)
    until(lambda: len(shop.receiver.received) == 4)
    until(lambda: not _undelivered(shop))
    assert {e["id"] for e in shop.receiver.received} == {shop.receiver.received[0]["id"]}
    assert all(header.count("v1=") == len(SECRETS) for header in shop.receiver.headers)
    assert len(set(shop.receiver.headers)) > 1
    [event] = shop.v1.events.list({"type": "customer.updated"}).data
    assert event.pending_webhooks == 0


def test_what_is_lost_comes_again_unless_trying_again_is_off(shop: Shop) -> None:
    shop.sandbox.faults(drop=1)
    _rename(shop, "Una")
    until(lambda: shop.receiver.types() == ["customer.updated"])
    shop.sandbox.faults(drop=1, retry=False)
    _rename(shop, "Dos")
    until(lambda: _state(shop) == "failed")
    assert _undelivered(shop) == ["customer.updated"]
    shop.sandbox.resend(shop.v1.events.list({"limit": 1}).data[0].id)
    until(lambda: len(shop.receiver.received) == 2)
    until(lambda: not _undelivered(shop))


def _state(shop: Shop) -> str:
    return str(shop.sandbox.state()["events"][0]["delivery"]["state"])


@pytest.mark.parametrize("concurrently", [False, True])
def test_duplicates_carry_the_same_event(shop: Shop, concurrently: bool) -> None:
    shop.sandbox.faults(duplicate=10, duplicate_concurrently=concurrently)
    _rename(shop)
    until(lambda: len(shop.receiver.received) == 10)
    assert len({e["id"] for e in shop.receiver.received}) == 1


def test_paused_events_wait_and_then_all_come(shop: Shop) -> None:
    shop.sandbox.faults(pause=True)
    shop.subscribe_without_waiting()
    waiting = len(_undelivered(shop))
    assert waiting > 5
    assert shop.receiver.received == []
    shop.sandbox.faults(pause=False)
    until(lambda: len(shop.receiver.received) == waiting)


def test_a_shuffled_batch_comes_in_the_order_asked_for(shop: Shop) -> None:
    order = ["checkout.session.completed", "invoice.paid", "customer.subscription.updated"]
    shop.sandbox.faults(shuffle={"window_ms": 300, "order": [*order, "customer.subscription.created"]})
    shop.subscribe()
    until(lambda: len(shop.receiver.received) > 5 and not _undelivered(shop))
    assert shop.receiver.types()[:4] == [*order, "customer.subscription.created"]


def test_a_delay_is_kept_to(shop: Shop) -> None:
    shop.sandbox.faults(delay_ms=400)
    started = time.monotonic()
    _rename(shop)
    until(lambda: shop.receiver.received)
    assert time.monotonic() - started >= 0.4


def test_switches_that_do_not_exist_are_refused(shop: Shop) -> None:
    with pytest.raises(Exception, match="400"):
        shop.sandbox.faults(explode=True)


def test_events_under_way_resume_after_a_restart_at_the_same_address(tmp_path: Path) -> None:
    receiver = Receiver()
    data = tmp_path / "stripe.sqlite3"
    first = StripeSandbox(KEY, receiver.url, SECRETS, data).start()
    first.faults(pause=True)
    customer = client(first.url).v1.customers.create({"name": "Ana"}, {"idempotency_key": "order-1"})
    first.stop()
    assert receiver.received == []
    second = StripeSandbox(KEY, receiver.url, SECRETS, data).start()
    try:
        until(lambda: receiver.types() == ["customer.created"])
        assert second.url == first.url
        again = client(second.url).v1.customers.create({"name": "Ana"}, {"idempotency_key": "order-1"})
        assert again.id == customer.id
    finally:
        second.stop()
        receiver.close()


def test_without_an_address_events_are_kept_until_one_is_set() -> None:
    receiver = Receiver()
    sandbox = StripeSandbox(KEY).start()
    try:
        v1 = client(sandbox.url).v1
        v1.customers.create({"name": "Ana"})
        assert v1.webhook_endpoints.list().data == []
        sandbox.configure(webhook_url=receiver.url, webhook_secrets=SECRETS)
        v1.customers.create({"name": "Luis"})
        until(lambda: receiver.types() == ["customer.created"])
        assert receiver.received[0]["data"]["object"]["name"] == "Luis"
        assert [e.url for e in v1.webhook_endpoints.list().data] == [receiver.url]
    finally:
        sandbox.stop()
        receiver.close()
