"""API keys: shown once, kept as hashes, never more than their person may, ended at once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from domain import accounts, api_keys, database, team
from domain.errors import Conflict, Invalid, NotFound
from domain.identities import Identity
from domain.models import Account, ApiKey, AuditEntry, Membership
from domain.models.base import now
from tests.integration import web_stand
from tests.integration.web_stand import browser, owner, person


@pytest.fixture
def client(configured: str) -> Iterator[TestClient]:
    with browser() as started:
        yield started


def identity(account: Account) -> Identity:
    found = accounts.identity(web_stand.open_session(account.id or 0))
    assert found is not None
    return found


def made(who: Identity, *scopes: str, days: str = "30") -> str:
    return api_keys.make(who, who.customer_id, "Contabilidad", list(scopes), days, by=who.login)


def asked(client: TestClient, key: str, path: str = "/api/auth/me") -> int:
    return int(client.get(path, headers={"Authorization": f"Bearer {key}"}).status_code)


def test_a_key_has_the_shape_that_scanners_look_for_and_is_kept_as_a_hash(configured: str) -> None:
    key = made(identity(owner()), "portal.see")
    assert api_keys.SHAPE.fullmatch(key)
    assert api_keys.looks_right(key)
    assert not api_keys.looks_right(key[:-1] + ("A" if key[-1] != "A" else "B"))
    with database.reading() as session:
        row = session.exec(select(ApiKey)).one()
        assert key not in str(row.model_dump())
        assert key.startswith(row.prefix)
        assert key not in str([entry.details for entry in session.exec(select(AuditEntry)).all()])


def test_it_may_what_its_scopes_say_and_nothing_more(client: TestClient) -> None:
    who = identity(owner(observed="running", requested_at=now()))
    key = made(who, "portal.see")
    assert asked(client, key, "/api/tenant/copies") == 200
    assert asked(client, key, "/api/tenant/invoices") == 403
    assert asked(client, key, "/api/tenant/hooks") == 403
    assert asked(client, key, "/api/jobs") == 403
    assert asked(client, made(who, "hooks.manage"), "/api/tenant/hooks") == 200
    assert asked(client, made(who, "hooks.manage"), "/api/tenant/invoices") == 403


def test_it_is_no_login_of_a_person(client: TestClient) -> None:
    key = made(identity(owner()), "portal.see", "odoo.manage")
    headers = {"Authorization": f"Bearer {key}"}
    assert client.get("/tenant/portal", headers=headers).headers["location"].startswith("/login")
    assert client.post("/api/tenant/odoo-session", headers=headers).status_code == 403
    assert client.get("/api/tenant/personal-data", headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("scopes", "days", "field"),
    [
        ([], "30", "scopes"),
        (["panel.see"], "30", "scopes"),
        (["odoo.end"], "30", "scopes"),
        (["portal.see"], "7", "days"),
    ],
)
def test_what_cannot_be_given_is_refused(configured: str, scopes: list[str], days: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        made(identity(owner()), *scopes, days=days)
    assert [one.field for one in refused.value.problems] == [field]


def test_it_ends_at_once_when_told_when_its_time_comes_and_with_its_person(client: TestClient) -> None:
    boss = identity(owner())
    customer_id = boss.customer_id or 0
    luis = web_stand.joined(customer_id, "luis@sol.do", "technical")
    told, timed, persons = made(boss, "portal.see"), made(boss, "portal.see"), made(identity(luis), "portal.see")
    assert {asked(client, key) for key in (told, timed, persons)} == {200}
    views = {view.prefix: view for view in api_keys.of_customer(customer_id)}
    first = views[told[: api_keys.PREFIX]]
    assert first.last_used_at is not None
    with pytest.raises(NotFound):
        api_keys.end(first.id, customer_id=customer_id + 1, account_id=boss.account_id, by="x")
    with pytest.raises(NotFound):
        api_keys.end(first.id, customer_id=None, account_id=boss.account_id, by="x")
    api_keys.end(first.id, customer_id=customer_id, account_id=boss.account_id, by=boss.login)
    with database.transaction() as session:
        row = session.get_one(ApiKey, views[timed[: api_keys.PREFIX]].id)
        row.expires_at = now() - timedelta(seconds=1)
        session.add(row)
    team.remove(customer_id, luis.id or 0, by=boss.login)
    assert {asked(client, key) for key in (told, timed, persons)} == {401}


def test_it_is_as_small_as_its_person_has_become(client: TestClient) -> None:
    boss = identity(owner(observed="running", requested_at=now()))
    key = made(boss, "odoo.manage", "portal.see")
    with database.transaction() as session:
        row = session.exec(select(Membership)).one()
        row.role = "reader"
        session.add(row)
    assert asked(client, key, "/api/tenant/copies") == 200
    answer = client.post("/api/tenant/domain/check", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 403


def test_staff_have_keys_of_their_own(client: TestClient) -> None:
    ana = identity(person("ana@alta.do", staff="operator"))
    key = api_keys.make(ana, None, "Guardia", ["panel.see"], "30", by=ana.login)
    assert key.startswith("alta_s_")
    assert asked(client, key, "/api/jobs") == 200
    assert asked(client, key, "/api/audit.csv") == 403
    with pytest.raises(Invalid):
        api_keys.make(ana, None, "Registro", ["audit.see"], "30", by=ana.login)
    assert [view.name for view in api_keys.of_staff(ana.account_id)] == ["Guardia"]


def test_twenty_are_enough(configured: str) -> None:
    who = identity(owner())
    for _ in range(api_keys.MOST):
        made(who, "portal.see")
    with pytest.raises(Conflict):
        made(who, "portal.see")
