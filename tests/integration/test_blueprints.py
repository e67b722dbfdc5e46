"""Templates as the panel knows them: built by a job, given to orders by country, passed over once Odoo has changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import col, select

from domain import blueprints, database, jobs, plans
from domain.errors import Conflict, NotFound
from domain.models import Blueprint, Customer, Job, Node, Plan, Price, Subscription, Tenant
from domain.models.base import now
from domain.reports import blueprints as report
from provisioning.sandbox import template
from tests.house import House, house, node, until  # noqa: F401 - fixtures
from tests.integration.test_blueprints_node import ODOO


@pytest.fixture
def working(house: House) -> Iterator[House]:  # noqa: F811
    """A worker, and a node with the program that plays Odoo."""
    state = Path(house.env["TEST_NODE_STATE"])
    (state / "template.sql").write_text(template._DEFINITION)
    (state / "says-version").write_text("Odoo Server 19.0")
    (state / "odoo").write_text(ODOO)
    (state / "odoo").chmod(0o755)
    with database.transaction() as session:
        plans.install_default(session)
    house.worker()
    yield house
    for name in ("odoo", "fails", "alta/odoo-version"):
        (state / name).unlink(missing_ok=True)


def the_node() -> Node:
    with database.reading() as session:
        return session.exec(select(Node)).one()


def bought(subdomain: str, country: str) -> int:
    """A paid order for a plan that names a blueprint; returns its job."""
    with database.transaction() as session:
        buyer = Customer(company="Sol", full_name="Ana Paz", email=f"{subdomain}@sol.do", country=country)
        session.add(buyer)
        session.flush()
        tenant = Tenant(customer_id=buyer.id or 0, subdomain=subdomain, requested_at=now())
        session.add(tenant)
        session.flush()
        price = session.exec(select(Price).order_by(col(Price.id))).first()
        assert price is not None
        session.add(
            Subscription(customer_id=buyer.id or 0, tenant_id=tenant.id or 0, price_id=price.id or 0, status="active")
        )
        return jobs.defer(session, "create_tenant", tenant=tenant).id or 0


def known(working: House) -> int:
    """The node, once it has said which Odoo it has."""
    until(lambda: [node.odoo for node in report.every() if node.odoo], 30, working.said)  # noqa: F811
    return the_node().id or 0


def state(name: str = "gestion-do") -> str:
    (node,) = report.every()  # noqa: F811
    return next(row.state for row in node.rows if row.name == name)


def test_a_build_is_a_job_and_orders_of_its_country_get_it(working: House) -> None:
    node_id = known(working)
    assert state() == "missing"
    job_id = blueprints.build(node_id, "gestion-do", by="ana")
    job = working.wait(job_id)
    assert job.status == "succeeded", (job.error, working.lines(job_id))
    assert list(working.steps(job_id)) == ["check", "install", "localize", "test", "swap"]
    assert state() == "ready"
    with database.reading() as session:
        made = session.exec(select(Blueprint)).one()
    assert (made.version, made.country, made.odoo_version, made.state) == (1, "DO", "Odoo Server 19.0", "ready")
    dominican = bought("sol-dominicana", "DO")
    assert working.wait(dominican).status == "succeeded"
    assert f"createdb -O odoo -T {made.template} sol-dominicana" in working.lines(dominican)
    mexican = bought("sol-mexicana", "MX")
    assert working.wait(mexican).status == "succeeded"
    said = "\n".join(working.lines(mexican))
    assert "la plantilla bp_gestion_mx no está en este nodo" in said
    assert "se usa odoo19_template" in said


def test_a_newer_build_takes_the_place_and_a_failed_one_does_not(working: House) -> None:
    node_id = known(working)
    first = working.wait(blueprints.build(node_id, "gestion-latam", by="ana"))
    second = working.wait(blueprints.build(node_id, "gestion-latam", by="ana"))
    assert (first.status, second.status) == ("succeeded", "succeeded")
    (Path(working.env["TEST_NODE_STATE"]) / "fails").touch()
    third = working.wait(blueprints.build(node_id, "gestion-latam", by="ana"))
    assert third.status == "failed"
    with database.reading() as session:
        rows = session.exec(select(Blueprint).order_by(col(Blueprint.version))).all()
        assert [(row.version, row.state) for row in rows] == [(1, "retired"), (2, "ready")]
    assert state("gestion-latam") == "ready"


def test_another_odoo_makes_it_stale_and_the_next_in_line_is_asked_for(configured: str) -> None:
    with database.transaction() as session:
        plans.install_default(session)
        place = Node(name="a", host="h", key_file="k", known_host="x", container=105, http_url="http://h",
                     health={"odoo": "19.0-1"})  # fmt: skip
        session.add(place)
        session.flush()
        for name, odoo in (("gestion-do", "19.0-0"), ("gestion-latam", "19.0-1")):
            session.add(
                Blueprint(name=name, node_id=place.id or 0, template=f"bp_{name[8:]}", version=1, odoo_version=odoo,
                          modules="base", language="es_419", currency="USD")
            )  # fmt: skip
    bought("sol", "DO")
    with database.reading() as session:
        tenant = session.exec(select(Tenant)).one()
        assert blueprints.templates(session, tenant, "DO", the_node()) == ["bp_gestion_do", "bp_latam"]
        session.exec(select(Plan).order_by(col(Plan.id))).first().blueprint = None  # type: ignore[union-attr]
        assert blueprints.templates(session, tenant, "DO", the_node()) == []
    assert (state("gestion-do"), state("gestion-latam"), state("gestion-mx")) == ("stale", "ready", "missing")


def test_one_build_at_a_time_and_only_of_what_there_is(configured: str) -> None:
    with database.transaction() as session:
        session.add(Node(name="a", host="h", key_file="k", known_host="x", container=105, http_url="http://h"))
    node_id = the_node().id or 0
    job_id = blueprints.build(node_id, "gestion-es", by="ana")
    with database.reading() as session:
        job = session.get_one(Job, job_id)
        assert (job.kind, job.node_id, job.tenant_id) == ("build_blueprint", node_id, None)
    assert state("gestion-es") == "building"
    with pytest.raises(Conflict):
        blueprints.build(node_id, "gestion-es", by="ana")
    with pytest.raises(NotFound):
        blueprints.build(node_id, "otra", by="ana")
    with pytest.raises(NotFound):
        blueprints.build(99, "gestion-es", by="ana")
    countries = {recipe.country for recipe in blueprints.RECIPES.values()}
    assert countries >= {"ES", "DO", "MX", "CO", "AR", "CL", "PE"}
