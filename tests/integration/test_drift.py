"""Each kind of disagreement, made for real on two nodes and Stripe's stand-in, found, and put right by its button."""

import httpx
import pytest
from sqlalchemy import text

from domain import database, drift, stripe_gateway
from domain.drift_kinds import KINDS
from domain.errors import Conflict
from domain.models import Customer, Node, Subscription, Tenant
from tests.integration import billing_stand as stand
from tests.integration.stripe_stand import GOOD
from tests.town import Place, Town, places, town  # noqa: F401 - fixtures

REPAIRED: set[str] = set()


def mend(town: Town, name: str, kind: str) -> str:  # noqa: F811
    effect = town.mend(name, kind)
    REPAIRED.add(kind)
    return effect


def page(place: Place, name: str) -> int:
    at = place.sandbox.ready
    return httpx.get(f"{at['http_url']}/web/login", headers={"Host": f"{name}.localhost"}).status_code


def test_a_quiet_town_has_no_drift(town: Town) -> None:  # noqa: F811
    order = town.made("tranquila")
    town.compare()
    assert town.found("tranquila") == {}
    with database.reading() as session:
        assert session.get_one(Tenant, order.tenant_id).observed == "running"


def test_paid_at_stripe_and_unknown_here(town: Town) -> None:  # noqa: F811
    town.made("conocida")
    town.till.paid("pagada")
    effect = mend(town, "pagada", "paid_not_there")
    assert "se crea «pagada»" in effect
    assert page(town.a, "pagada") == 200 or page(town.b, "pagada") == 200


def test_paid_and_nobody_makes_it(town: Town) -> None:  # noqa: F811
    order = town.till.active("olvidada")
    with database.transaction() as session:
        session.execute(text("update job set status = 'failed', finished_at = now() - interval '1 hour'"))
        session.execute(text("update procrastinate_jobs set status = 'failed'"))
    effect = mend(town, "olvidada", "paid_not_there")
    assert effect.startswith("Se reintenta el trabajo")
    assert stand.tenant(order).observed == "running"


def test_unpaid_at_stripe_and_open_here(town: Town) -> None:  # noqa: F811
    order = town.made("impagada")
    _stripe_says(town, order, "unpaid")
    assert "se suspende por falta de pago" in mend(town, "impagada", "there_not_paid")
    assert (stand.tenant(order).observed, page(town.a, "impagada")) == ("suspended", 503)
    _stripe_says(town, order, "active")
    assert "queda en marcha" in mend(town, "impagada", "suspended_though_paid")
    assert page(town.a, "impagada") == 200


def test_stripe_does_not_know_what_pays_it(town: Town) -> None:  # noqa: F811
    town.made("conocida-dos")
    order = town.made("desconocida")
    with database.transaction() as session:
        row = session.get_one(Subscription, order.id)
        row.stripe_subscription_id = "sub_de_otra_cuenta"
        session.add(row)
    # Stripe's own subscription of that order is then a second one; both are told.
    town.compare()
    assert set(town.found("desconocida")) == {"there_not_paid", "paid_twice"}


def test_shall_be_suspended_and_is_open(town: Town) -> None:  # noqa: F811
    order = town.made("abierta")
    with database.transaction() as session:
        tenant = town.tenant(session, order)
        tenant.desired, tenant.observed, tenant.suspend_reasons = "suspended", "suspended", ["operator"]
        session.add(tenant)
    mend(town, "abierta", "there_not_paid")
    assert page(town.a, "abierta") == 503


def test_shall_run_and_is_suspended(town: Town) -> None:  # noqa: F811
    order = town.made("cerrada")
    town.do("suspend_tenant", order)
    mend(town, "cerrada", "suspended_though_paid")
    assert page(town.a, "cerrada") == 200


def test_cancelled_at_stripe_and_running_here(town: Town) -> None:  # noqa: F811
    order = town.made("cancelada")
    town.made("otra-que-sigue")
    town.till.v1.subscriptions.cancel(str(order.stripe_subscription_id))
    assert "se archiva con sus datos" in mend(town, "cancelada", "running_though_cancelled")
    assert stand.tenant(order).observed == "archived"
    assert "cancelada" not in town.a.names()


def test_archived_in_our_rows_and_in_use_on_its_node(town: Town) -> None:  # noqa: F811
    order = town.made("resucitada")
    with database.transaction() as session:
        tenant = town.tenant(session, order)
        tenant.desired, tenant.observed = "archived", "archived"
        session.add(tenant)
    mend(town, "resucitada", "running_though_cancelled")
    assert "resucitada" not in town.a.names()


def test_paid_twice(town: Town) -> None:  # noqa: F811
    order = town.made("doble")
    _buy_again(town, order)
    town.compare()
    row = town.found("doble")["paid_twice"]
    assert drift.repair(row.id or 0, drift.preview(row.id or 0), by="ana") is None
    REPAIRED.add("paid_twice")
    extra = town.till.v1.subscriptions.retrieve(row.facts["stripe"])
    assert extra.cancel_at_period_end
    town.compare()
    assert town.found("doble") == {}


def test_a_database_without_a_row_is_noted_and_never_touched(town: Town) -> None:  # noqa: F811
    town.b.sql("create database ajena")
    mark = '{"alta": {"state": "ready", "job": "77-deadbeef", "steps": []}}'
    town.b.sql(f"comment on database ajena is '{mark}'")
    before = town.b.sql("select oid, datname, shobj_description(oid, 'pg_database') from pg_database order by 1")
    assert "queda anotada como conocida" in mend(town, "ajena", "database_without_row")
    assert before == town.b.sql(
        "select oid, datname, shobj_description(oid, 'pg_database') from pg_database order by 1"
    )


def test_a_row_without_a_database_is_marked_and_only_when_every_node_spoke(town: Town) -> None:  # noqa: F811
    order = town.made("perdida")
    town.a.sql("drop database perdida with (force)")
    town.b.sandbox.faults(refuse=True)
    town.compare()
    row = town.found("perdida")["row_without_database"]
    with pytest.raises(Conflict, match="nodo-b"):
        drift.preview(row.id or 0)
    town.b.sandbox.faults(reset=True)
    mend(town, "perdida", "row_without_database")
    assert stand.tenant(order).broken_reason == "Su base de datos no está en nodo-a."


def test_two_databases_and_the_one_too_many_is_put_aside(town: Town) -> None:  # noqa: F811
    order = town.made("gemela")
    town.do("create_tenant", order, node=1)
    assert "gemela" in town.a.names()
    assert "gemela" in town.b.names()
    mend(town, "gemela", "two_databases")
    assert "gemela" in town.a.names()
    assert next(name for name in town.b.names() if "gemela" in name).startswith("archived-gemela-")
    assert (stand.tenant(order).observed, stand.tenant(order).node_id) == ("running", town.ids[0])


def test_on_another_node_than_its_row_says(town: Town) -> None:  # noqa: F811
    order = town.made("mudada")
    with database.transaction() as session:
        tenant = town.tenant(session, order)
        tenant.node_id = town.ids[1]
        session.add(tenant)
    mend(town, "mudada", "wrong_node")
    assert stand.tenant(order).node_id == town.ids[0]


def test_scripts_that_are_not_ours_are_replaced(town: Town) -> None:  # noqa: F811
    with database.transaction() as session:
        node = session.get_one(Node, town.ids[1])
        node.reachable, node.health = True, {"version": "0.0.9", "kit_ok": False}
        session.add(node)
    mend(town, "nodo-b", "wrong_kit")
    with database.reading() as session:
        assert session.get_one(Node, town.ids[1]).health["kit_ok"]


def test_a_page_that_answers_badly_is_opened_again(town: Town) -> None:  # noqa: F811
    town.made("muda")
    town.made("habla")
    closed = town.a.sandbox._state / "web" / "closed"
    closed.mkdir(parents=True, exist_ok=True)
    (closed / "muda.html").write_text("cerrado")
    assert page(town.a, "muda") == 503
    mend(town, "muda", "answers_badly")
    assert page(town.a, "muda") == 200


def test_who_is_silent_makes_no_row_and_takes_none_away(town: Town) -> None:  # noqa: F811
    order = town.made("silencio")
    town.a.sql("drop database silencio with (force)")
    town.a.sandbox.faults(refuse=True)
    town.compare()
    assert town.found("silencio") == {}
    town.a.sandbox.faults(reset=True)
    town.compare()
    first = town.found("silencio")["row_without_database"]
    town.a.sandbox.faults(refuse=True)
    town.till.sandbox.faults(api_down="500")
    town.compare()
    kept = town.found("silencio")["row_without_database"]
    assert (kept.id, kept.first_seen, kept.gone_at) == (first.id, first.first_seen, None)
    with database.reading() as session:
        sources = {row.name: row.error for row in session.execute(text("select name, error from drift_source"))}
    assert sources["stripe"]
    assert sources[f"node:{town.ids[0]}"].startswith("nodo-a: El nodo rechaza")
    assert sources[f"node:{town.ids[1]}"] is None
    assert stand.tenant(order).observed == "running"


def test_a_repair_is_refused_once_the_world_has_changed(town: Town) -> None:  # noqa: F811
    order = town.made("cambiada")
    town.do("suspend_tenant", order)
    town.compare()
    row = town.found("cambiada")["suspended_though_paid"]
    effect = drift.preview(row.id or 0)
    with pytest.raises(Conflict, match="cambió lo que se haría"):
        drift.repair(row.id or 0, "Otra cosa.", by="ana")
    with database.transaction() as session:
        tenant = town.tenant(session, order)
        tenant.desired, tenant.suspend_reasons = "suspended", ["operator"]
        session.add(tenant)
    with pytest.raises(Conflict, match="ya no es así"):
        drift.repair(row.id or 0, effect, by="ana")
    with database.transaction() as session:
        tenant = town.tenant(session, order)
        tenant.desired, tenant.suspend_reasons = "running", []
        session.add(tenant)
    drift.repair(row.id or 0, effect, by="ana")
    with pytest.raises(Conflict, match="alguien la está reparando"):
        drift.repair(row.id or 0, effect, by="eva")
    with database.reading() as session:
        entry = session.execute(
            text("select actor, details from audit_entry where action = 'drift.suspended_though_paid'")
        ).one()
    assert (entry.actor, entry.details["effect"]) == ("ana", effect)


def test_every_kind_was_made_and_repaired() -> None:
    assert set(KINDS) == REPAIRED


def _stripe_says(town: Town, order: Subscription, word: str) -> None:  # noqa: F811
    """Stripe's own object changes, and nobody tells us."""
    store = town.till.sandbox._store
    document = store.get("subscription", str(stand.subscription(order).stripe_subscription_id)) or {}
    store.put("subscription", {**document, "status": word})


def _buy_again(town: Town, order: Subscription) -> None:  # noqa: F811
    """The same order, paid on a second page."""
    with database.reading() as session:
        customer, tenant = session.get_one(Customer, order.customer_id), session.get_one(Tenant, order.tenant_id)
    again = stripe_gateway.create_checkout(order, customer, town.till.prices[0], tenant, 2)
    assert httpx.post(str(again.url), data=GOOD, trust_env=False, timeout=30).status_code == 303
