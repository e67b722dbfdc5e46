"""Amounts as people type them, in the units that Stripe counts in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import currencies


@pytest.mark.parametrize(
    ("typed", "currency", "cents"),
    [
        ("59", "USD", 5900), ("59,90", "USD", 5990), ("59.9", "EUR", 5990), ("1.250", "DOP", 125_000),
        ("1.250,50", "DOP", 125_050), ("1,250.50", "MXN", 125_050), (" 55 000 ", "CLP", 55_000),
        ("55.000", "CLP", 55_000), ("0", "USD", 0), ("999999,99", "USD", 99_999_999),
        ("59,999", "USD", 5_999_900), ("1,5", "CLP", None), ("", "USD", None), ("-5", "USD", None),
        ("1e3", "USD", None), ("٥", "USD", None),
        ("9" * 40, "USD", None), ("5,", "USD", 500), (",5", "USD", None), ("NaN", "USD", None),
    ],
)  # fmt: skip
def test_what_is_typed_is_read(typed: str, currency: str, cents: int | None) -> None:
    assert currencies.parse(typed, currency) == cents


@given(st.integers(0, currencies.MOST), st.sampled_from(currencies.SOLD_IN))
def test_what_is_written_is_read_again(cents: int, currency: str) -> None:
    assert currencies.parse(currencies.written(cents, currency), currency) == cents


@given(st.text(max_size=30), st.sampled_from(currencies.SOLD_IN))
def test_nothing_typed_ends_in_an_error(typed: str, currency: str) -> None:
    found = currencies.parse(typed, currency)
    assert found is None or 0 <= found <= currencies.MOST
