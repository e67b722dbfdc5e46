"""One click into Odoo on the panel's side: who gets a token for what, by form and by API; consent; what is recorded."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select
from starlette.testclient import TestClient

from domain import access, access_tokens, database, usage
from domain.errors import Conflict, Forbidden, Invalid, NotFound
from domain.models import Account, Membership, SupportConsent, Tenant
from domain.models.base import now
from provisioning.sandbox.door import tokens
from tests.integration import web_stand

OWNER = "marta@sol.do"


def opens(entry: dict[str, Any] | access.Entry, subdomain: str = "sol") -> dict[str, Any]:
    """The claims, as that tenant's addon reads them."""
    token = entry["token"] if isinstance(entry, dict) else entry.token
    keys = tokens.read_keys(access_tokens.public_line())
    claims: dict[str, Any] = tokens.verify(token, keys, audience=subdomain, copy=False, now=now().timestamp())
    return claims


def tenant(account: Account, **changes: Any) -> Tenant:
    with database.transaction() as session:
        customer_id = session.execute(
            text("select customer_id from membership where account_id = :id"), {"id": account.id}
        ).scalar_one()
        found = session.execute(text("select id from tenant where customer_id = :id"), {"id": customer_id}).scalar_one()
        row = session.get_one(Tenant, found)
        for name, value in changes.items():
            setattr(row, name, value)
        return row


@pytest.fixture
def sol(configured: str) -> Tenant:
    """Marta's Odoo, running, with our addon."""
    row = tenant(web_stand.owner(observed="running", requested_at=now()))
    usage.store(row.id or 0, users=3, database_bytes=5, files_bytes=6, last_login=now(), one_click=True)
    return row


def recorded() -> list[tuple[str, str]]:
    with database.reading() as session:
        rows = session.execute(text("select action, actor from audit_entry where action like 'access.%' order by id"))
        return [tuple(row) for row in rows.all()]


def handed_over(page: Any) -> dict[str, str]:
    """Where the self-sending form goes, and its token."""
    assert page.status_code == 200, page.text
    action = re.search(r'action="([^"]+)"', page.text)
    return {"url": unescape(action[1]) if action else "", "token": web_stand.hidden(page.text, "token")}


def test_the_portals_button_hands_a_token_over_in_a_form(sol: Tenant) -> None:
    with web_stand.browser() as client:
        web_stand.log_in(client, OWNER)
        page = client.get("/tenant/portal")
        assert 'action="/tenant/odoo"' in page.text.replace("&quot;", '"').replace('\\"', '"')
        fields = {"customer": str(sol.customer_id), "tenant": str(sol.id)}
        assert client.post("/tenant/odoo", data={"csrf": "x", **fields}).status_code == 403
        answer = web_stand.post(client, "/tenant/odoo", fields, page="/password/request")
        given = handed_over(answer)
        assert given["url"] == "http://sol.localhost/alta/enter"
        assert given["token"] not in str(answer.url)
        assert "form-action http://sol.localhost;" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        claims = opens(given)
        assert (claims["sub"], claims["role"]) == (OWNER, "owner")
        assert recorded() == [("access.enter", OWNER)]


def test_the_api_gives_the_same_and_a_members_token_says_so(sol: Tenant) -> None:
    with database.transaction() as session:
        row = session.get_one(Membership, (1, sol.customer_id))
        row.role = "reader"
    with web_stand.browser() as client:
        logged = client.post("/api/auth/token", json={"username": OWNER, "password": web_stand.WORDS}).json()
        who = {"Authorization": f"Bearer {logged['access_token']}"}
        answer = client.post("/api/tenant/odoo-session", headers=who)
        assert answer.json()["expires_in"] == 60
        assert opens(answer.json())["role"] == "member"
        tenant(Account(id=1, login=OWNER), observed="suspended")
        assert client.post("/api/tenant/odoo-session", headers=who).status_code == 409
        assert client.post("/api/tenant/odoo-session", headers={"Origin": str(client.base_url)}).status_code == 401


def test_nobody_enters_anothers_odoo(sol: Tenant) -> None:
    other = tenant(web_stand.owner("luis@mar.do", "mar", observed="running", requested_at=now()))
    with pytest.raises(NotFound):
        access.for_customer(other.customer_id, "luis@mar.do", "owner", sol.id)
    with pytest.raises(NotFound):
        access.give_consent(other.customer_id, sol.id or 0, 1, by="luis@mar.do")
    with web_stand.browser() as client:
        web_stand.log_in(client, "luis@mar.do")
        fields = {"customer": str(sol.customer_id), "tenant": str(sol.id)}
        assert web_stand.post(client, "/tenant/odoo", fields, page="/password/request").status_code == 404
        fields = {"customer": str(sol.customer_id)}
        given = handed_over(web_stand.post(client, "/tenant/odoo", fields, page="/password/request"))
        with pytest.raises(tokens.Refused):
            opens(given, "sol")
        assert opens(given, "mar")["sub"] == "luis@mar.do"


def test_support_enters_with_the_customers_consent_only(sol: Tenant) -> None:
    tenant_id = sol.id or 0
    with pytest.raises(Forbidden, match="no ha dado permiso"):
        access.for_staff(tenant_id, by="ana@alta.do")
    with pytest.raises(Invalid):
        access.give_consent(sol.customer_id, tenant_id, 365, by=OWNER)
    access.give_consent(sol.customer_id, tenant_id, 1, by=OWNER)
    access.give_consent(sol.customer_id, tenant_id, 3, by=OWNER)
    claims = opens(access.for_staff(tenant_id, by="ana@alta.do"))
    assert (claims["role"], claims["staff"]) == ("staff", "ana@alta.do")
    assert claims["until"] <= (now() + access.STAFF_STAY).timestamp()
    with database.transaction() as session:
        rows = session.exec(select(SupportConsent).order_by(col(SupportConsent.id))).all()
        assert [row.withdrawn_at is None for row in rows] == [False, True]
        rows[1].ends_at = now() + timedelta(minutes=2)
    assert opens(access.for_staff(tenant_id, by="ana"))["until"] <= (now() + timedelta(minutes=2)).timestamp()
    access.withdraw_consent(sol.customer_id, tenant_id, by=OWNER)
    access.withdraw_consent(sol.customer_id, tenant_id, by=OWNER)
    with pytest.raises(Forbidden):
        access.for_staff(tenant_id, by="ana@alta.do")
    assert [action for action, _ in recorded()] == [
        "access.consent", "access.consent", "access.enter_staff", "access.enter_staff", "access.consent_withdrawn",
    ]  # fmt: skip


def test_the_admins_button_asks_for_role_and_consent(sol: Tenant) -> None:
    path, form = f"/admin/tenants/{sol.id}/odoo", "/password/request"
    for login, role in (("ana@alta.do", "operator"), ("leo@alta.do", "viewer")):
        web_stand.person(login, staff=role)
    with web_stand.browser() as client:
        web_stand.log_in(client, "ana@alta.do")
        assert "no ha dado permiso" in web_stand.post(client, path, {}, page=form).text
        access.give_consent(sol.customer_id, sol.id or 0, 1, by=OWNER)
        page = client.get(f"/admin/tenants/{sol.id}").text
        assert "Entrar como soporte" in page
        assert opens(handed_over(web_stand.post(client, path, {}, page=form)))["staff"] == "ana@alta.do"
        assert client.post(path, data={"csrf": "x"}).status_code == 403
        viewer: TestClient = web_stand.another(client)
        web_stand.log_in(viewer, "leo@alta.do")
        assert "Entrar como soporte" not in viewer.get(f"/admin/tenants/{sol.id}").text
        assert web_stand.post(viewer, path, {}, page=form).status_code == 403
        member: TestClient = web_stand.another(client)
        web_stand.log_in(member, OWNER)
        assert web_stand.post(member, path, {}, page=form).status_code == 303


def test_an_odoo_that_does_not_run_or_has_no_addon_has_no_such_door(sol: Tenant) -> None:
    usage.store(sol.id or 0, users=1, database_bytes=5, files_bytes=6, last_login=None, one_click=False)
    with web_stand.browser() as client:
        web_stand.log_in(client, OWNER)
        assert "http://sol.localhost/web/login" in client.get("/tenant/portal").text
    tenant(Account(id=1, login=OWNER), observed="suspended")
    with pytest.raises(Conflict):
        access.for_customer(sol.customer_id, OWNER, "owner")
    access.give_consent(sol.customer_id, sol.id or 0, 1, by=OWNER)
    with pytest.raises(Conflict):
        access.for_staff(sol.id or 0, by="ana@alta.do")
