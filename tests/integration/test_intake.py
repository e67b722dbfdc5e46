"""Deliveries in line: one that cannot be applied does not spoil it for those that came with it."""

from collections.abc import Iterator
from concurrent.futures import Future
from threading import Event as Signal
from typing import Any

import pytest

from domain import billing, mirror
from domain.billing import Receipt
from domain.errors import Unavailable
from domain.intake import Intake
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import FOUR, Till


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with stand.open_till(monkeypatch) as opened:
        yield opened


class Gate:
    """Holds the first look at Stripe, so that what comes meanwhile is in line."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, spoilt: Exception | None = None) -> None:
        self.reached, self.open, self.looks = Signal(), Signal(), 0
        really = mirror.look

        def look(*given: Any) -> Any:
            self.looks += 1
            self.reached.set()
            assert self.open.wait(20)
            if spoilt is not None and self.looks == 2:
                raise spoilt
            return really(*given)

        monkeypatch.setattr(mirror, "look", look)


@pytest.fixture
def event(till: Till) -> dict[str, Any]:
    """About a subscription that is active, and not delivered yet."""
    return till.event(till.active(), FOUR[2])


def _in_line(gate: Gate, event: dict[str, Any], *names: str) -> list["Future[Receipt]"]:
    """One event that is being worked on, and others behind it."""
    intake = Intake()
    first = intake.submit(event | {"id": "evt_first"})
    assert gate.reached.wait(20)
    behind = [intake.submit(event | {"id": name}) for name in names]
    assert intake.waiting() == len(names)
    gate.open.set()
    return [first, *behind]


def test_those_in_line_share_one_look_and_a_copy_is_a_duplicate(
    event: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    answers = [one.result(20) for one in _in_line(gate, event, "evt_a", "evt_b", "evt_a")]
    assert [(one.event_id, one.outcome, one.duplicate) for one in answers] == [
        ("evt_first", "applied", False),
        ("evt_a", "applied", False),
        ("evt_b", "applied", False),
        ("evt_a", "applied", True),
    ]
    assert gate.looks == 2


def test_a_group_that_fails_is_taken_one_by_one(event: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch, spoilt=ValueError("one of them"))
    answers = [one.result(20) for one in _in_line(gate, event, "evt_a", "evt_b")]
    assert [one.outcome for one in answers] == ["applied"] * 3
    assert gate.looks == 4


def test_one_that_nobody_waits_for_any_more_is_kept_and_holds_up_nobody(
    event: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    intake = Intake()
    first = intake.submit(event | {"id": "evt_first"})
    assert gate.reached.wait(20)
    gone, behind = (intake.submit(event | {"id": name}) for name in ("evt_gone", "evt_b"))
    assert gone.cancel()
    gate.open.set()
    assert [one.result(20).outcome for one in (first, behind)] == ["applied", "applied"]
    row = stand.kept({"id": "evt_gone"})
    assert row is not None
    assert row.outcome == "applied"
    assert intake.submit(event | {"id": "evt_c"}).result(20).outcome == "applied"


def test_while_stripe_is_away_a_group_is_not_tried_one_by_one(
    event: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch, spoilt=Unavailable("Stripe no responde."))
    first, *behind = _in_line(gate, event, "evt_a", "evt_b")
    assert first.result(20).outcome == "applied"
    assert [type(one.exception(20)) for one in behind] == [Unavailable, Unavailable]
    assert gate.looks == 2
    for name in ("evt_a", "evt_b"):
        row = stand.kept({"id": name})
        assert row is not None
        assert (row.outcome, row.error) == ("failed", "Stripe no responde.")
    assert billing.take(event | {"id": "evt_a"}).outcome == "applied"


def test_what_changes_nothing_here_is_kept_without_a_look(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch)
    intake = Intake()
    answers = [intake.submit({"id": f"evt_{n}", "type": "planet.discovered", "data": {}}) for n in range(20)]
    assert {one.result(20).outcome for one in answers} == {"ignored"}
    assert gate.looks == 0
