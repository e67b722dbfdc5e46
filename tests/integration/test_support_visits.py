"""Staff see a customer's portal by the customer's leave only, for an hour, in both names, and are out when it ends."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from domain import access, accounts, database, support_visits
from domain.errors import Forbidden, Invalid, NotFound, TooMany
from domain.identities import Identity
from domain.models import AuditEntry, Customer, Letter, LoginSession, SupportVisit, Tenant
from domain.models.base import now
from tests.integration import web_stand
from tests.integration.web_stand import browser, hidden, log_in, owner, person
from ui import auth

REASON = "La factura de noviembre"


@pytest.fixture
def client(configured: str) -> Iterator[TestClient]:
    with browser() as started:
        yield started


class House:
    """A customer with an Odoo, and somebody of support who is logged in."""

    def __init__(self, role: str = "support") -> None:
        owner(observed="running", requested_at=now())
        with database.reading() as session:
            self.tenant_id = session.exec(select(Tenant.id)).one() or 0
            self.customer_id = session.exec(select(Customer.id)).one() or 0
        ana = person("ana@alta.do", staff=role)
        self.session_id = web_stand.open_session(ana.id or 0)

    @property
    def ana(self) -> Identity:
        found = accounts.identity(self.session_id)
        assert found is not None
        return found

    def leave(self, *, acts: bool = False, days: int = 1) -> None:
        access.give_consent(self.customer_id, self.tenant_id, days, by="marta@sol.do", acts=acts)

    def visit(self) -> None:
        support_visits.begin(self.ana, self.customer_id, REASON, by="ana@alta.do")


def test_without_leave_there_is_no_visit(configured: str) -> None:
    house = House()
    with pytest.raises(Forbidden) as refused:
        house.visit()
    assert refused.value.code == "no_consent"
    with pytest.raises(Invalid):
        support_visits.begin(house.ana, house.customer_id, " ", by="ana@alta.do")
    assert house.ana.visit is None


def test_a_visit_looks_and_does_not_act_and_the_customer_is_told(configured: str) -> None:
    house = House()
    house.leave()
    house.visit()
    ana = house.ana
    assert ana.visit is not None
    assert 3500 < (ana.visit.ends_at - now()).total_seconds() <= 3600
    assert ana.memberships == {house.customer_id: "guest"}
    assert auth.check(ana, "portal.see").login == "ana@alta.do como Panadería Sol"
    for refused in ("odoo.manage", "odoo.enter", "odoo.end", "billing.change", "consent.give", "team.manage"):
        assert not ana.may(refused), refused
    assert ana.may("support.enter")
    with database.reading() as session:
        letter = session.exec(select(Letter).where(Letter.kind == "support_visit")).one()
        assert (letter.to, REASON in letter.args["words"]) == ("marta@sol.do", True)
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "support.visit")).one()
        assert entry.target == f"customer:{house.customer_id}"


def test_with_leave_to_act_both_names_are_on_record(configured: str) -> None:
    house = House()
    house.leave(acts=True)
    house.visit()
    assert house.ana.memberships == {house.customer_id: "helper"}
    who = auth.check(house.ana, "odoo.manage")
    with database.transaction() as session:
        from domain import audit

        audit.record(session, actor=who.login, action="tenant.domain_ask", target=f"tenant:{house.tenant_id}")
    with database.reading() as session:
        entry = session.exec(select(AuditEntry).order_by(col(AuditEntry.id).desc())).first()
    assert entry is not None
    assert (entry.actor, entry.details["as"]) == ("ana@alta.do", "Panadería Sol")


@pytest.mark.parametrize("how", ["hour", "withdrawn", "ended", "role"])
def test_it_is_over_when_its_reason_is(configured: str, how: str) -> None:
    house = House()
    house.leave()
    house.visit()
    if how == "hour":
        with database.transaction() as session:
            visit = session.exec(select(SupportVisit)).one()
            visit.ends_at = now()
            session.add(visit)
    elif how == "withdrawn":
        access.withdraw_consent(house.customer_id, house.tenant_id, by="marta@sol.do")
    elif how == "ended":
        assert support_visits.end(house.ana, by=house.ana.login) == house.customer_id
        assert support_visits.end(house.ana, by=house.ana.login) is None
    else:
        with database.transaction() as session:
            account = accounts.find(session, "ana@alta.do")
            assert account is not None
            account.staff_role = None
            session.add(account)
    assert house.ana.visit is None
    assert house.ana.memberships == {}


def test_it_lasts_no_longer_than_the_leave(configured: str) -> None:
    house = House()
    house.leave()
    with database.transaction() as session:
        session.connection().exec_driver_sql("update support_consent set ends_at = now() + interval '10 minutes'")
    house.visit()
    visit = house.ana.visit
    assert visit is not None
    assert visit.ends_at - now() <= timedelta(minutes=10)


def test_asking_writes_to_the_owner_and_not_without_end(configured: str) -> None:
    house = House()
    for _ in range(support_visits.ASKED.tries):
        support_visits.ask(house.customer_id, REASON, by="ana@alta.do")
    with pytest.raises(TooMany):
        support_visits.ask(house.customer_id, REASON, by="ana@alta.do")
    with database.reading() as session:
        letters = session.exec(select(Letter).where(Letter.kind == "consent_asked")).all()
    assert {letter.to for letter in letters} == {"marta@sol.do"}
    with pytest.raises(NotFound):
        support_visits.ask(999_999, REASON, by="ana@alta.do")


def test_over_http_a_visit_reads_the_portal_and_enters_no_odoo(client: TestClient) -> None:
    house = House("admin")
    house.leave()
    log_in(client, "ana@alta.do")
    with database.reading() as session:
        ours = select(LoginSession).order_by(col(LoginSession.created_at).desc())
        login = session.exec(ours).first()
    assert login is not None
    house.session_id = login.id
    assert client.get("/api/tenant/copies").status_code == 403
    house.visit()
    assert client.get("/api/tenant/copies").status_code == 200
    origin = {"Origin": str(client.base_url).rstrip("/")}
    form = {"csrf": hidden(client.get("/password/request").text), "customer": str(house.customer_id)}
    assert client.post("/tenant/odoo", data=form, headers=origin).status_code == 403
    assert client.post("/api/tenant/deletion", json={"typed": "sol"}, headers=origin).status_code == 403
    ended = client.post("/admin/visit/end", headers=origin)
    assert ended.headers["location"] == f"/admin/customers/{house.customer_id}"
    assert client.get("/api/tenant/copies").status_code == 403


def test_a_leave_to_look_ends_the_visit_that_could_act_and_only_that(configured: str) -> None:
    house = House()
    house.leave()
    house.visit()
    house.leave(days=3)
    assert house.ana.visit is not None
    house.leave(acts=True)
    house.visit()
    assert house.ana.memberships == {house.customer_id: "helper"}
    house.leave()
    assert house.ana.visit is None
