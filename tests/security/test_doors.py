"""Every route and page as every role, against `doors`; every act of a page behind what the table says."""

import ast
import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import nicegui
import pytest
from fastapi import APIRouter
from sqlmodel import select
from starlette.testclient import TestClient

import ui.api
import ui.pages
from domain import api_keys, capabilities, database, identities
from domain.models import Account, Backup, Job, LoginSession, Membership, Tenant
from domain.models.base import now
from tests.integration import web_stand
from tests.security import doors
from ui import auth, webhook

STAFF = [f"staff:{role}" for role in capabilities.STAFF_ROLES]
ROLES = ["", *STAFF, *(f"customer:{role}" for role in [*capabilities.CUSTOMER_ROLES, *capabilities.VISITOR_ROLES])]
ASKING = ("allow", "act", "check", "_act", "_act_in")
UI = Path(ui.pages.__file__).parent


def routes() -> set[str]:
    """Every route of the API, of the forms and of the webhook, as `GET /path`."""
    found = [webhook.router]
    for package in (ui.api, ui.pages):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            router = getattr(importlib.import_module(info.name), "router", None)
            found += [router] if isinstance(router, APIRouter) else []
    return {f"{method} {route.path}" for router in found for route in router.routes for method in route.methods}  # type: ignore[attr-defined]


def pages() -> set[str]:
    """Every page of NiceGUI's, without its own files."""
    web_stand.application()
    paths = {str(getattr(route, "path", "")) for route in nicegui.app.routes}
    return {path for path in paths if path and not path.startswith(("/_nicegui", "/_alta", "/favicon"))}


def test_the_tables_are_the_same_and_every_door_is_in_them() -> None:
    assert {name: set(roles) for name, roles in capabilities.STAFF.items()} == doors.STAFF
    assert {name: set(roles) for name, roles in capabilities.CUSTOMER.items()} == doors.CUSTOMER
    assert routes() == set(doors.ROUTES)
    assert pages() == set(doors.PAGES)
    every = [*doors.ROUTES.values(), *doors.PAGES.values(), *doors.ACTS.values()]
    named = {one for door in every for one in door.split(" | ")}
    assert named - {doors.OPEN, doors.ANYONE} <= {*doors.STAFF, *doors.CUSTOMER}


def test_a_capability_that_is_in_no_table_is_an_error_and_not_a_refusal() -> None:
    for ask in (capabilities.staff_may, capabilities.member_may):
        with pytest.raises(KeyError):
            ask("admin", "odoo.everything")


class House:
    """One customer with an Odoo, a job and a backup; another with the same; somebody of each role."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        web_stand.owner("dueña@sol.do", "sol", observed="running", requested_at=now())
        web_stand.owner("otra@luna.do", "luna", observed="running", requested_at=now())
        with database.transaction() as session:
            self.own, self.other = session.exec(select(Tenant).order_by(Tenant.subdomain.desc())).all()  # type: ignore[attr-defined]
            self.backups = {}
            for tenant in (self.own, self.other):
                session.add(Job(kind="create_tenant", tenant_id=tenant.id, status="succeeded", requested_by="x"))
                row = Backup(tenant_id=tenant.id or 0, kind="manual", state="failed")
                session.add(row)
                session.flush()
                self.backups[tenant.id] = row.id
        self.tokens = {role: self._token(role) for role in ROLES if role}

    def _token(self, role: str) -> str:
        kind, name = role.split(":")
        login = f"{name}@{kind}.do"
        account = web_stand.person(login, staff=name if kind == "staff" else None)
        if kind == "customer":
            with database.transaction() as session:
                session.add(Membership(account_id=account.id or 0, customer_id=self.own.customer_id, role=name))
        answer = self.client.post("/api/auth/token", data={"username": login, "password": web_stand.WORDS})
        return str(answer.json()["access_token"])

    def path(self, door: str, tenant: Tenant) -> str:
        given = {
            "tenant_id": tenant.id, "tenant_id:int": tenant.id, "job_id": 1, "drift_id": 999_999, "copy_id": 999_999,
            "hook_id": 999_999, "delivery_id": 999_999, "name": "nada", "backup_id": self.backups[tenant.id],
            "customer_id": tenant.customer_id, "event_id": 1, "code": "pyme",
        }  # fmt: skip
        for name, value in given.items():
            door = door.replace(f"{{{name}}}", str(value))
        return door

    def ask(self, door: str, role: str, tenant: Tenant) -> int:
        """The status of what the role is answered by API; {} or the tenant is sent along."""
        method, path = self.path(door, tenant).split(" ")
        headers = {"Authorization": f"Bearer {self.tokens[role]}"} if role else {}
        params = {"tenant_id": tenant.id} if door == "GET /api/backups" else {}
        # Enough for a body to be read, and nothing that could be done: what is asked is who gets as far as that.
        body = {"tenant_id": tenant.id, "typed": "no", "domain": "x", "name": ""}
        sent = {} if method in ("GET", "DELETE") else {"json": body}
        answer = self.client.request(method, path, headers=headers, params=params, **sent)  # type: ignore[arg-type]
        return int(answer.status_code)


@pytest.fixture
def house(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("STRIPE_API_URL", "http://127.0.0.1:9/")  # nobody answers there, at once
    with web_stand.browser(raise_server_exceptions=False) as client:
        yield House(client)


def test_every_route_as_every_role(house: House) -> None:
    wrong = []
    for door, needs in doors.ROUTES.items():
        if not door.split(" ")[1].startswith("/api/") or door.endswith("/api/auth/token"):
            continue  # forms have their own test; a token that is given back ends the role's session
        for role in ROLES:
            status = house.ask(door, role, house.own)
            let_in = status not in (401, 403) and not (status == 404 and "backup" in door)
            if status >= 500 and status != 503:
                wrong.append(f"{door} as {role or 'nobody'}: {status}")
            elif let_in != doors.opens(needs, role):
                wrong.append(f"{door} as {role or 'nobody'}: {status}, but the table says {doors.opens(needs, role)}")
    assert not wrong, "\n".join(wrong)


def test_every_route_with_a_key_of_each_scope(house: House) -> None:
    """A key passes where its scope is enough, and its person may; nowhere else."""
    keys = {}
    for role, offered in (("customer:owner", api_keys.CUSTOMER_SCOPES), ("staff:admin", api_keys.STAFF_SCOPES)):
        kind, name = role.split(":")
        with database.reading() as session:
            account = session.exec(select(Account).where(Account.login == f"{name}@{kind}.do")).one()
        who = identities.read(web_stand.open_session(account.id or 0))
        assert who is not None
        for scope in offered:
            keys[role, scope] = api_keys.make(who, who.customer_id, scope, [scope], "30", by="x")
    wrong = []
    for door, needs in doors.ROUTES.items():
        if not door.split(" ")[1].startswith("/api/") or "/api/auth/" in door or needs == doors.OPEN:
            continue
        for (role, scope), key in keys.items():
            house.tokens["key"] = key
            status = house.ask(door, "key", house.own)
            let_in = status not in (401, 403) and not (status == 404 and "backup" in door)
            given = {scope, "portal.see" if role.startswith("customer") else "panel.see"}
            if let_in != any(one in given and doors.opens(one, role) for one in needs.split(" | ")):
                wrong.append(f"{door} with a key of {role} for {scope}: {status}")
    assert not wrong, "\n".join(wrong)


def test_what_is_anothers_does_not_exist(house: House) -> None:
    """Of the routes that name a thing, those that a customer's people may use at all."""
    named = [door for door, needs in doors.ROUTES.items() if "backup" in door and needs != "panel.see"]
    assert len(named) == 4
    for door in named:
        for role in ("customer:owner", "customer:technical"):
            assert house.ask(door, role, house.other) == 404, (door, role)


def test_every_page_as_every_role(house: House) -> None:
    """Who may not see a page is led elsewhere before it is built; `tests/browser` builds them for viewers."""
    wrong = []
    for role in ROLES:
        client = web_stand.another(house.client)
        who = None
        if role:
            kind, name = role.split(":")
            assert web_stand.log_in(client, f"{name}@{kind}.do").status_code == 303
            with database.reading() as session:
                account = session.exec(select(Account).where(Account.login == f"{name}@{kind}.do")).one()
                logins = select(LoginSession).where(LoginSession.account_id == account.id)
                row = session.exec(logins.where(LoginSession.kind == "page")).one()
            who = identities.read(row.id)
        for page, needs in doors.PAGES.items():
            path = house.path(page, house.own)
            led = auth.elsewhere(path, "", who) is not None
            if led == doors.opens(needs, role):
                wrong.append(f"{page} as {role or 'nobody'}")
            if led:
                assert client.get(path).status_code == 303, (page, role)
    assert not wrong, "\n".join(wrong)


def test_the_forms_that_enter_an_odoo_as_every_role(house: House) -> None:
    for role in ROLES[1:]:
        client = web_stand.another(house.client)
        kind, name = role.split(":")
        web_stand.log_in(client, f"{name}@{kind}.do")
        form = {"csrf": web_stand.hidden(client.get("/password/request").text), "tenant": str(house.own.id)}
        origin = {"Origin": str(client.base_url).rstrip("/")}
        staff = client.post(f"/admin/tenants/{house.own.id}/odoo", data=form, headers=origin)
        # Nobody has consented: who may enter is refused for that reason, and others before it is asked.
        assert ("no ha dado permiso" in staff.text) == doors.opens("support.enter", role), role
        own = client.post("/tenant/odoo", data=form, headers=origin)
        assert (own.status_code == 200) == doors.opens("odoo.enter", role), role
        other = client.post("/tenant/odoo", data={**form, "tenant": str(house.other.id)}, headers=origin)
        assert other.status_code != 200, role


def acts() -> Iterator[tuple[str, str, set[str]]]:
    """Each function of `domain` that a page of the admin or the portal names and that acts (it takes `by`): where, its
    name, and the capabilities that the module asks for."""
    for file in [*UI.glob("admin/*.py"), *UI.glob("tenant/*.py")]:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        known = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "domain":
                for name in node.names:
                    if importlib.util.find_spec(f"{node.module}.{name.name}") if node.module == "domain" else False:
                        known[name.asname or name.name] = importlib.import_module(f"{node.module}.{name.name}")
        asked = {
            str(one.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in ASKING
            for one in node.args
            if isinstance(one, ast.Constant) and one.value in {*doors.STAFF, *doors.CUSTOMER}
        }  # fmt: skip
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
                named = getattr(known[node.value.id], node.attr, None)
                if inspect.isfunction(named) and "by" in inspect.signature(named).parameters:
                    yield (
                        f"{file.parent.name}/{file.name}",
                        f"{named.__module__.removeprefix('domain.')}.{named.__name__}",
                        asked,
                    )


def test_every_act_of_a_page_asks_for_its_capability() -> None:
    found = list(acts())
    assert {name for _, name, _ in found} == set(doors.ACTS)
    for place, name, asked in found:
        side = doors.STAFF if place.startswith("admin/") else doors.CUSTOMER
        needed = {one for one in doors.ACTS[name].split(" | ") if one in side}
        assert needed, f"{place} names {name}, which is not for this side"
        assert needed & asked, f"{place} names {name} and asks only for {asked or 'nothing'}"
