"""Stripe's form encoding and what is told of wrong parameters."""

import pytest

from domain.sandbox import forms, params
from domain.sandbox.errors import Refused
from domain.sandbox.params import Params, Range, merge_metadata


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        ("a=1&b=", {"a": "1", "b": ""}),
        ("l[0][price]=p&l[0][n]=2&l[1][price]=q", {"l": [{"price": "p", "n": "2"}, {"price": "q"}]}),
        ("items[10]=k&items[2]=c&items[0]=a", {"items": ["a", "c", "k"]}),
        ("expand[]=a&expand[]=b.c", {"expand": ["a", "b.c"]}),
        ("created[gte]=5&created[lt]=9", {"created": {"gte": "5", "lt": "9"}}),
        ("metadata[0]=cero&metadata[x]=y", {"metadata": {"0": "cero", "x": "y"}}),
        ("data[metadata][0]=cero", {"data": {"metadata": {"0": "cero"}}}),
        ("name=Pe%C3%B1a+%26+hijos", {"name": "Peña & hijos"}),
        ("", {}),
    ],
)  # fmt: skip
def test_brackets_become_hashes_and_arrays(encoded: str, expected: dict[str, object]) -> None:
    assert forms.parse(encoded) == expected


@pytest.mark.parametrize("encoded", ["a[=1", "[a]=1", "a]b=1", "a=1&a[b]=2"])
def test_broken_brackets_are_refused(encoded: str) -> None:
    with pytest.raises(Refused):
        forms.parse(encoded)


class _Line(Params):
    price: str
    quantity: int = 1


class _Order(Params):
    lines: list[_Line]


@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        ({}, "parameter_missing", "lines"),
        ({"lines": [{}]}, "parameter_missing", "lines[0][price]"),
        ({"lines": [{"price": "p", "quantity": "x"}]}, "parameter_invalid_integer", "lines[0][quantity]"),
        ({"lines": [], "colour": "red"}, "parameter_unknown", "colour"),
    ],
)
def test_the_first_wrong_parameter_is_told_by_its_path(given: dict[str, object], code: str, param: str) -> None:
    with pytest.raises(Refused) as raised:
        params.read(_Order, given)
    assert (raised.value.code, raised.value.param, raised.value.status) == (code, param, 400)


def test_metadata_is_merged_by_key() -> None:
    assert merge_metadata({"a": "1", "b": "2"}, {"a": "", "c": "3"}) == {"b": "2", "c": "3"}
    assert merge_metadata({"a": "1"}, "") == {}


def test_a_range_holds_within_all_its_bounds() -> None:
    assert Range(gte=5, lt=9).holds(5)
    assert not Range(gte=5, lt=9).holds(9)
    assert not Range(gt=5).holds(5)
    assert Range().holds(0)
