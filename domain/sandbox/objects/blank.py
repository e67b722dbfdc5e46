"""Fields that have no value. Stripe sends them as null, so a caller may rely on their being there."""

from domain.sandbox.store import Document


def nulls(names: str) -> Document:
    """`{"a": None, "b": None}` from `"a b"`."""
    return dict.fromkeys(names.split())
