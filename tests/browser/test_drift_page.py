"""The drift board in Chromium: what disagrees, what a repair would do, and a comparison asked for."""

import os
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import text

from domain import accounts, database, drift, drift_said
from domain.drift_said import Listed
from domain.models import Customer, Node, Tenant
from main import build_app
from tests.browser.test_admin_pages import PASSWORD, logged_in
from tests.web_server import WebServer

pytestmark = pytest.mark.browser


def disagreeing() -> int:
    """A tenant that shall run and is suspended on its node, one that is nowhere, and a stranger's database."""
    with database.transaction() as session:
        node = Node(
            name="nodo-a",
            host="127.0.0.1",
            key_file="-",
            known_host="-",
            container=105,
            http_url="http://127.0.0.1:9",
            state="open",
        )
        buyer = Customer(company="Sol", full_name="Marta", email="marta@sol.do", country="DO")
        session.add_all([node, buyer])
        session.flush()
        for name in ("panaderia-sol", "taller-andino"):
            session.add(Tenant(customer_id=buyer.id or 0, node_id=node.id, subdomain=name, observed="running"))
        session.flush()
        node_id = node.id or 0
    round_ = drift.begin_if_due()
    assert round_ is not None
    listed = [Listed("ajena", "ready", "12-deadbeef"), Listed("panaderia-sol", "suspended", "1-0")]
    drift_said.store_listing(round_.id, node_id, listed)
    drift_said.settle(round_.id, "stripe", error="Stripe no responde.")
    assert drift.compare(round_) == 3
    return round_.id


def test_the_board_shows_repairs_and_compares(
    server: WebServer, new_context: Callable[..., BrowserContext], serious: Callable[[Page], list[str]]
) -> None:
    disagreeing()
    page = logged_in(new_context(viewport={"width": 1440, "height": 900}).new_page(), server, "operator")
    expect(page.get_by_text("3 diferencias entre Stripe, las filas y los nodos.")).to_be_visible()
    page.goto(f"{server.url}/admin/drift")
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.get_by_text("Stripe no responde.")).to_be_visible()
    _picture(page, "wide")
    assert serious(page) == []
    row = page.locator("tbody tr", has_text="panaderia-sol")
    row.get_by_role("button", name="Reanudar").click()
    box = page.get_by_role("dialog")
    expect(box).to_contain_text("«panaderia-sol» se abre en su nodo y se comprueba su primera página.")
    _picture(page, "dialog")
    box.get_by_role("button", name="Reanudar").click()
    expect(row.get_by_role("link", name="En reparación")).to_be_visible()
    stranger = page.locator("tbody tr", has_text="ajena")
    stranger.get_by_role("button", name="Anotar como conocida").click()
    page.get_by_role("dialog").get_by_role("button", name="Anotar como conocida").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Comparar ahora").click()
    expect(page.get_by_text("Comparación pedida…")).to_be_visible()
    with database.reading() as session:
        kinds = session.execute(text("select kind, status from job")).all()
    assert kinds == [("resume_tenant", "queued")]
    narrow = new_context(viewport={"width": 390, "height": 844}, color_scheme="dark").new_page()
    narrow.goto(f"{server.url}/login")
    narrow.fill("[name=username]", "operator")
    narrow.fill("[name=password]", PASSWORD)
    narrow.keyboard.press("Enter")
    narrow.wait_for_url("**/admin")
    narrow.goto(f"{server.url}/admin/drift")
    expect(narrow.locator("tbody tr")).to_have_count(2)
    _picture(narrow, "narrow")
    assert narrow.evaluate("document.documentElement.scrollWidth") <= 390


def _picture(page: Page, name: str) -> None:
    if folder := os.environ.get("ALTA_PICTURES"):
        page.wait_for_timeout(300)
        page.screenshot(path=f"{folder}/drift-{name}.png", full_page=True)


def test_the_api_shows_and_repairs_for_those_who_may(configured: str) -> None:
    disagreeing()
    with TestClient(build_app(with_worker=False), base_url="http://localhost:4443") as client:
        assert client.get("/api/drift").status_code == 401
        for role in ("viewer", "operator"):
            accounts.create_staff(role, PASSWORD, role)
            answer = client.post("/api/auth/token", data={"username": role, "password": PASSWORD})
            client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            board = client.get("/api/drift").json()
            assert (board["total"], board["counts"]["database_without_row"], board["counts"]["two_databases"]) == (
                3,
                1,
                0,
            )
            one = next(row for row in board["disagreements"] if row["subdomain"] == "panaderia-sol")
            effect = client.get(f"/api/drift/{one['id']}/effect").json()["effect"]
            done = client.post(f"/api/drift/{one['id']}/repair", json={"effect": effect})
            compared = client.post("/api/drift/compare")
            assert (done.status_code, compared.status_code) == ((403, 403) if role == "viewer" else (200, 202))
        assert done.json()["job_id"] is not None
        assert client.post(f"/api/drift/{one['id']}/repair", json={"effect": effect}).status_code == 409
        assert client.get("/api/drift/999/effect").status_code == 404
        assert client.get("/api/dashboard/metrics").json()["drift"]["row_without_database"] == 1
