"""Staff made, changed and shut out by administrators; personal data handed over and erased."""

import json

import pytest
from sqlmodel import col, select

from domain import accounts, database, factors, letters, personal_data, plans, staff_accounts
from domain.errors import Conflict, Invalid, NotFound
from domain.models import Account, AuditEntry, Customer, Letter, LoginSession, Membership, Price, Subscription, Tenant
from tests.integration import web_stand
from tests.integration.web_stand import owner, person, prove


def test_somebody_is_invited_changed_shut_out_and_let_in(configured: str) -> None:
    person("jefa@alta.do", staff="admin")
    staff_accounts.invite("Luis@alta.do", "Luis", "viewer", by="jefa@alta.do")
    with pytest.raises(Conflict):
        staff_accounts.invite("luis@alta.do", "", "viewer", by="jefa@alta.do")
    with pytest.raises(Invalid):
        staff_accounts.invite("sin-arroba", "", "jefe", by="jefa@alta.do")
    luis = next(one for one in staff_accounts.everybody() if one.login == "luis@alta.do")
    with database.reading() as session:
        assert [row.to for row in session.exec(select(Letter).where(Letter.kind == "password")).all()] == [luis.login]
    session_id = web_stand.open_session(luis.account_id)
    staff_accounts.change(luis.account_id, "operator", by="jefa@alta.do")
    who = accounts.identity(session_id)
    assert who is not None
    assert who.staff_role == "operator"
    staff_accounts.shut_out(luis.account_id, by="jefa@alta.do")
    assert accounts.identity(session_id) is None
    staff_accounts.let_in(luis.account_id, by="jefa@alta.do")
    assert accounts.identity(web_stand.open_session(luis.account_id)) is not None


def test_nobody_changes_themselves_and_an_administrator_stays(configured: str) -> None:
    jefa, otra = person("jefa@alta.do", staff="admin"), person("otra@alta.do", staff="admin")
    for act in (staff_accounts.shut_out, staff_accounts.let_in, staff_accounts.reset_factor):
        with pytest.raises(Conflict):
            act(jefa.id or 0, by="jefa@alta.do")
        with pytest.raises(Conflict):
            act(jefa.id or 0, by="jefa@alta.do como Panadería Sol")
    staff_accounts.change(otra.id or 0, "viewer", by="jefa@alta.do")
    with pytest.raises(Conflict) as refused:
        staff_accounts.shut_out(jefa.id or 0, by="otra@alta.do")
    assert refused.value.code == "last_admin"
    with pytest.raises(NotFound):
        staff_accounts.change(person("marta@sol.do").id or 0, "admin", by="jefa@alta.do")


def test_support_helps_customers_people_and_not_staff(configured: str) -> None:
    account, jefa = owner(), person("jefa@alta.do", staff="admin")
    factors.begin(prove(account).id or 0)
    session_id = web_stand.open_session(account.id or 0)
    staff_accounts.help_with_factor(account.id or 0, by="ana@alta.do")
    assert accounts.identity(session_id) is None
    with pytest.raises(NotFound):
        staff_accounts.help_with_factor(jefa.id or 0, by="ana@alta.do")
    with database.reading() as session:
        customer_id = session.exec(select(Customer.id)).one() or 0
    staff_accounts.require_factor(customer_id, True, by="ana@alta.do")
    staff_accounts.require_factor(customer_id, True, by="ana@alta.do")
    with database.reading() as session:
        assert session.get_one(Customer, customer_id).second_factor
        actions = session.exec(select(AuditEntry.action)).all()
    assert actions.count("customer.factor_on") == 1


def test_sessions_are_closed_for_who_fears_that_somebody_is_in(configured: str) -> None:
    account, jefa = owner(), person("jefa@alta.do", staff="admin")
    session_id = web_stand.open_session(account.id or 0)
    staff_accounts.close_sessions(account.id or 0, by="ana@alta.do")
    assert accounts.identity(session_id) is None
    with pytest.raises(NotFound):
        staff_accounts.close_sessions(jefa.id or 0, by="ana@alta.do")


def _customer() -> Customer:
    with database.reading() as session:
        return session.exec(select(Customer)).one()


def test_the_export_has_everything_and_no_secret(configured: str) -> None:
    account = owner()
    customer_id = _customer().id or 0
    begun = factors.begin(prove(account).id or 0)
    session_id = web_stand.open_session(account.id or 0, address="203.0.113.9", agent="Firefox")
    web_stand.joined(customer_id, "luis@sol.do", "reader")
    found = json.dumps(personal_data.export(customer_id, by="marta@sol.do"), default=str, ensure_ascii=False)
    for there in ("marta@sol.do", "Marta Jiménez", "luis@sol.do", "203.0.113.9", '"subdomain": "sol"', "team.invite"):
        assert there in found
    assert account.password_hash is not None
    for hidden in (account.password_hash, begun.secret, session_id, "$argon2id"):
        assert hidden not in found
    with pytest.raises(NotFound):
        personal_data.export(customer_id + 1, by="x")


def test_what_is_in_use_is_not_erased_and_what_is_typed_must_fit(configured: str) -> None:
    owner(observed="running")
    customer = _customer()
    with pytest.raises(Invalid):
        personal_data.erase(customer.id or 0, "Otra", by="ana")
    with pytest.raises(Conflict):
        personal_data.erase(customer.id or 0, customer.company, by="ana")
    with database.transaction() as session:
        plans.install_default(session)
    with database.transaction() as session:
        price = session.exec(select(Price)).first()
        assert price is not None
        tenant = session.exec(select(Tenant)).one()
        tenant.observed = "deleted"
        session.add(tenant)
        subscription = Subscription(
            customer_id=customer.id or 0, tenant_id=tenant.id or 0, price_id=price.id or 0, status="active"
        )
        session.add(subscription)
    with pytest.raises(Conflict):
        personal_data.erase(customer.id or 0, customer.company, by="ana")


def test_an_erasure_takes_the_person_and_leaves_what_the_law_asks_for(configured: str) -> None:
    account = owner(observed="deleted")
    customer_id = _customer().id or 0
    luis = web_stand.joined(customer_id, "luis@sol.do", "reader")
    with database.transaction() as session:
        other = Customer(company="Otra", full_name="Otra", email="otra@luna.do", country="DO")
        session.add(other)
        session.flush()
        session.add(Membership(account_id=luis.id or 0, customer_id=other.id or 0, role="reader"))
        letters.write(session, "security", "marta@sol.do", {"words": "desde 203.0.113.9"}, account=account)
    session_id = web_stand.open_session(account.id or 0, address="203.0.113.9", agent="Firefox")
    personal_data.erase(customer_id, "Panadería Sol", by="ana")
    assert accounts.identity(session_id) is None
    with database.reading() as session:
        row = session.get_one(Customer, customer_id)
        assert (row.company, row.country, row.full_name) == ("Panadería Sol", "DO", "borrado")
        assert row.erased_at is not None
        marta = session.get_one(Account, account.id)
        assert (marta.login, marta.name, marta.password_hash) == (f"borrado-{account.id}", "", None)
        assert accounts.find(session, "luis@sol.do") is not None
        assert session.exec(select(Membership).where(Membership.customer_id == customer_id)).all() == []
        kept = [str(one.model_dump()) for one in session.exec(select(Letter).order_by(col(Letter.id))).all()]
        kept += [str(one.model_dump()) for one in session.exec(select(LoginSession)).all()]
        assert not any("marta@sol.do" in one or "203.0.113.9" in one for one in kept)
    with pytest.raises(NotFound):
        personal_data.erase(customer_id, "Panadería Sol", by="ana")
