"""Whatever happens to a customer, and however Stripe's deliveries come, our rows say in the end what Stripe says.

200 lives in the default run; `LIVES=2000` for a long one. The first life that ends wrong is shortened to a
story, unless `LIVES_AS_THEY_ARE=1` (shortening takes minutes).
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.lives import world
from tests.lives.life import Life

PHASES = [Phase.generate] if os.environ.get("LIVES_AS_THEY_ARE") else [Phase.generate, Phase.shrink]
LIVES = int(os.environ.get("LIVES", "200"))
STEPS = 18 if "LIVES" in os.environ else 10


@pytest.mark.timeout(3600)
def test_every_life_ends_as_stripe_says(configured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with world.opened(monkeypatch) as opened:
        Life.world = opened
        run_state_machine_as_test(
            Life,
            settings=settings(
                max_examples=LIVES,
                stateful_step_count=STEPS,
                deadline=None,
                derandomize="LIVES" not in os.environ,
                database=None,
                phases=PHASES,
                print_blob=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
