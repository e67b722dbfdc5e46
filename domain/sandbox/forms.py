"""Stripe's form encoding: `line_items[0][price]=…`, `expand[]=…`, `created[gte]=…`."""

import re
from typing import Any
from urllib.parse import parse_qsl

from domain.sandbox.errors import Refused

_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
# Their keys are the caller's words: `metadata[0]` is a key named "0", not the first of a list.
_MAPPINGS = {"metadata", "currency_options"}


def parse(encoded: str) -> dict[str, Any]:
    """Nested dicts, lists and strings from a query string or a body. Raises Refused for keys with broken brackets."""
    tree: dict[str, Any] = {}
    for key, value in parse_qsl(encoded, keep_blank_values=True):
        match = _KEY.match(key)
        if not match:
            raise Refused(f"Invalid parameter name: {key}", param=key)
        path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        _insert(tree, path, value, key)
    return {key: value if key in _MAPPINGS else _lists(value) for key, value in tree.items()}


def _insert(tree: dict[str, Any], path: list[str], value: str, key: str) -> None:
    for index, name in enumerate(path):
        place = name or str(len(tree))
        if index == len(path) - 1:
            tree[place] = value
            return
        tree = tree.setdefault(place, {})
        if not isinstance(tree, dict):
            raise Refused(f"Invalid parameter, both a value and a hash: {key}", param=path[0])


def _lists(value: Any) -> Any:
    """Dicts whose keys are all numbers become lists, in the numbers' order."""
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: inner if key in _MAPPINGS else _lists(inner) for key, inner in value.items()}
