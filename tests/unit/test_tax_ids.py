"""Tax ids by country: the example passes, a wrong digit and a wrong length are told apart, Stripe knows the type."""

import inspect

import pytest
from stripe.params import _customer_create_params as stripe_params

from domain import tax_ids

GOOD = {
    "AR": "20055361682", "CL": "125319092", "CO": "2131234321", "CR": "3101999999", "DO": "131246796",
    "EC": "1792060346001", "ES": "B64717838", "MX": "MAB9307148T4", "PE": "20512333797", "UY": "211003420017",
}  # fmt: skip
WRONG_DIGIT = {
    "AR": "20-05536168-3", "CL": "12.531.909-3", "CO": "213.123.432-2", "DO": "1-31-24679-7", "ES": "B64717839",
    "PE": "20512333798", "UY": "21-100342-001-8", "EC": "1763154690001",
}  # fmt: skip


@pytest.mark.parametrize("country", tax_ids.KINDS)
def test_each_example_is_valid_and_comes_back_compact_and_pretty(country: str) -> None:
    kind = tax_ids.KINDS[country]
    assert tax_ids.problem(country, kind.example) is None
    assert tax_ids.compact(country, f" {kind.example} ") == GOOD[country]
    assert tax_ids.pretty(country, GOOD[country]) == kind.example
    assert tax_ids.kind(country.lower()) is kind


@pytest.mark.parametrize("country", WRONG_DIGIT)
def test_a_wrong_digit_is_called_that(country: str) -> None:
    found = tax_ids.problem(country, WRONG_DIGIT[country])
    assert found is not None
    assert (found.field, found.code) == ("tax_id", "checksum")
    assert tax_ids.KINDS[country].label in found.message


@pytest.mark.parametrize("country", tax_ids.KINDS)
def test_a_wrong_length_says_what_is_right(country: str) -> None:
    found = tax_ids.problem(country, "12")
    assert found is not None
    assert found.code in ("length", "format")
    assert tax_ids.KINDS[country].example in found.message


def test_people_in_business_use_their_own_number() -> None:
    assert tax_ids.problem("DO", "224-0002211-1") is None  # cédula
    assert tax_ids.problem("CR", "3-0455-0175") is None  # cédula física
    assert tax_ids.problem("ES", "54362315K") is None  # DNI
    assert tax_ids.problem("MX", "GODE 561231 GR8") is None  # persona física


def test_elsewhere_and_empty_nothing_is_checked() -> None:
    assert tax_ids.kind("FR") is None
    assert tax_ids.problem("FR", "whatever") is None
    assert tax_ids.problem("DO", "  ") is None
    assert tax_ids.compact("FR", " 12 34 ") == "12 34"
    assert tax_ids.problem("FR", "9" * 41) is not None


def test_stripe_has_every_type() -> None:
    source = inspect.getsource(stripe_params)
    assert [kind.stripe_type for kind in tax_ids.KINDS.values() if f'"{kind.stripe_type}"' not in source] == []
