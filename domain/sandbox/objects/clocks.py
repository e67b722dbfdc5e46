"""Test clocks."""

from domain.sandbox.store import Document


def test_clock(identifier: str, created: int, frozen_time: int, name: str | None) -> Document:
    """A world that stands at `frozen_time`, in seconds since 1970."""
    return {
        "id": identifier,
        "object": "test_helpers.test_clock",
        "created": created,
        "deletes_after": created + 30 * 86400,
        "frozen_time": frozen_time,
        "livemode": False,
        "name": name,
        "status": "ready",
        "status_details": {},
    }
