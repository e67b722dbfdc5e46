"""What staff do to tenants: offered by state, judged again under the lock, recorded in the same commit."""

import pytest
from sqlalchemy import text

from domain import by_hand, database, plans, tenant_actions
from domain.errors import Conflict, Invalid, NotFound, Taken
from domain.models import Tenant
from domain.order_form import OrderForm
from domain.reports import tenant_detail

FORM = OrderForm(
    company="Taller Andino SpA",
    full_name="Ana Rojas",
    email="ana@tallerandino.cl",
    subdomain="taller-andino",
    country="CL",
)


def made(state: str) -> int:
    tenant_id = by_hand.create(FORM, by="ana").tenant_id
    with database.transaction() as session:
        session.get_one(Tenant, tenant_id).observed = state
        session.execute(text("update job set status = 'succeeded'"))
    return tenant_id


def offered(tenant_id: int) -> list[str]:
    return [action.name for action in tenant_detail.read(tenant_id).actions]


def audited() -> list[str]:
    with database.reading() as session:
        return list(session.execute(text("select action from audit_entry order by id")).scalars())


def test_by_hand_makes_customer_owner_tenant_and_job_at_once(configured: str) -> None:
    new = by_hand.create(FORM, by="ana")
    detail = tenant_detail.read(new.tenant_id)
    assert detail.owner.login == "ana@tallerandino.cl"
    assert (detail.language, detail.currency) == ("es_CL", "CLP")
    assert detail.requested_at is not None
    assert detail.money is None
    assert detail.jobs[0].requested_by == "ana"
    assert "tenant.create_by_hand" in audited()
    with database.reading() as session:
        assert session.execute(text("select count(*) from procrastinate_jobs")).scalar_one() == 1


def test_a_plan_by_hand_is_recorded_and_charges_nothing(configured: str) -> None:
    with database.transaction() as session:
        plans.install_default(session)
    new = by_hand.create(FORM.model_copy(update={"plan": "pyme"}), by="ana")
    paid = tenant_detail.read(new.tenant_id).money
    assert paid is not None
    assert paid.by_hand
    assert paid.stripe_subscription_id is None


def test_a_name_that_is_held_is_refused_and_nothing_is_half_made(configured: str) -> None:
    by_hand.create(FORM, by="ana")
    with pytest.raises(Taken) as caught:
        by_hand.create(FORM.model_copy(update={"company": "Otro", "email": "otro@otro.cl"}), by="ana")
    assert caught.value.proposals
    with database.reading() as session:
        assert session.execute(text("select count(*) from customer")).scalar_one() == 1
        assert session.execute(text("select count(*) from job")).scalar_one() == 1


def test_every_fault_is_told_at_once_to_staff(configured: str) -> None:
    with pytest.raises(Invalid) as caught:
        by_hand.create(OrderForm(subdomain="www", email="no"), by="ana")
    wrong = {problem.field: problem.message for problem in caught.value.problems}
    assert set(wrong) == {"company", "full_name", "email", "subdomain", "country"}
    assert wrong["full_name"] == "Escribe el nombre del dueño."


def test_the_menu_follows_the_state(configured: str) -> None:
    tenant_id = made("running")
    assert offered(tenant_id) == ["copy", "update_modules", "suspend", "archive"]
    tenant_actions.perform(tenant_id, "suspend", by="ana")
    assert offered(tenant_id) == ["copy", "update_modules", "resume", "archive"]
    with pytest.raises(Conflict):
        tenant_actions.perform(tenant_id, "suspend", by="ana")
    tenant_actions.perform(tenant_id, "resume", by="ana")
    assert offered(tenant_id) == ["copy", "update_modules", "suspend", "archive"]
    assert audited()[-2:] == ["tenant.suspend", "tenant.resume"]


def test_resuming_lifts_only_the_operators_reason(configured: str) -> None:
    tenant_id = made("suspended")
    with database.transaction() as session:
        tenant = session.get_one(Tenant, tenant_id)
        tenant.suspend_reasons, tenant.desired = ["unpaid", "operator"], "suspended"
    tenant_actions.perform(tenant_id, "resume", by="ana")
    with database.reading() as session:
        tenant = session.get_one(Tenant, tenant_id)
        assert (tenant.suspend_reasons, tenant.desired) == (["unpaid"], "suspended")


def test_archiving_wants_the_name_typed(configured: str) -> None:
    tenant_id = made("running")
    with pytest.raises(Invalid):
        tenant_actions.perform(tenant_id, "archive", by="ana", typed="taller")
    tenant_actions.perform(tenant_id, "archive", by="ana", typed="taller-andino ")
    assert offered(tenant_id) == []
    with pytest.raises(NotFound):
        tenant_actions.perform(tenant_id, "volar", by="ana")


def test_a_failed_creation_may_be_tried_again_and_shows_in_the_story(configured: str) -> None:
    new = by_hand.create(FORM, by="ana")
    with pytest.raises(Conflict):
        tenant_actions.retry_creation(new.tenant_id, by="ana")
    with database.transaction() as session:
        session.execute(text("update job set status = 'failed'"))
    assert tenant_detail.read(new.tenant_id).failed_creation == new.job_id
    assert tenant_actions.retry_creation(new.tenant_id, by="ana") == new.job_id
    story = tenant_detail.read(new.tenant_id).timeline
    assert {one.kind for one in story} == {"job", "act"}
