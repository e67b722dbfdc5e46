"""How many logins are worked on at once: strangers do not take the place of browsers that were here before."""

import pytest

from domain.errors import TooMany
from ui import admission


def test_a_lane_is_full_and_empties_again_and_the_other_is_not_concerned() -> None:
    strangers, known = admission.Lane(2), admission.Lane(1)
    with strangers.entered(), strangers.entered():
        with pytest.raises(TooMany) as refused, strangers.entered():
            raise AssertionError("there was room")
        assert refused.value.retry_after == admission.RETRY
        with known.entered():
            assert (len(strangers.inside), len(known.inside)) == (2, 1)
    with pytest.raises(ZeroDivisionError), strangers.entered():
        _ = 1 / 0
    assert strangers.inside == []


def test_each_browser_has_its_lane() -> None:
    with admission.entered("7"), admission.entered(None):
        assert (admission.known.inside, admission.strangers.inside) == (["7"], [None])


def test_one_account_does_not_fill_the_lane_of_those_who_were_here_before() -> None:
    lane = admission.Lane(6)
    with lane.entered("7"), lane.entered("7"):
        with pytest.raises(TooMany), lane.entered("7"):
            raise AssertionError("there was room")
        with lane.entered("8"):
            assert len(lane.inside) == 3
