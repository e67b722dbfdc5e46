"""Tables of the admin: any page, any filter, whatever the reader types."""

from datetime import UTC, datetime

from domain import database
from domain.models import Customer, Tenant
from domain.reports import customers, events, jobs, nodes, tenants
from domain.reports.tenants import Filter
from tests.bench import fill


def names(**wanted: object) -> list[str]:
    return [row.subdomain for row in tenants.page(Filter(**wanted)).rows]  # type: ignore[arg-type]


def test_every_tenant_is_on_exactly_one_page_in_either_order(configured: str) -> None:
    fill.business(103)
    for sort in tenants.SORTS:
        for descending in (True, False):
            seen = [
                name
                for number in range(1, 7)
                for name in names(sort=sort, descending=descending, number=number, size=20)
            ]  # fmt: skip
            assert len(seen) == len(set(seen)) == 103
            if sort == "subdomain":
                assert seen == sorted(seen, reverse=descending)
    assert names(number=7, size=20) == []


def test_search_ignores_accents_and_case_and_takes_signs_literally(configured: str) -> None:
    fill.business(3)
    with database.transaction() as session:
        ana = session.get_one(Customer, 2)
        ana.company, ana.email = "Panadería Ñandú 100%", "ana_ruiz@sol.do"
    assert len(names(text="PANADERIA ñandu")) == 1
    assert len(names(text="ana_ruiz@SOL")) == 1
    assert len(names(text="100%")) == 1
    assert names(text="ana%ruiz") == []
    assert names(text="' or 1=1 --") == []
    assert names(text="\0") == names()
    assert customers.page(customers.Filter(text="nandu")).total == 1


def test_states_filter_and_count_alike(configured: str) -> None:
    fill.business(300)
    with database.reading() as session:
        counts = tenants.counts(session)
    for state in tenants.STATES:
        assert tenants.page(Filter(state=state)).total == counts[state]
    late = tenants.page(Filter(state="past_due")).rows[0]
    assert late.state == "past_due"
    assert late.overdue_days is not None
    assert late.next_charge_at is not None
    assert late.next_charge_at <= datetime.now(UTC)


def test_the_deleted_are_shown_only_when_asked_for(configured: str) -> None:
    fill.business(3)
    with database.transaction() as session:
        session.get_one(Tenant, 2).observed = "deleted"
    assert tenants.page(Filter()).total == 2
    assert tenants.page(Filter(state="deleted")).total == 1


def test_the_export_holds_every_row_once_across_its_pieces(configured: str) -> None:
    fill.business(tenants.EXPORT_PIECE * 2)
    seen = [row.id for row in tenants.export(Filter())]
    assert seen == sorted(set(seen))
    assert len(seen) == tenants.EXPORT_PIECE * 2


def test_running_jobs_come_first_then_waiting_then_the_newest(configured: str) -> None:
    fill.business(5)
    with database.transaction() as session:
        session.connection().exec_driver_sql("update job set status = 'running', finished_at = null where id = 2")
        session.connection().exec_driver_sql("update job set status = 'queued' where id = 1")
    page = jobs.page(jobs.Filter())
    assert [row.id for row in page.rows] == [2, 1, 5, 4, 3]
    assert page.rows[0].seconds is not None
    assert jobs.page(jobs.Filter(status="queued")).total == 1


def test_a_job_shows_the_steps_to_come_too(configured: str) -> None:
    fill.business(1)
    detail = jobs.detail(1)
    assert [step.status for step in detail.steps] == ["done"] * 3 + ["todo"] * (len(detail.steps) - 3)
    assert detail.steps[0].seconds is not None
    assert 0.05 < detail.steps[0].seconds < 0.15
    assert detail.can_retry is True  # e1 was made to fail
    assert detail.node_tenants is not None


def test_events_are_found_by_any_id_of_stripes_and_types_are_told_once(configured: str) -> None:
    fill.business(4)
    whole = events.detail(1)
    assert events.page(events.Filter(text=whole.row.stripe_id)).total == 1
    assert events.page(events.Filter(text=whole.row.object_id or "")).total == 2
    assert events.types.__wrapped__() == ["checkout.session.completed", "customer.subscription.updated"]  # type: ignore[attr-defined]
    assert whole.payload["id"].startswith("evt_")
    assert whole.row.subdomain is not None


def test_nodes_count_what_takes_room_and_what_waits(configured: str) -> None:
    fill.business(8)
    with database.transaction() as session:
        session.connection().exec_driver_sql("update tenant set observed = 'archived' where id = 4")
        session.connection().exec_driver_sql("update job set status = 'queued' where id = 5")
    by_name = {node.name: node for node in nodes.every()}
    assert [by_name[f"nodo-{n}"].tenants for n in (1, 2, 3, 4)] == [1, 2, 2, 2]
    assert by_name["nodo-2"].waiting == 1
