"""Staff's and customers' acts by API: who may, what is refused with which status, and what the rows say then."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlmodel import select
from starlette.testclient import TestClient

from domain import database
from domain.models import Membership, Tenant
from tests.integration import billing_stand, web_stand
from tests.integration.billing_stand import Till
from tests.integration.dns_stand import Names, dns_server  # noqa: F401 - the fixture `names`
from tests.integration.test_portal import owner_of, token


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with billing_stand.open_till(monkeypatch) as opened:
        yield opened


def running(tenant_id: int) -> None:
    with database.transaction() as session:
        session.get_one(Tenant, tenant_id).observed = "running"


def kinds(session_text: str = "select kind from job order by id") -> list[str]:
    with database.reading() as session:
        return list(session.execute(text(session_text)).scalars())


def test_the_owner_has_domain_copy_and_wish_and_a_member_only_reads(till: Till, names: Names) -> None:
    order = till.active("acme")
    running(order.tenant_id)
    with web_stand.browser() as client:
        who = token(client, owner_of(order))
        _domain(client, who, names)
        made = client.post("/api/tenant/copies", json={"name": "acme-pruebas"}, headers=who)
        assert (made.status_code, made.json()["limit"]) == (201, 1)
        assert [copy["subdomain"] for copy in made.json()["copies"]] == ["acme-pruebas"]
        assert client.post("/api/tenant/copies", json={"name": "acme-dos"}, headers=who).status_code == 409
        copy_id = made.json()["copies"][0]["id"]
        assert client.delete(f"/api/tenant/copies/{order.tenant_id}", headers=who).status_code == 404
        assert client.delete(f"/api/tenant/copies/{copy_id}", headers=who).json()["copies"] == []
        assert client.post("/api/tenant/deletion", json={"typed": "otro"}, headers=who).status_code == 422
        assert client.post("/api/tenant/deletion", json={"typed": "acme"}, headers=who).json()["asked_at"]
        assert client.get("/api/tenant/billing", headers=who).json()["cancel_at_period_end"] is True
        assert client.delete("/api/tenant/deletion", headers=who).json() == {"asked_at": None}
        with database.transaction() as session:
            for row in session.exec(select(Membership)).all():
                row.role = "reader"
        assert client.get("/api/tenant/copies", headers=who).status_code == 200
        assert client.post("/api/tenant/copies", json={"name": "acme-tres"}, headers=who).status_code == 403
        assert client.put("/api/tenant/domain", json={"domain": "b.example"}, headers=who).status_code == 403


def _domain(client: TestClient, who: dict[str, str], names: Names) -> None:
    url = "/api/tenant/domain"
    assert client.get(url, headers=who).status_code == 404
    for wrong in ("", "localhost", "127.0.0.1", "acme.localhost", "con espacio.example", "a" * 64 + ".example"):
        assert client.put(url, json={"domain": wrong}, headers=who).status_code == 422, wrong
    asked = client.put(url, json={"domain": "Peñón.example"}, headers=who).json()
    assert (asked["domain"], asked["state"]) == ("xn--pen-8mak.example", "waiting")
    assert client.put(url, json={"domain": "acme.example"}, headers=who).json()["domain"] == "acme.example"
    names.silent = True
    assert client.post(f"{url}/check", headers=who).status_code == 503
    names.silent = False
    (_, proof) = client.get(url, headers=who).json()["records"]
    names.txt[proof["name"]] = ["v=spf1 -all", proof["value"]]
    # A domain without a label in front: it cannot be a CNAME, so the addresses are compared.
    names.a |= {"acme.example": ["203.0.113.7"], "acme.localhost": ["203.0.113.8"]}
    assert client.post(f"{url}/check", headers=who).json()["state"] == "waiting"
    names.a["acme.localhost"] = ["203.0.113.7"]
    assert client.post(f"{url}/check", headers=who).json()["state"] == "applying"
    assert kinds()[-1] == "set_domain"
    assert client.put(url, json={"domain": "otro.example"}, headers=who).status_code == 409
    assert client.delete(url, headers=who).status_code == 202
    assert client.get(url, headers=who).json()["state"] == "removing"


def test_a_domain_that_somebody_proved_is_nobody_elses(till: Till, names: Names) -> None:
    orders = [till.active("acme"), till.active("rival")]
    names.a |= {name: ["203.0.113.7"] for name in ("erp.example", "acme.localhost", "rival.localhost")}
    with web_stand.browser() as client:
        answers = []
        for order in orders:
            running(order.tenant_id)
            who = token(client, owner_of(order))
            asked = client.put("/api/tenant/domain", json={"domain": "erp.example"}, headers=who).json()
            proof = asked["records"][1]
            names.txt.setdefault(proof["name"], []).append(proof["value"])
            answers.append(client.post("/api/tenant/domain/check", headers=who).status_code)
        assert answers == [200, 409]


def test_staff_act_by_the_menu_and_viewers_only_look(till: Till) -> None:
    order = till.active("acme")
    running(order.tenant_id)
    url = f"/api/tenants/{order.tenant_id}"
    web_stand.person("ana@alta.do", staff="operator")
    web_stand.person("luz@alta.do", staff="viewer")
    with web_stand.browser() as client:
        ana, luz = token(client, "ana@alta.do"), token(client, "luz@alta.do")
        assert client.post(f"{url}/actions/suspend", json={}, headers=luz).status_code == 403
        assert client.get(f"{url}/domain", headers=luz).status_code == 404
        assert client.post(f"{url}/actions/volar", json={}, headers=ana).status_code == 404
        assert client.post(f"{url}/actions/delete", json={"typed": "acme"}, headers=ana).status_code == 409
        assert client.post(f"{url}/actions/copy", json={"value": "www"}, headers=ana).status_code == 422
        assert client.post(f"{url}/actions/copy", json={"value": "acme-b"}, headers=ana).status_code == 200
        assert client.post(f"{url}/actions/archive", json={"typed": "no"}, headers=ana).status_code == 422
        after = client.post(f"{url}/actions/archive", json={"typed": "acme"}, headers=ana).json()
        assert after["desired"] == "archived"
        assert client.put(f"{url}/domain", json={"domain": "a.example"}, headers=ana).status_code == 200
