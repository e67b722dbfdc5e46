"""The doctor: one finding a check, each that is not well with its remedy, and it never raises."""

import pytest

from domain import doctor
from domain.settings import settings
from provisioning import doctor as node_doctor


def test_what_is_well_and_what_is_not_are_told_apart_with_a_remedy(
    configured: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_API_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    found = {check.name: check for check in doctor.checks(configured)}
    assert all(found[name].ok for name in ("database", "schema", "secrets", "webhook secret"))
    for name in ("stripe", "plans", "mail"):
        assert not found[name].ok
        assert found[name].remedy


async def test_a_node_that_is_not_configured_is_said_not_raised(configured: str) -> None:
    [check] = await node_doctor.checks()
    assert not check.ok
    assert "NODE_HOST" in check.remedy
