"""POST /api/checkout over HTTP: 201, 409, 422, 429, 503, and what it says of itself."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from domain import billing, new_passwords, signup, throttle
from domain.models import Customer, Subscription
from domain.sandbox.server import StripeSandbox
from tests.integration.signup_stand import GOOD_FORM, open_counter, pay, rows
from tests.integration.stripe_stand import until
from ui import failures
from ui.api import checkout


@pytest.fixture
def stripe(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeSandbox]:
    """The stand-in, with the catalogue published."""
    with open_counter(monkeypatch) as sandbox:
        yield sandbox


@pytest.fixture
def api(stripe: StripeSandbox) -> TestClient:
    """The route with the application's own answers to errors."""
    app = FastAPI()
    failures.install(app)
    app.include_router(checkout.router)
    return TestClient(app)


def post(api: TestClient, key: str | None = None, **changes: Any) -> Any:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return api.post("/api/checkout", json={**GOOD_FORM, **changes}, headers=headers)


def test_an_order_answers_where_to_pay(api: TestClient) -> None:
    answer = post(api)
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {"customer_id", "checkout_session_id", "checkout_url", "expires_at"}
    (row,) = rows(Subscription)
    assert body["checkout_session_id"] == row.checkout_session_id
    assert body["checkout_url"].startswith("http")


def test_a_taken_name_is_a_conflict_with_proposals(api: TestClient) -> None:
    post(api)
    answer = post(api, email="otra@x.do")
    assert answer.status_code == 409
    detail = answer.json()["detail"]
    assert detail["code"] == "subdomain_taken"
    assert detail["proposals"] == ["panaderia-sol-rd", "panaderiasol", "sol-panaderia"]


def test_everything_wrong_is_listed_in_spanish(api: TestClient) -> None:
    answer = post(api, email="x", country=None, accept_terms=False, subdomain="WWW")
    assert answer.status_code == 422
    detail = answer.json()["detail"]
    assert [(fault["field"], fault["code"]) for fault in detail] == [
        ("email", "no_at"),
        ("subdomain", "reserved"),
        ("country", "required"),
        ("accept_terms", "required"),
    ]
    assert detail[1]["message"] == "«www» está reservado para el servicio. Elige otro nombre."
    assert rows(Customer) == []


@pytest.mark.parametrize(
    ("content", "field"),
    [('{"company": 5}', "company"), ("[1]", ""), ("{", ""), ('{"accept_terms": "quizás"}', "accept_terms")],
)
def test_what_is_not_a_form_is_refused_the_same_way(api: TestClient, content: str, field: str) -> None:
    answer = api.post("/api/checkout", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["detail"]] == [field]


def test_half_a_character_is_refused_not_a_failure(api: TestClient) -> None:
    content = '{"company": "Sol \\ud83d", "full_name": "Ana\\u0000", "email": "\\ud83d@sol.do", "tax_id": "\\ud83d"}'
    answer = api.post("/api/checkout", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert {"company", "full_name", "email", "tax_id"} <= {fault["field"] for fault in answer.json()["detail"]}


def test_a_key_replays_and_refuses_other_data(api: TestClient) -> None:
    first = post(api, "pedido-1")
    again = post(api, "pedido-1")
    assert again.status_code == 201
    assert again.json() == first.json()
    other = post(api, "pedido-1", plan="empresa")
    assert (other.status_code, other.json()["detail"]["code"]) == (409, "idempotency_key_reused")
    assert len(rows(Subscription)) == 1


def test_two_clients_may_use_one_key(api: TestClient) -> None:
    assert post(api, "1").status_code == 201
    answer = post(api, "1", email="ana@luna.mx", subdomain="luna", country="MX", tax_id="")
    assert answer.status_code == 201
    assert len(rows(Subscription)) == 2


@pytest.mark.parametrize("key", ["", "x" * 201, "dos palabras"])
def test_a_strange_key_is_refused(api: TestClient, key: str) -> None:
    assert post(api, key).status_code == 422


def test_stripe_away_is_503_and_the_key_continues(api: TestClient, stripe: StripeSandbox) -> None:
    stripe.faults(api_down="500")
    answer = post(api, "pedido-1")
    assert answer.status_code == 503
    assert answer.json()["detail"]["code"] == "stripe_away"
    stripe.faults(reset=True)
    assert post(api, "pedido-1").status_code == 201
    assert len(rows(Customer)) == 1


def test_a_paid_order_says_where_it_went(api: TestClient) -> None:
    body = post(api, "pedido-1").json()
    pay(signup.Placed(**{**body, "expires_at": None}))
    answer = until(lambda: post(api, "pedido-1"))
    assert answer.status_code == 409
    detail = answer.json()["detail"]
    assert detail["code"] == "already_paid"
    assert detail["success_url"].endswith(f"session_id={body['checkout_session_id']}")


def test_who_guesses_a_programs_key_and_order_does_not_get_the_first_password(api: TestClient) -> None:
    paths = []
    for key, email, subdomain in ((None, "marta@sol.do", "sol-uno"), ("pedido-1", "eva@sol.do", "sol-dos")):
        body = post(api, key, email=email, subdomain=subdomain).json()
        pay(signup.Placed(**{**body, "expires_at": None}))
        assert billing.look_again(body["checkout_session_id"])
        paths.append(new_passwords.first_password_path(body["customer_id"]))
    assert (paths[0] is not None, paths[1]) == (True, None)


def test_one_network_cannot_order_without_end(api: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signup, "ORDERS", throttle.Limit("checkout", 2, 600))
    assert [post(api, "k").status_code for _ in range(3)] == [201, 201, 429]


def test_the_route_documents_itself(api: TestClient) -> None:
    route = api.get("/openapi.json").json()["paths"]["/api/checkout"]["post"]
    assert set(route["responses"]) >= {"201", "409", "422", "429", "503"}
    examples = route["responses"]["409"]["content"]["application/json"]["examples"]
    assert set(examples) == {"subdomain_taken", "idempotency_key_reused", "already_paid"}
    assert "Idempotency-Key" in [parameter["name"] for parameter in route["parameters"]]
