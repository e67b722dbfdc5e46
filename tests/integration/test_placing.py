"""Which node takes a tenant, as a table; and when a node is relied on. On rows, without SSH."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from domain import breaker, database, jobs, nodes, placing
from domain.models import Customer, Node, Tenant
from domain.models.base import now
from domain.placing import Candidate, Choice, NoNode, points
from domain.settings import settings

HEALTH = {"load": [0.4, 0.3, 0.2], "cpus": 4, "memory_total": 8e9, "memory_free": 4e9,
          "disk_total": 100e9, "disk_free": 50e9}  # fmt: skip


def node(name: str, **more: Any) -> Node:
    usual: dict[str, Any] = {"host": "h", "key_file": "k", "known_host": "k", "container": 105, "http_url": "http://h",
                             "state": "open", "health": HEALTH, "clone_ms": 100.0}  # fmt: skip
    return Node(name=name, **{**usual, **more})


def saved(*given: Node) -> list[int]:
    with database.transaction() as session:
        session.add_all(given)
        session.flush()
        return [one.id or 0 for one in given]


def tenants(node_id: int, count: int) -> None:
    with database.transaction() as session:
        buyer = Customer(company="c", full_name="f", email="e@x", country="DO")
        session.add(buyer)
        session.flush()
        for number in range(count):
            session.add(Tenant(customer_id=buyer.id or 0, node_id=node_id, subdomain=f"t{node_id}-{number}",
                               observed="running"))  # fmt: skip


def chosen(country: str = "DO", **more: Any) -> Choice | NoNode:
    with database.reading() as session:
        return placing.choose(session, country, **more)


BASE = Candidate(node("n"), 10, 0, "caribe", HEALTH)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (BASE, Candidate(node("n"), 60, 0, "caribe", HEALTH)),
        (Candidate(node("n", region="caribe"), 10, 0, "caribe", HEALTH), BASE),
        (BASE, Candidate(node("n"), 10, 0, "caribe", {**HEALTH, "load": [9, 9, 9]})),
        (BASE, Candidate(node("n", clone_ms=2_000.0), 10, 0, "caribe", HEALTH)),
        (BASE, Candidate(node("n"), 10, 5, "caribe", HEALTH)),
        (BASE, Candidate(node("n"), 10, 0, "caribe", {**HEALTH, "disk_free": 5e9})),
        (BASE, Candidate(node("n"), 10, 0, "caribe", {**HEALTH, "memory_free": 1e9})),
    ],
)  # fmt: skip
def test_each_criterion_tells_two_nodes_apart(better: Candidate, worse: Candidate) -> None:
    assert 0 < points(worse) < points(better) <= 100


def test_the_weights_make_a_hundred_and_a_node_that_never_spoke_has_points_too() -> None:
    assert sum(criterion.weight for criterion in placing.CRITERIA) == 100
    assert points(Candidate(node("n", health={}, clone_ms=None), 0, 0, "")) > 0


def test_the_choice_is_said_in_words(configured: str) -> None:
    one, two = saved(node("nodo-a", region="europa"), node("nodo-b", region="caribe", clone_ms=12.4))
    tenants(one, 41)
    tenants(two, 41)
    choice = chosen("DO")
    assert isinstance(choice, Choice)
    assert choice.why.startswith(
        "nodo-b: 41 de 80 instancias, región caribe, carga 0,10 por procesador, clona en 12 ms ("
    )
    assert choice.why.endswith(")")
    assert "nodo-a, " in choice.why
    spain = chosen("ES")
    assert isinstance(spain, Choice)
    assert spain.node.id == one


@pytest.mark.parametrize(
    ("more", "why", "silent"),
    [
        ({"capacity": 2}, "nodo-a: lleno", False), ({"breaker": "open"}, "nodo-a: no responde", True),
        ({"breaker": "half_open"}, "nodo-a: no responde", True),
        ({"key_alarm": "SHA256:x"}, "nodo-a: no responde", True),
        ({"health": {**HEALTH, "disk_free": 1e9}}, "nodo-a: sin disco", False),
        ({"health": {**HEALTH, "memory_free": 1e8}}, "nodo-a: sin memoria", False),
        ({"state": "closed"}, "ningún nodo está abierto", False),
        ({"state": "joining"}, "ningún nodo está abierto", False),
        ({"state": "removed"}, "ningún nodo está abierto", False),
    ],
)  # fmt: skip
def test_limits_come_before_points(configured: str, more: dict[str, Any], why: str, silent: bool) -> None:
    [one] = saved(node("nodo-a", **more))
    tenants(one, 2)
    assert chosen() == NoNode(why, silent=silent)
    saved(node("nodo-z", clone_ms=9_000.0))
    choice = chosen()
    assert isinstance(choice, Choice)
    assert choice.node.name == "nodo-z"
    assert isinstance(chosen(avoid=frozenset({choice.node.id or 0})), NoNode)


def test_a_breaker_opens_quickly_and_heals_slowly() -> None:
    one, at = node("n"), now()

    def later(seconds: float) -> Any:
        nonlocal at
        at += timedelta(seconds=seconds)
        return at

    for _ in range(20):  # jobs that shared one dial
        breaker.missed(one, later(0.01))
    assert (one.breaker, one.misses) == ("closed", 1)
    breaker.missed(one, later(1))
    breaker.answered(one, later(1))  # not in a row
    for expected in ("closed", "closed", "open"):
        breaker.missed(one, later(1))
        assert one.breaker == expected
    for expected in ("half_open", "half_open", "closed"):
        breaker.answered(one, later(1))
        assert one.breaker == expected
    for _ in range(3):
        breaker.missed(one, later(1))
    breaker.answered(one, later(1))
    breaker.answered(one, later(1))
    breaker.missed(one, later(1))  # once is enough while it is on trial
    assert one.breaker == "open"
    breaker.answered(one, later(1))
    for _ in range(20):  # several workers' probes at one moment are one
        breaker.answered(one, later(0.01))
    assert one.breaker == "half_open"


def test_the_settings_node_keeps_its_state_and_another_pinned_key_ends_its_alarm(
    configured: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NODE_HOST", "10.0.0.5")
    monkeypatch.setenv("NODE_KNOWN_HOST", "ssh-ed25519 AAAA")
    settings.cache_clear()
    node_id = nodes.from_settings() or 0
    assert [place.state for place in nodes.places()] == ["open"]
    nodes.other_key(node_id, "SHA256:x", "otra clave")
    nodes.from_settings()
    assert nodes.places() == []
    monkeypatch.setenv("NODE_KNOWN_HOST", "ssh-ed25519 BBBB")
    settings.cache_clear()
    assert nodes.from_settings() == node_id
    assert [place.key_alarm for place in nodes.places()] == [None]
    with database.reading() as session:
        assert session.exec(select(Node.state)).one() == "open"


def test_a_failed_joining_is_settled_by_a_later_one(configured: str) -> None:
    from domain import attention
    from domain.states import JobStatus

    [one] = saved(node("nodo-a"))
    ended = []
    for status in (JobStatus.FAILED, JobStatus.SUCCEEDED):
        with database.transaction() as session:
            ended.append(jobs.defer(session, "join_node", node_id=one).id or 0)
        jobs.begin(ended[-1])
        with database.transaction() as session:
            jobs.finish(session, ended[-1], status)
        with database.reading() as session:
            found = [concern for concern in attention.concerns(session) if concern.code == "jobs_failed"]
        assert bool(found) is (status == JobStatus.FAILED)
