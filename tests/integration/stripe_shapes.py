"""The SDK's annotated classes as the oracle for the stand-in's shapes.

`problems(document)` walks the annotations of the class that the SDK would build for the document's `object` and tells
what is missing (a field that is not Optional), what is unknown to the class, and what has another type.
"""

import ast
import importlib
import inspect
import sys
import typing
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import ModuleType, UnionType
from typing import Any, ForwardRef, Literal, Union, get_args, get_origin

from stripe._event import Event
from stripe._list_object import ListObject
from stripe._object_classes import OBJECT_CLASSES
from stripe._stripe_object import StripeObject, UntypedStripeObject

_SCALARS = {str: (str,), int: (int,), float: (int, float), bool: (bool,), Decimal: (str,)}


def problems(document: dict[str, Any]) -> list[str]:
    """All that is wrong with a Stripe document, as sentences with a path; empty when its shape is right.

    A list document (`object: list`) is checked item by item.
    """
    name = document.get("object")
    if name == "list":
        return [p for item in document["data"] for p in problems(item)] + _list_frame(document, "list")
    cls = class_of(str(name))
    if cls is None:
        return [f"the SDK has no class for object {name!r}"]
    found = list(_check_class(cls, document, str(name)))
    if name == "event":
        found += problems(document["data"]["object"])
    return found


def class_of(name: str) -> type | None:
    """The SDK's class for an `object` word; the SDK keeps events outside its table."""
    if name == "event":
        return Event
    if name not in OBJECT_CLASSES:
        return None
    module, class_name = OBJECT_CLASSES[name]
    found: type = getattr(importlib.import_module(module), class_name)
    return found


def _list_frame(document: dict[str, Any], path: str) -> list[str]:
    return [f"{path}: list without {key}" for key in ("data", "has_more", "url") if key not in document]


def _check_class(cls: type, value: object, path: str) -> typing.Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is not an object"
        return
    fields = annotations(cls)
    for name, annotation in fields.items():
        if name in value:
            yield from _check(annotation, value[name], f"{path}.{name}", cls)
        elif not _optional(annotation):
            yield f"{path}.{name}: missing"
    yield from (f"{path}.{name}: unknown to {cls.__qualname__}" for name in value if name not in fields)


def annotations(cls: type) -> dict[str, Any]:
    """Field name -> annotation of a class of the SDK. A trailing underscore (`from_`) is dropped, as in JSON."""
    inner = getattr(cls, "_field_remappings", {})
    found = {k: v for k, v in inspect.get_annotations(cls).items() if not str(v).startswith("typing.ClassVar")}
    return {inner.get(name, name.rstrip("_")): value for name, value in found.items()}


def _optional(annotation: object) -> bool:
    return get_origin(annotation) in {Union, UnionType} and type(None) in get_args(annotation)


def _check(annotation: Any, value: object, path: str, owner: type) -> typing.Iterator[str]:
    annotation = _resolve(annotation, owner)
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation is Any or isinstance(annotation, typing.TypeVar):
        return
    if annotation is type(None):
        if value is not None:
            yield f"{path}: {value!r} is not null"
    elif origin in {Union, UnionType}:
        yield from _check_union(args, value, path, owner)
    elif origin is Literal:
        if value not in args:
            yield f"{path}: {value!r} is not one of the words"
    elif origin is list:
        yield from _check_list(args[0], value, path, owner)
    elif origin is not None and issubclass(origin, ListObject):
        yield from _check_list_object(value, path)
    elif origin is not None and issubclass(origin, UntypedStripeObject):
        yield from _check_mapping(args[0], value, path, owner)
    elif isinstance(annotation, type) and issubclass(annotation, StripeObject):
        yield from _check_class(annotation, value, path)
    elif not isinstance(value, _SCALARS[annotation]) or (isinstance(value, bool) and annotation is not bool):
        yield f"{path}: {value!r} is not {annotation.__name__}"


def _check_union(args: tuple[Any, ...], value: object, path: str, owner: type) -> typing.Iterator[str]:
    """A union is right when one side is; otherwise the nearest side's complaints are told.

    `Union[Literal[...], str]` is how the SDK leaves room for words of tomorrow; a stand-in speaks today's words only.
    """
    args = tuple(_resolve(arg, owner) for arg in args)
    if any(get_origin(arg) is Literal for arg in args):
        args = tuple(arg for arg in args if arg is not str)
    if isinstance(value, dict):
        args = tuple(arg for arg in args if arg is not str)
    attempts = [list(_check(arg, value, path, owner)) for arg in args if (value is None) == (arg is type(None))]
    if not attempts:
        yield f"{path}: {value!r} is none of {args}"
    elif all(attempts):
        yield from min(attempts, key=len)


def _check_list(item: Any, value: object, path: str, owner: type) -> typing.Iterator[str]:
    if not isinstance(value, list):
        yield f"{path}: {value!r} is not an array"
        return
    for index, entry in enumerate(value):
        yield from _check(item, entry, f"{path}[{index}]", owner)


def _check_list_object(value: object, path: str) -> typing.Iterator[str]:
    if not isinstance(value, dict) or value.get("object") != "list":
        yield f"{path}: not a list object"
        return
    yield from _list_frame(value, path)
    for index, item in enumerate(value["data"]):
        yield from (f"{path}[{index}] {problem}" for problem in problems(item))


def _check_mapping(item: Any, value: object, path: str, owner: type) -> typing.Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is not a mapping"
        return
    for key, entry in value.items():
        yield from _check(item, entry, f"{path}.{key}", owner)


def _resolve(annotation: Any, owner: type) -> Any:
    if isinstance(annotation, ForwardRef):
        annotation = annotation.__forward_arg__
    if isinstance(annotation, str):
        return eval(annotation, _names(owner.__module__))  # noqa: S307 - the SDK's own source
    return annotation


@cache
def _names(module_name: str) -> dict[str, Any]:
    """The names of an SDK module, with those that it imports only under TYPE_CHECKING."""
    module: ModuleType = sys.modules.get(module_name) or importlib.import_module(module_name)
    names = dict(vars(module))
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("stripe"):
            if node.module.startswith("stripe.params"):
                continue
            source = importlib.import_module(node.module)
            names.update({alias.asname or alias.name: getattr(source, alias.name) for alias in node.names})
    return names
