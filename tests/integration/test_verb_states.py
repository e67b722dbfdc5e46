"""Every kind of job and every action against every state a tenant can be in: what may begin, and what is refused."""

import pytest
from sqlalchemy import text

from domain import attention, by_hand, database, jobs, staging, tenant_actions, tenants
from domain.errors import Conflict
from domain.job_kinds import KINDS
from domain.models import Node, Tenant
from domain.models.base import now
from domain.order_form import OrderForm
from domain.states import TenantState
from provisioning import placement
from provisioning.errand import VERBS
from provisioning.placement import Refused

STATES = [state.value for state in TenantState]
# As the operator's handbook would have it: not computed from the code.
ALLOWED = {
    "create_tenant": "absent creating broken",
    "clone_tenant": "absent creating broken",
    "suspend_tenant": "running suspended",
    "resume_tenant": "suspended running",
    "archive_tenant": "running suspended broken archived",
    "archive_stray": "running suspended",
    "delete_tenant": "archived",
    "set_password": "running suspended",
    "move_tenant": "running suspended",
    "delete_left": "running suspended",
    "set_domain": "running",
    "update_modules": "running",
    "backup_tenant": "running suspended",
    "restore_tenant": "running suspended broken",
    "prove_backup": "running suspended",
}
OFFERED = {
    "copy": "running suspended",
    "update_modules": "running",
    "move": "",  # on no node yet
    "suspend": "running suspended",
    "resume": "",
    "keep": "",
    "archive": "running suspended broken absent",
    "ask_deletion": "archived",
    "delete": "",
}


def made(subdomain: str, **values: object) -> int:
    form = OrderForm(company="Sol", full_name="Ana", email=f"{subdomain}@sol.do", subdomain=subdomain, country="DO")
    tenant_id = by_hand.create(form, by="ana").tenant_id
    with database.transaction() as session:
        tenant = tenants.locked(session, tenant_id)
        for name, value in values.items():
            setattr(tenant, name, value)
        session.execute(text("update job set status = 'succeeded'"))
    return tenant_id


def node() -> None:
    with database.transaction() as session:
        session.add(
            Node(
                name="a",
                host="h",
                key_file="k",
                known_host="k",
                container=105,
                http_url="http://h",
                state="open",
                reachable=True,
            )
        )


def test_every_kind_in_every_state_begins_or_is_refused_as_the_table_says(configured: str) -> None:
    assert set(ALLOWED) == {kind.name for kind in KINDS.values() if kind.about == "tenant"}
    assert set(ALLOWED) - {"move_tenant"} <= set(VERBS)
    node()
    original = made("original", observed="running")
    tenant_id = made("probado", archived_as="archived-probado-1")
    wrong = []
    for kind, states in ALLOWED.items():
        for state in STATES:
            with database.transaction() as session:
                tenant = tenants.locked(session, tenant_id)
                tenant.observed, tenant.staging_of = state, original if kind == "clone_tenant" else None
                session.execute(text("delete from job where tenant_id = :tenant"), {"tenant": tenant_id})
                node_id = session.execute(text("select min(id) from node")).scalar_one()
                args = {"database": "archived-probado-1"} if kind == "delete_left" else None
                job_id = jobs.defer(session, kind, tenant=tenant, node_id=node_id, args=args).id or 0
            if begins(job_id) is not (state in states.split()):
                wrong.append((kind, state))
    assert wrong == []


def begins(job_id: int) -> bool:
    order = jobs.begin(job_id)
    assert order is not None
    try:
        with database.transaction() as session:
            placement.assign(session, order)
    except Refused:
        return False
    return True


@pytest.mark.parametrize("state", STATES)
def test_a_copy_needs_an_original_that_is_there(configured: str, state: str) -> None:
    node()
    original = made("original", observed="running")
    with database.transaction() as session:
        copy = staging.make(session, tenants.locked(session, original), "original-pruebas", "ana")
        job_id = session.execute(text("select id from job where tenant_id = :t"), {"t": copy.id}).scalar_one()
        tenants.locked(session, original).observed = state
    assert begins(job_id) is (state in ("running", "suspended"))


def test_every_action_in_every_state_is_offered_or_refused_as_the_table_says(configured: str) -> None:
    assert {action.name for action in tenant_actions.ACTIONS} == set(OFFERED)
    tenant_id = made("probado")
    wrong = []
    for name, states in OFFERED.items():
        for state in STATES:
            with database.transaction() as session:
                tenant = tenants.locked(session, tenant_id)
                tenant.observed, tenant.desired = state, state if state in tenants.ENDING else "running"
                tenant.suspend_reasons, tenant.deletion_asked_at, tenant.archived_as = [], None, "archived-probado-1"
            if done(tenant_id, name) is not (state in states.split()):
                wrong.append((name, state))
    assert wrong == []


def done(tenant_id: int, name: str) -> bool:
    value = f"copia-{tenant_id}" if name == "copy" else ""
    try:
        tenant_actions.perform(tenant_id, name, by="ana", typed="probado", value=value)
    except Conflict:
        return False
    with database.transaction() as session:  # away with what it did
        session.execute(text("delete from job"))
        session.execute(text("delete from tenant where staging_of = :tenant"), {"tenant": tenant_id})
    return True


def test_what_depends_on_more_than_the_state(configured: str) -> None:
    tenant_id = made("probado", observed="archived", desired="archived", deletion_asked_at=now(), archived_as=None)
    assert offered(tenant_id) == {"keep", "delete"}
    assert concerns("to_delete") == ["Hay que confirmar el borrado de probado."]
    tenant_actions.perform(tenant_id, "delete", by="ana", typed="probado")
    with database.reading() as session:
        tenant = session.get_one(Tenant, tenant_id)
        assert (tenant.observed, tenant.released_at is not None) == ("deleted", True)
    assert concerns("to_delete") == []
    copied = made("copia", observed="running", staging_of=tenant_id)
    assert offered(copied) == {"update_modules", "suspend", "archive"}


def concerns(code: str) -> list[str]:
    with database.reading() as session:
        return [one.reason for one in attention.concerns(session) if one.code == code]


def offered(tenant_id: int) -> set[str]:
    with database.reading() as session:
        return {action.name for action in tenant_actions.offered(session.get_one(Tenant, tenant_id))}
