"""Our row locks leave room for foreign keys: else two webhooks that each insert an event and lock would deadlock."""

import re
from pathlib import Path

DOMAIN = Path(__file__).parent.parent.parent / "domain"


def test_every_row_lock_is_for_no_key_update() -> None:
    calls = [
        f"{file.name}: {call}"
        for file in DOMAIN.rglob("*.py")
        for call in re.findall(r"with_for_update\([^)]*\)", file.read_text())
    ]
    assert len(calls) > 10
    assert [call for call in calls if "key_share=True" not in call] == []
