"""The worker on a real queue, real SSH and the real scripts: from a row to a tenant that answers, and on from there."""

import pytest
from sqlmodel import select

from domain import database, jobs, tenants
from domain.models import Letter
from tests.house import House, house, node, order, until  # noqa: F401 - fixtures

STEPS = ["check_name", "clone", "company", "login", "files", "address", "first_page"]
HASH = "$pbkdf2-sha512$600000$" + "a" * 22 + "$" + "b" * 86


@pytest.fixture
def working(house: House) -> House:  # noqa: F811
    house.worker()
    return house


def test_an_order_becomes_a_tenant_that_answers(working: House) -> None:
    tenant_id, job_id = order("ferreteria-sol")
    job = working.wait(job_id)
    assert job.status == "succeeded", (job.error, working.said())
    assert working.steps(job_id) == dict.fromkeys(STEPS, "done")
    assert list(working.steps(job_id)) == STEPS
    tenant = working.tenant(tenant_id)
    assert (tenant.observed, tenant.ready_at is not None, tenant.node_id) == ("running", True, job.node_id)
    assert working.page("ferreteria-sol") == 200
    lines = working.lines(job_id)
    assert lines[0] == "ferreteria-sol está libre en este nodo"
    assert "GET /web/login · 200" in lines[-1]
    assert not any(line.startswith("::") for line in lines)
    assert job.log_bytes == len(working.node_log(job_id))
    with database.reading() as session:
        (letter,) = session.exec(select(Letter)).all()
        assert (letter.kind, letter.to, letter.account_id is not None) == ("welcome", "ferreteria-sol@sol.do", True)


def test_suspend_resume_password_and_archive_follow_one_another(working: House) -> None:
    tenant_id, job_id = order("panaderia-luz")
    assert working.wait(job_id).status == "succeeded"
    with database.transaction() as session:
        tenant = tenants.locked(session, tenant_id)
        tenants.suspend(session, tenant, "unpaid", requested_by="sistema")
    until(lambda: working.tenant(tenant_id).observed == "suspended", 20, working.said)
    assert working.page("panaderia-luz") != 200
    with database.transaction() as session:
        tenant = tenants.locked(session, tenant_id)
        tenants.lift(session, tenant, "unpaid", requested_by="sistema")
        tenant.odoo_password_hash = HASH
        password = jobs.defer(session, "set_password", tenant=tenant).id or 0
    assert working.wait(password).status == "succeeded"
    assert working.tenant(tenant_id).observed == "running"
    assert working.page("panaderia-luz") == 200
    assert HASH not in "\n".join(working.lines(password))
    with database.transaction() as session:
        tenants.archive(session, tenants.locked(session, tenant_id), requested_by="ana")
    until(lambda: working.tenant(tenant_id).observed == "archived", 20, working.said)
    assert working.page("panaderia-luz") != 200


def test_what_was_asked_for_meanwhile_is_done_afterwards(working: House) -> None:
    working.faults(slow_ms=150)
    tenant_id, job_id = order("taller-norte")
    until(lambda: working.steps(job_id).get("clone"), 20, working.said)
    with database.transaction() as session:
        tenant = tenants.locked(session, tenant_id)
        tenant.odoo_password_hash = HASH
        tenant.desired = "suspended"
        session.add(tenant)
    until(lambda: working.tenant(tenant_id).observed == "suspended", 30, working.said)


def test_a_job_whose_tenant_has_gone_ends_with_a_sentence(house: House) -> None:  # noqa: F811
    tenant_id, job_id = order("se-fue-antes")
    with database.transaction() as session:
        tenants.archive(session, tenants.locked(session, tenant_id), requested_by="ana")
    house.worker()
    job = house.wait(job_id)
    assert (job.status, job.error) == ("failed", "No se puede crear: la instancia está en estado «deleted».")
    assert house.databases("se-fue-antes") == 0


def test_a_full_fleet_makes_the_job_wait(house: House) -> None:  # noqa: F811
    tenant_id, job_id = order("sin-sitio")
    house.worker(NODE_CAPACITY="0")
    reason = until(lambda: house.job(job_id).waiting_reason, 20, house.said)
    assert reason == "Estamos preparando más espacio para tu Odoo. Seguimos en cuanto esté; no tienes que hacer nada."
    assert house.tenant(tenant_id).observed == "absent"
