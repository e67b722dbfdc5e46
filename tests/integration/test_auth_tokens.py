"""API tokens over HTTP: how one is made, and every way in which one is not accepted."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from starlette.testclient import TestClient

from domain import accounts, database
from domain.models import Account
from domain.models.base import now
from domain.settings import settings
from tests.integration import web_stand
from tests.integration.web_stand import WORDS, another, browser, log_in, owner, person


@pytest.fixture
def client(configured: str) -> Iterator[TestClient]:
    with browser() as started:
        yield started


def _token(client: TestClient, login: str = "marta@sol.do") -> str:
    answer = client.post("/api/auth/token", json={"username": login, "password": WORDS})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 900)
    assert answer.headers["cache-control"] == "no-store"
    return str(body["access_token"])


def _me(client: TestClient, token: str) -> Any:
    return client.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})


def test_json_or_form_gives_a_token_that_says_who_is_asking(client: TestClient) -> None:
    account = owner()
    form = client.post(
        "/api/auth/token", data={"grant_type": "password", "username": "marta@sol.do", "password": WORDS}
    )
    for token in (_token(client), form.json()["access_token"]):
        me = _me(client, token).json()
        customer_id = me["customer_id"]
        assert me == {
            "account_id": account.id, "login": "marta@sol.do", "name": "Marta Jiménez", "staff_role": None,
            "memberships": {str(customer_id): "owner"}, "customer_id": customer_id,
        }  # fmt: skip


def test_wrong_missing_and_too_many_have_their_own_answers(client: TestClient) -> None:
    person("marta@sol.do")
    wrong = client.post("/api/auth/token", json={"username": "marta@sol.do", "password": "otra cosa"})
    nobody = client.post("/api/auth/token", json={"username": "nadie@sol.do", "password": "otra cosa"})
    assert wrong.status_code == nobody.status_code == 401
    assert wrong.json() == nobody.json() == {"detail": {"code": "bad_login", "message": accounts.REFUSED}}
    missing = client.post("/api/auth/token", json={"username": "marta@sol.do"})
    assert missing.status_code == 422
    assert missing.json() == {"detail": [{"field": "password", "code": "missing", "message": "Falta este dato."}]}
    broken = client.post("/api/auth/token", content=b"{", headers={"Content-Type": "application/json"})
    assert broken.json()["detail"][0]["code"] == "json_invalid"
    assert WORDS not in broken.text
    for _ in range(9):
        client.post("/api/auth/token", json={"username": "marta@sol.do", "password": "otra cosa"})
    many = client.post("/api/auth/token", json={"username": "marta@sol.do", "password": WORDS})
    assert many.status_code == 429
    assert int(many.headers["retry-after"]) > 0
    assert many.json()["detail"]["code"] == "too_many_requests"


def test_a_token_taken_back_is_refused_at_once(client: TestClient) -> None:
    person("marta@sol.do")
    token, other = _token(client), _token(client)
    gone = client.delete("/api/auth/token", headers={"Authorization": f"Bearer {token}"})
    assert gone.status_code == 204
    refused = _me(client, token)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith('Bearer realm="alta", error="invalid_token"')
    assert _me(client, other).status_code == 200


def test_a_token_of_a_disabled_account_is_refused(client: TestClient) -> None:
    account = person("marta@sol.do")
    token = _token(client)
    with database.transaction() as session:
        row = session.get_one(Account, account.id)
        row.disabled_at = now()
        session.add(row)
    assert _me(client, token).status_code == 401


def _signed(claims: dict[str, Any], key: str | None = None, alg: str = "HS256") -> str:
    secret = OctKey.import_key(key or settings().jwt_secret_key.get_secret_value())
    return jwt.encode({"alg": alg}, claims, secret, algorithms=[alg])


def _claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://mala.example"}, {"iss": None}, {"aud": "otra"}, {"aud": None}, {"exp": 1}, {"exp": None},
        {"iat": int(time.time()) + 3600}, {"iat": None}, {"jti": "inventado"}, {"jti": None}, {"jti": 7},
        {"sub": "999"}, {"sub": None},
    ],
)  # fmt: skip
def test_every_claim_is_asked(client: TestClient, change: dict[str, Any]) -> None:
    person("marta@sol.do")
    good = _claims(_token(client))
    changed = {key: value for key, value in {**good, **change}.items() if value is not None}
    assert _me(client, _signed(good)).status_code == 200
    assert _me(client, _signed(changed)).status_code == 401


def test_neither_another_key_nor_another_algorithm_nor_none_will_do(client: TestClient) -> None:
    person("marta@sol.do")
    good = _claims(_token(client))
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(json.dumps(good).encode()).decode().rstrip("=")
    for bad in [
        _signed(good, key="otra-clave-0123456789-0123456789-01234567"), _signed(good, alg="HS512"),
        f"{header}.{body}.", "x", "a.b.c", "", "eyJ.eyJ.x" * 1000,
    ]:  # fmt: skip
        assert _me(client, bad).status_code == 401


def test_a_page_session_is_no_token_and_a_token_is_no_page_session(client: TestClient) -> None:
    account = person("ana", staff="admin")
    page = web_stand.open_session(account.id or 0)
    good = _claims(_token(client, "ana"))
    assert _me(client, _signed({**good, "jti": page})).status_code == 401
    assert accounts.identity(good["jti"]) is None


def test_a_bad_token_is_not_saved_by_a_good_cookie(client: TestClient) -> None:
    person("ana", staff="admin")
    fresh = another(client)
    log_in(fresh, "ana")
    assert fresh.get("/api/auth/me").json()["staff_role"] == "admin"
    assert fresh.get("/api/auth/me", headers={"Authorization": "Bearer x"}).status_code == 401
