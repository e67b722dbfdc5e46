"""The later verbs from a click to the node and back: worker, stand-in node, and what our rows say afterwards."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from domain import database, own_domains, staging, tenant_actions, tenants
from domain.errors import Conflict, Invalid, Taken
from domain.models import Job, Letter
from domain.models.base import now
from tests.house import House, house, node, order, until  # noqa: F401 - fixtures
from tests.integration.dns_stand import Names, dns_server  # noqa: F401 - the fixture `names`


@pytest.fixture
def working(house: House) -> House:  # noqa: F811
    house.worker()
    return house


def made(house: House, subdomain: str) -> int:  # noqa: F811
    tenant_id, job_id = order(subdomain)
    job = house.wait(job_id)
    assert job.status == "succeeded", (job.error, house.said())
    return tenant_id


def newest(tenant_id: int, kind: str) -> int:
    with database.reading() as session:
        query = select(Job.id).where(Job.tenant_id == tenant_id, Job.kind == kind).order_by(col(Job.id).desc())
        return session.exec(query).first() or 0


def test_a_copy_is_a_tenant_that_lives_and_ends_with_its_original(working: House) -> None:
    tenant_id = made(working, "libreria-azul")
    copy_id = staging.copy(tenant_id, "libreria-azul-pruebas", by="marta")
    job = working.wait(newest(copy_id, "clone_tenant"))
    assert (job.status, working.tenant(copy_id).observed) == ("succeeded", "running"), (job.error, working.said())
    assert list(working.steps(job.id or 0)) == ["check_name", "copy", "files", "neutralize", "address", "first_page"]
    assert working.page("libreria-azul-pruebas") == working.page("libreria-azul") == 200
    assert working.asked("libreria-azul-pruebas", "select count(*) from ir_mail_server where active") == (0,)
    with database.reading() as session:
        assert [letter.kind for letter in session.exec(select(Letter)).all()] == ["welcome"]
    with pytest.raises(Conflict, match="incluye tu plan"):
        staging.copy(tenant_id, "otra-copia", by="marta")
    with pytest.raises(Taken):
        tenant_actions.perform(tenant_id, "copy", by="ana", value="libreria-azul")
    tenant_actions.perform(tenant_id, "archive", by="ana", typed="libreria-azul")
    until(lambda: {working.tenant(one).observed for one in (tenant_id, copy_id)} == {"archived"}, 20, working.said)
    assert working.page("libreria-azul-pruebas") == 404


def test_a_copy_of_what_is_being_ended_says_so_and_makes_nothing(working: House) -> None:
    tenant_id = made(working, "kiosco-luna")
    with database.transaction() as session:
        copy = staging.make(session, tenants.locked(session, tenant_id), "kiosco-luna-pruebas", "ana")
        copy_id = copy.id or 0
        tenants.locked(session, tenant_id).observed = "archived"
    job = working.wait(newest(copy_id, "clone_tenant"))
    assert (job.status, working.tenant(copy_id).observed) == ("failed", "absent")
    assert working.databases("kiosco-luna-pruebas") == 0


def test_the_name_is_kept_thirty_days_and_the_end_is_two_steps(working: House) -> None:
    tenant_id = made(working, "zapatos-rio")
    with pytest.raises(Conflict):
        tenant_actions.perform(tenant_id, "delete", by="ana", typed="zapatos-rio")
    tenant_actions.perform(tenant_id, "archive", by="ana", typed="zapatos-rio")
    until(lambda: working.tenant(tenant_id).observed == "archived", 20, working.said)
    assert working.databases("zapatos-rio") == 1
    assert (tenants.release_names(), working.tenant(tenant_id).released_at) == (0, None)
    with database.transaction() as session:
        tenants.locked(session, tenant_id).archived_at = now() - timedelta(days=30, minutes=1)
    assert (tenants.release_names(), tenants.release_names()) == (1, 0)
    with pytest.raises(Conflict):
        tenant_actions.perform(tenant_id, "delete", by="ana", typed="zapatos-rio")
    tenant_actions.perform(tenant_id, "ask_deletion", by="ana")
    with pytest.raises(Invalid):
        tenant_actions.perform(tenant_id, "delete", by="ana", typed="zapatos")
    tenant_actions.perform(tenant_id, "delete", by="ana", typed="zapatos-rio")
    job = working.wait(newest(tenant_id, "delete_tenant"))
    assert (job.status, working.tenant(tenant_id).observed) == ("succeeded", "deleted"), job.error
    assert working.databases("zapatos-rio") == 0


def test_an_own_domain_is_proved_served_and_taken_back_and_what_else_staff_do(working: House, names: Names) -> None:
    tenant_id = made(working, "cafe-verde")
    wanted = own_domains.ask(tenant_id, "https://ERP.CafeVerde.example/web", by="marta")
    assert (wanted.domain, wanted.state) == ("erp.cafeverde.example", "waiting")
    alias, proof = wanted.records
    assert "TXT" in (own_domains.check(tenant_id, by="marta").problem or "")
    names.txt[proof.name] = [proof.value]
    assert "apunte" in (own_domains.check(tenant_id, by="marta").problem or "")
    names.cname[alias.name] = alias.value
    assert own_domains.check(tenant_id, by="marta").state == "applying"
    job = working.wait(newest(tenant_id, "set_domain"))
    assert job.status == "succeeded", (job.error, working.said())
    now_ = own_domains.view(tenant_id)
    assert now_ is not None
    assert now_.state == "live"
    assert "GET /web/login · 200" in working.lines(job.id or 0)[-1]
    address = "select value from ir_config_parameter where key = 'web.base.url'"
    port = working.node["http_port"]
    assert working.asked("cafe-verde", address) == (f"http://erp.cafeverde.example:{port}",)
    own_domains.remove(tenant_id, by="marta")
    job = working.wait(newest(tenant_id, "set_domain"))
    assert (job.status, own_domains.view(tenant_id)) == ("succeeded", None)
    assert working.asked("cafe-verde", address) == (f"http://cafe-verde.localhost:{port}",)
    _update_without_odoo(working, tenant_id)
    _suspended_page(working, tenant_id)


def _update_without_odoo(working: House, tenant_id: int) -> None:
    with pytest.raises(Invalid):
        tenant_actions.perform(tenant_id, "update_modules", by="ana", value="sale; rm")
    tenant_actions.perform(tenant_id, "update_modules", by="ana", value="sale, account")
    job = working.wait(newest(tenant_id, "update_modules"))
    assert (job.status, job.args) == ("failed", {"modules": "sale,account"})
    assert (job.error or "").startswith("En este nodo no hay Odoo")
    assert (working.tenant(tenant_id).observed, working.page("cafe-verde")) == ("running", 200)


def _suspended_page(working: House, tenant_id: int) -> None:
    with database.transaction() as session:
        tenants.suspend(session, tenants.locked(session, tenant_id), "unpaid", requested_by="sistema")
    until(lambda: working.tenant(tenant_id).observed == "suspended", 20, working.said)
    assert "/tenant/portal" in working.text("cafe-verde")
