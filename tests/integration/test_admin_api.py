"""The staff's API over the real application: who may, what comes back, and what a refusal says."""

import csv
import io
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from domain import accounts, database, journal
from domain.models.base import now
from main import build_app
from tests.bench import fill

NEW = {
    "company": "Taller Andino SpA", "full_name": "Ana Rojas", "email": "ana@tallerandino.cl",
    "subdomain": "taller-andino", "country": "CL",
}  # fmt: skip
PASSWORD = "una-clave-larga-de-prueba"


@pytest.fixture
def client(configured: str) -> Iterator[TestClient]:
    with TestClient(build_app(with_worker=False), base_url="http://localhost:4443") as client:
        yield client


def acting_as(client: TestClient, role: str) -> TestClient:
    accounts.create_staff(role, PASSWORD, role)
    answer = client.post("/api/auth/token", data={"username": role, "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


def test_strangers_get_nothing(client: TestClient) -> None:
    paths = ["/api/tenants", "/api/tenants/1", "/api/tenants.csv", "/api/jobs", "/api/jobs/1", "/api/jobs/1/log",
             "/api/jobs/1/log.txt", "/api/dashboard/metrics"]  # fmt: skip
    assert {client.get(path).status_code for path in paths} == {401}


def test_a_viewer_sees_and_cannot_act(client: TestClient) -> None:
    fill.business(3)
    viewer = acting_as(client, "viewer")
    assert viewer.get("/api/tenants").json()["total"] == 3
    assert viewer.get("/api/jobs").json()["total"] == 3
    assert viewer.get("/api/dashboard/metrics").json()["customers"]["total"] == 3
    assert viewer.post("/api/tenants", json=NEW).status_code == 403
    assert viewer.post("/api/jobs/1/retry").status_code == 403
    assert viewer.post("/api/jobs/1/cancel").status_code == 403


def test_a_tenant_by_hand_is_made_refused_as_taken_and_refused_with_every_fault(client: TestClient) -> None:
    operator = acting_as(client, "operator")
    made = operator.post("/api/tenants", json=NEW)
    assert made.status_code == 201
    whole = operator.get(f"/api/tenants/{made.json()['tenant_id']}").json()
    assert (whole["subdomain"], whole["state"], whole["company"]) == ("taller-andino", "absent", NEW["company"])
    assert operator.get(f"/api/jobs/{made.json()['job_id']}").json()["requested_by"] == "operator"
    taken = operator.post("/api/tenants", json=NEW)
    assert (taken.status_code, taken.json()["detail"]["code"]) == (409, "subdomain_taken")
    wrong = operator.post("/api/tenants", json={"subdomain": "ñ"})
    assert wrong.status_code == 422
    assert {fault["field"] for fault in wrong.json()["detail"]} >= {"company", "email", "subdomain"}
    assert operator.get("/api/tenants/999").status_code == 404


def test_a_job_is_cancelled_retried_and_refused_by_its_state(client: TestClient) -> None:
    operator = acting_as(client, "operator")
    job = operator.post("/api/tenants", json=NEW).json()["job_id"]
    assert operator.post(f"/api/jobs/{job}/retry").status_code == 409
    cancelled = operator.post(f"/api/jobs/{job}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    again = operator.post(f"/api/jobs/{job}/retry").json()
    assert (again["status"], again["can_cancel"]) == ("queued", True)
    assert operator.post("/api/jobs/999/retry").status_code == 404


def test_the_export_is_csv_that_no_spreadsheet_takes_for_a_formula(client: TestClient) -> None:
    fill.business(4)
    with database.transaction() as session:
        session.execute(text("update customer set company = '=cmd|'' /C calc''!A0, \"comillas\"' where id = 2"))
    answer = acting_as(client, "viewer").get("/api/tenants.csv", params={"search": "cmd"})
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert answer.headers["content-type"].startswith("text/csv")
    assert [row["company"] for row in rows] == ["'=cmd|' /C calc'!A0, \"comillas\""]
    assert len(acting_as(client, "viewer").get("/api/tenants.csv").text.strip().splitlines()) == 5


def test_a_log_comes_as_json_lines_after_a_number_and_as_text_without_colours(client: TestClient) -> None:
    fill.business(2)
    journal.append(2, journal.Batch(lines=[(now(), f"\x1b[32mlínea\x1b[0m {n}") for n in range(1, 2_501)]))
    viewer = acting_as(client, "viewer")
    lines = viewer.get("/api/jobs/2/log", params={"after": 2_498}).text.splitlines()
    assert len(lines) == 2
    assert '"n": 2500' in lines[1]
    assert "\\u001b[32mlínea" in lines[1]
    whole = viewer.get("/api/jobs/2/log.txt").text.splitlines()
    assert len(whole) == 2_500
    assert whole[-1].endswith("Z línea 2500")
    assert viewer.get("/api/jobs/99/log").status_code == 404
