"""The audit: nothing but adding, and a chain that shows whatever was done to it all the same."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from domain import audit, audit_chain, database, identities, sessions
from domain.reports import audit as record
from tests.integration import web_stand


def act(number: int, *, actor: str = "ana") -> None:
    with database.transaction() as session:
        audit.record(session, actor=actor, action="tenant.suspend", target=f"tenant:{number}", reason="pruebas")


def by_force(statement: str) -> None:
    """As somebody who owns the database can: with the triggers off."""
    with database.transaction() as session:
        session.execute(text("set local session_replication_role = replica"))
        session.execute(text(statement))


@pytest.fixture
def chain(configured: str) -> audit_chain.Verdict:
    """Three seals over nine entries."""
    for seal in range(3):
        for number in range(3):
            act(10 * seal + number)
        assert audit_chain.seal() == 3
    return audit_chain.verify()


def test_what_was_written_is_sealed_in_order_and_verified(chain: audit_chain.Verdict) -> None:
    assert (chain.entries, chain.seals, chain.unsealed, chain.problems) == (9, 3, 0, [])
    assert audit_chain.seal() == 0
    act(99)
    fresh = audit_chain.verify(chain.last)
    assert (fresh.unsealed, fresh.problems) == (1, [])


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entry set actor = 'nadie'", "delete from audit_entry where id = 1",
        "truncate audit_entry cascade",
        "update audit_seal set hash = repeat('0', 64)", "delete from audit_seal",
    ],
)  # fmt: skip
def test_postgresql_refuses_to_change_it(chain: audit_chain.Verdict, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="append-only"), database.transaction() as session:
        session.execute(text(statement))
    assert audit_chain.verify().problems == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("update audit_entry set actor = 'otro' where id = 5", "cambió"),
        ("""update audit_entry set details = '{"reason": "x"}' where id = 5""", "cambió"),
        ("delete from audit_entry where id = 5", "son 2 entradas"),
        ("delete from audit_seal where id = 2", "no sigue al anterior"),
        ("update audit_entry set at = at + interval '1 day' where id = 1", "cambió"),
    ],
)
def test_what_is_done_by_force_shows(chain: audit_chain.Verdict, statement: str, said: str) -> None:
    by_force(statement)
    assert any(said in problem for problem in audit_chain.verify().problems)


def test_a_chain_that_is_made_anew_lacks_the_hash_that_was_noted(chain: audit_chain.Verdict) -> None:
    by_force("delete from audit_seal")
    by_force("update audit_entry set actor = 'otro' where id = 5")
    while audit_chain.seal():
        pass
    assert audit_chain.verify().problems == []
    assert "se hizo de nuevo" in audit_chain.verify(chain.last).problems[0]


def test_an_entry_that_commits_late_is_waited_for(configured: str) -> None:
    """Its number is lower than that of one that was committed before it."""
    written, go = threading.Event(), threading.Event()

    def slow() -> None:
        with database.transaction() as session:
            audit.record(session, actor="lenta", action="x", target="tenant:1")
            session.flush()
            written.set()
            go.wait(20)

    late = threading.Thread(target=slow)
    late.start()
    assert written.wait(20)
    act(2)
    assert audit_chain.seal() == 0, "the first number is still under way"
    go.set()
    late.join()
    assert audit_chain.seal() == 2
    assert audit_chain.verify().problems == []


def test_it_says_when_nobody_seals(configured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    act(1)
    assert audit_chain.verify().problems == []
    by_force("update audit_entry set written_at = written_at - interval '20 minutes'")
    assert "¿corre algún worker?" in audit_chain.verify().problems[0]


def test_an_entry_says_where_the_request_came_from(configured: str) -> None:
    audit.origin.set(audit.Origin("203.0.113.9", "peticion-1"))
    try:
        act(1)
    finally:
        audit.origin.set(audit.Origin())
    with database.reading() as session:
        assert session.execute(text("select address, request_id from audit_entry")).one() == (
            "203.0.113.9",
            "peticion-1",
        )


def test_sealing_twice_at_once_makes_one_chain(configured: str) -> None:
    for number in range(50):
        act(number)
    work: list[Callable[[], int]] = [audit_chain.seal] * 6
    threads = [threading.Thread(target=one) for one in work]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    while audit_chain.seal():
        pass
    verdict = audit_chain.verify()
    assert (verdict.entries, verdict.problems) == (50, [])


def test_the_record_is_searched_and_taken_away_whole(chain: audit_chain.Verdict) -> None:
    act(500, actor="=marta@sol.do")
    found = record.page(record.Filter(text="tenant:11"))
    assert [(one.target, one.actor) for one in found.rows] == [("tenant:11", "ana")]
    assert record.page(record.Filter(text="tenant.sus")).total == 10
    assert record.page(record.Filter(text="nadie' or true --")).total == 0
    assert [one.id for one in record.export("=marta@sol.do")] == [10]


def test_a_customer_reads_what_is_about_them_and_nothing_else(configured: str) -> None:
    mine, other = web_stand.owner("marta@sol.do", "sol"), web_stand.owner("ana@luna.do", "luna")
    act(1)
    act(2)
    ids = {mine.id or 0: 0, other.id or 0: 0}
    for account in ids:
        opened = web_stand.open_session(account, address="203.0.113.1", agent="x")
        identity = identities.read(opened)
        ids[account] = (identity and identity.customer_id) or 0
    first, second = ids.values()
    assert [one.target for one in record.own(first, mine.id or 0) if one.action != "login"] == ["tenant:1"]
    assert [one.target for one in record.own(second, other.id or 0) if one.action != "login"] == ["tenant:2"]
    assert {one.target for one in record.own(first, mine.id or 0)} == {"tenant:1", f"account:{mine.id}"}


def test_logins_are_ended_one_by_one_or_all_but_one(configured: str) -> None:
    mine, other = web_stand.person("ana@alta.do"), web_stand.person("luis@alta.do")
    ids = [web_stand.open_session(mine.id or 0, address="203.0.113.1", agent="x") for _ in range(3)]
    foreign = web_stand.open_session(other.id or 0, address="203.0.113.2", agent="x")
    sessions.end_one(mine.id or 0, foreign, by="ana@alta.do")
    sessions.end_one(mine.id or 0, ids[0], by="ana@alta.do")
    assert set(identities.present({*ids, foreign})) == {ids[1], ids[2], foreign}
    assert {one.session_id for one in sessions.of(mine.id or 0)} == {ids[1], ids[2]}
    assert sessions.end_others(mine.id or 0, ids[1], by="ana@alta.do") == 1
    assert set(identities.present({*ids, foreign})) == {ids[1], foreign}


def test_a_long_backlog_is_sealed_in_one_go(configured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_chain, "LARGEST", 3)
    for number in range(8):
        act(number)
    assert audit_chain.seal_all() == 8
    assert (audit_chain.verify().seals, audit_chain.verify().problems) == (3, [])
