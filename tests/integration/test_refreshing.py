"""Refresh tokens over HTTP: each once; used again, the session ends; two signing keys while one is changed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jws
from sqlmodel import col, select
from starlette.testclient import TestClient

from domain import database, sessions
from domain.models import AuditEntry, LoginSession
from domain.models.base import now
from domain.settings import settings
from tests.integration.web_stand import WORDS, browser, person


@pytest.fixture
def client(configured: str) -> Iterator[TestClient]:
    with browser() as started:
        yield started


def _token(client: TestClient) -> dict[str, Any]:
    answer = client.post("/api/auth/token", json={"username": "marta@sol.do", "password": WORDS})
    return dict(answer.json())


def _refresh(client: TestClient, token: str) -> Any:
    return client.post("/api/auth/refresh", json={"refresh_token": token})


def _me(client: TestClient, token: str) -> int:
    return int(client.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"}).status_code)


def test_each_is_good_once_and_the_session_goes_on(client: TestClient) -> None:
    person("marta@sol.do")
    first = _token(client)
    second = _refresh(client, first["refresh_token"]).json()
    third = _refresh(client, second["refresh_token"])
    assert third.status_code == 200
    assert third.headers["cache-control"] == "no-store"
    assert len({first["refresh_token"], second["refresh_token"], third.json()["refresh_token"]}) == 3
    assert _me(client, third.json()["access_token"]) == 200


def test_one_that_comes_twice_ends_the_whole_session(client: TestClient) -> None:
    person("marta@sol.do")
    first, other = _token(client), _token(client)
    second = _refresh(client, first["refresh_token"]).json()
    assert _refresh(client, first["refresh_token"]).json()["detail"]["code"] == "bad_refresh"
    assert _me(client, second["access_token"]) == 401
    assert _refresh(client, second["refresh_token"]).status_code == 401
    assert _me(client, other["access_token"]) == 200
    with database.reading() as session:
        actions = session.exec(select(AuditEntry.action)).all()
    assert actions.count("token.reused") == 1


@pytest.mark.parametrize("token", ["x", "é" * 40, "a\0b"])
def test_one_that_never_was_is_refused(client: TestClient, token: str) -> None:
    assert _refresh(client, token).status_code == 401
    assert client.post("/api/auth/refresh", json={}).status_code == 422


def test_after_fourteen_days_or_for_who_is_disabled_it_is_over(client: TestClient) -> None:
    account = person("marta@sol.do")
    old, disabled = _token(client), _token(client)
    with database.transaction() as session:
        row = session.exec(select(LoginSession).order_by(col(LoginSession.created_at))).first()
        assert row is not None
        row.expires_at = now()
        session.add(row)
    assert _refresh(client, old["refresh_token"]).status_code == 401
    long = _token(client)
    with database.transaction() as session:
        row = session.exec(select(LoginSession).order_by(col(LoginSession.created_at).desc())).first()
        assert row is not None
        row.created_at = now() - sessions.PROGRAM_WHOLE + timedelta(days=1)
        session.add(row)
    assert _refresh(client, long["refresh_token"]).status_code == 200
    with database.reading() as session:
        assert session.get_one(LoginSession, row.id).expires_at - now() <= timedelta(days=1)
    with database.transaction() as session:
        account.disabled_at = now()
        session.merge(account)
    assert _refresh(client, disabled["refresh_token"]).status_code == 401


def test_two_keys_while_one_is_changed(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    person("marta@sol.do")
    old = _token(client)["access_token"]
    before, after = settings().jwt_keys[0], "la-nueva-de-pruebas-0123456789-0123456789"
    monkeypatch.setenv("JWT_SECRET_KEY", f"{after},{before}")
    settings.cache_clear()
    new = _token(client)["access_token"]
    kids = [jws.extract_compact(token.encode()).headers()["kid"] for token in (old, new)]
    assert kids[0] != kids[1]
    assert _me(client, old) == _me(client, new) == 200
    monkeypatch.setenv("JWT_SECRET_KEY", after)
    settings.cache_clear()
    assert (_me(client, old), _me(client, new)) == (401, 200)
