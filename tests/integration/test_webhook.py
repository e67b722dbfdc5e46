"""POST /webhook/stripe: what is let in, what is refused, and what Stripe is told."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import select

from domain import database
from domain.models import StripeEvent
from domain.sandbox.signatures import sign
from domain.settings import settings
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import FOUR, Till
from ui import webhook

EVENT = {"id": "evt_1", "type": "planet.discovered", "data": {"object": {"id": "pl_1"}}}


@pytest.fixture
def web(configured: str) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(webhook.router)
    with TestClient(app) as client:
        yield client


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with stand.open_till(monkeypatch) as opened:
        yield opened


def _post(web: TestClient, body: Any, signature: str | None) -> Any:
    headers = {} if signature is None else {b"Stripe-Signature": signature.encode()}
    return web.post("/webhook/stripe", content=body, headers=headers)


def _nothing_kept() -> bool:
    with database.reading() as session:
        return session.exec(select(StripeEvent)).first() is None


def test_a_signed_event_is_answered_and_its_duplicate_too(web: TestClient) -> None:
    body, signature = stand.signed(EVENT)
    first, second = _post(web, body, signature), _post(web, body, signature)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == {"event_id": "evt_1", "outcome": "ignored", "duplicate": False}
    assert second.json()["duplicate"] is True
    assert stand.refusals() == {}


def _cases() -> dict[str, tuple[bytes, str | None, str]]:
    body, signature = stand.signed(EVENT, "whsec_pruebas0123456789abcdef")
    now = time.time()
    secret = "whsec_pruebas0123456789abcdef"
    return {
        "unsigned": (body, None, "signature"),
        "empty": (body, "", "signature"),
        "nonsense": (body, "t=x,v1=y", "signature"),
        "altered": (body.replace(b"pl_1", b"pl_2"), signature, "signature"),
        "another secret": (body, stand.signed(EVENT, "whsec_of_somebody_else")[1], "signature"),
        "scheme v0 only": (body, signature.replace("v1=", "v0="), "signature"),
        "only not ASCII": (body, f"t={int(now)},v1=ñ", "signature"),
        "not UTF-8": (b"\xff\xfe" + body, signature, "signature"),
        "old": (*stand.signed(EVENT, secret, now - 301), "too_old"),
        "from the future": (*stand.signed(EVENT, secret, now + 400), "too_old"),
        "newer t= in front": (body, f"t={int(now) + 5}," + stand.signed(EVENT, secret, now - 900)[1], "signature"),
        "not JSON": (*_signed_text("no soy json", secret), "not_json"),
        "a list": (*_signed_text("[1]", secret), "not_json"),
        "no id": (*_signed_text('{"type": "x"}', secret), "not_json"),
    }


def _signed_text(text: str, secret: str) -> tuple[bytes, str]:
    return text.encode(), sign(text, [secret], int(time.time()))


@pytest.mark.parametrize("name", list(_cases()))
def test_what_stripe_did_not_sign_now_is_refused_and_only_counted(web: TestClient, name: str) -> None:
    body, signature, reason = _cases()[name]
    answer = _post(web, body, signature)
    assert (answer.status_code, answer.json()["detail"]["code"]) == (400, reason)
    assert _nothing_kept()
    assert stand.refusals() == {reason: 1}
    _post(web, body, signature)
    assert stand.refusals() == {reason: 2}


def test_every_active_secret_opens(web: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = "whsec_el_de_antes_0123456789", "whsec_el_nuevo_0123456789ab"
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", f"{old}, {new}")
    settings.cache_clear()
    for number, secret in enumerate((old, new)):
        assert _post(web, *stand.signed(EVENT | {"id": f"evt_{number}"}, secret)).status_code == 200
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", new)
    settings.cache_clear()
    assert _post(web, *stand.signed(EVENT | {"id": "evt_9"}, old)).status_code == 400
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "")
    settings.cache_clear()
    assert _post(web, *stand.signed(EVENT | {"id": "evt_9"}, new)).status_code == 400


def test_too_large_is_refused_however_it_is_sent(web: TestClient) -> None:
    big = json.dumps(EVENT | {"fill": "x" * webhook.LIMIT}).encode()
    signature = sign(big.decode(), settings().webhook_secrets, int(time.time()))
    announced = _post(web, big, signature)
    in_chunks = _post(web, (big[at : at + 65536] for at in range(0, len(big), 65536)), signature)
    assert (announced.status_code, in_chunks.status_code) == (413, 413)
    assert stand.refusals() == {"too_large": 2}
    assert _nothing_kept()
    fits = json.dumps(EVENT | {"fill": "x" * (webhook.LIMIT - 200)}).encode()
    assert _post(web, fits, sign(fits.decode(), settings().webhook_secrets, int(time.time()))).status_code == 200


def test_a_failure_of_ours_asks_stripe_to_send_again(web: TestClient, till: Till) -> None:
    order = till.paid()
    event = till.event(order, FOUR[0])
    till.sandbox.faults(api_down="500")
    answer = _post(web, *stand.signed(event))
    assert (answer.status_code, answer.json()["detail"]["code"]) == (500, "not_applied")
    row = stand.kept(event)
    assert row is not None
    assert (row.outcome, row.attempts) == ("failed", 1)
    assert stand.jobs(order) == []
    assert stand.subscription(order).status == "pending"
    till.sandbox.faults(reset=True)
    answer = _post(web, *stand.signed(event))
    assert (answer.status_code, answer.json()["outcome"], answer.json()["duplicate"]) == (200, "applied", False)
    row = stand.kept(event)
    assert row is not None
    assert (row.outcome, row.attempts, row.error) == ("applied", 2, None)
    assert stand.jobs(order) == ["create_tenant"]


def test_a_fault_in_the_middle_of_our_writing_undoes_all_of_it(
    web: TestClient, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    from domain import accounts

    def broken(*_: object) -> None:
        raise RuntimeError("clave whsec_0123456789abcdef en el mensaje")

    order = till.paid()
    event = till.event(order, FOUR[0])
    with monkeypatch.context() as patch:
        patch.setattr(accounts, "ensure_owner", broken)
        assert _post(web, *stand.signed(event)).status_code == 500
    row = stand.kept(event)
    assert row is not None
    assert row.outcome == "failed"
    assert "RuntimeError" in (row.error or "")
    assert "whsec_" not in (row.error or "")
    assert stand.jobs(order) == []
    assert stand.subscription(order).status == "pending"
    assert _post(web, *stand.signed(event)).status_code == 200
    assert stand.jobs(order) == ["create_tenant"]


def test_the_route_is_described(web: TestClient) -> None:
    route = web.get("/openapi.json").json()["paths"]["/webhook/stripe"]["post"]
    assert set(route["responses"]) >= {"200", "400", "413", "500", "503"}
    assert route["parameters"][0]["name"] == "Stripe-Signature"
