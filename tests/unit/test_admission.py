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
            assert (strangers.inside, known.inside) == (2, 1)
    with pytest.raises(ZeroDivisionError), strangers.entered():
        _ = 1 / 0
    assert strangers.inside == 0


def test_each_browser_has_its_lane() -> None:
    assert admission.lane(been_here=True) is admission.known
    assert admission.lane(been_here=False) is admission.strangers
