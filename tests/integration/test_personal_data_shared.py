"""A person of two customers, or of staff: neither customer reads what is the other's, nor what is the person's own."""

import json

from sqlmodel import select

from domain import audit, database, letters, personal_data, team
from domain.models import Account, Letter, Membership, Tenant
from domain.reports import audit as record
from tests.integration import web_stand

EVA = "eva@contable.do"


def customer_of(account: Account) -> int:
    with database.reading() as session:
        return session.exec(select(Membership.customer_id).where(Membership.account_id == account.id)).one()


def told(customer_id: int) -> str:
    return json.dumps(personal_data.export(customer_id, by="x"), default=str, ensure_ascii=False)


def shared() -> tuple[int, int, Account]:
    """Sol's and Luna's, and Eva, who belongs to both; she has been here, and Luna's have done things."""
    sol, luna = customer_of(web_stand.owner()), customer_of(web_stand.owner("ana@luna.do", "luna"))
    web_stand.joined(sol, EVA, "billing")
    eva = web_stand.joined(luna, EVA, "billing")
    web_stand.open_session(eva.id or 0, address="203.0.113.77", agent="Ordenador de Eva")
    with database.transaction() as session:
        letters.write(session, "security", EVA, {"words": "Secreto de Eva"}, account=eva)
        audit.record(session, actor=EVA, action="plan.change", target=f"customer:{luna}", what="secreto de Luna")
        audit.record(session, actor=EVA, action="plan.change", target=f"customer:{sol}", what="lo de Sol")
    return sol, luna, eva


def test_what_a_shared_person_is_and_does_elsewhere_is_not_handed_over(configured: str) -> None:
    sol, luna, eva = shared()
    found = told(sol)
    assert EVA in found
    assert "lo de Sol" in found
    for hidden in ("203.0.113.77", "Ordenador de Eva", "Secreto de Eva", "secreto de Luna", f"account:{eva.id}"):
        assert hidden not in found, hidden
    assert "secreto de Luna" in told(luna)
    seen = {one.target for one in record.own(sol, 0)}
    assert f"account:{eva.id}" not in seen
    assert f"account:{eva.id}" in {one.target for one in record.own(sol, eva.id or 0)}


def test_who_was_only_invited_is_not_in_it(configured: str) -> None:
    sol = customer_of(web_stand.owner())
    ana = web_stand.person("ana@alta.do", staff="admin", name="Ana de Alta")
    web_stand.open_session(ana.id or 0, address="203.0.113.88", agent="x")
    team.invite(sol, "ana@alta.do", "reader", by="marta@sol.do")
    assert "203.0.113.88" not in told(sol)
    assert "Ana de Alta" not in told(sol)


def test_an_erasure_leaves_a_shared_persons_letters(configured: str) -> None:
    sol, _luna, _eva = shared()
    with database.transaction() as session:
        for tenant in session.exec(select(Tenant).where(Tenant.customer_id == sol)).all():
            tenant.observed = "deleted"
            session.add(tenant)
    personal_data.erase(sol, "Panadería Sol", by="ana")
    with database.reading() as session:
        kept = [one.args for one in session.exec(select(Letter).where(Letter.to == EVA)).all()]
        assert {"words": "Secreto de Eva"} in kept
        assert session.exec(select(Membership).where(Membership.customer_id == sol)).all() == []
