"""`expand[]`: identifiers replaced by their documents, and the lists that Stripe shows only when asked."""

from collections.abc import Callable
from typing import Any

from domain.sandbox import ids
from domain.sandbox.cursors import listing
from domain.sandbox.errors import Refused
from domain.sandbox.store import Document, Store

_DEEPEST = 4


def expand(store: Store, document: Document, paths: list[str]) -> Document:
    """The document with each path (`latest_invoice.payments`, `data.customer`) expanded in place.

    Raises Refused for a property that cannot be expanded or a path of more than four levels.
    """
    for path in paths:
        names = path.split(".")
        if len(names) - names.count("data") > _DEEPEST:
            raise Refused(f"You cannot expand more than {_DEEPEST} levels of a property: {path}", param="expand")
        _follow(store, document, names, path)
    return document


def _follow(store: Store, document: Document, names: list[str], path: str) -> None:
    name, rest = names[0], names[1:]
    hidden = _HIDDEN.get((str(document.get("object")), name))
    if hidden and name not in document:
        document[name] = hidden(store, document["id"])
    if name not in document:
        raise Refused(f"This property cannot be expanded ({path}).", param="expand")
    document[name] = _load(store, name, document[name], path)
    if rest:
        for inner in document[name] if isinstance(document[name], list) else [document[name]]:
            if inner is not None:
                _follow(store, inner, rest, path)


def _load(store: Store, name: str, value: Any, path: str) -> Any:
    """What stands in a property once expanded: a document for an identifier; lists, hashes and null as they are."""
    if isinstance(value, list):
        return [_load(store, name, item, path) for item in value]
    if value is None or isinstance(value, dict):
        return value
    # A product may have been made under an identifier of the caller's: its prefix says nothing, the property does.
    found = store.get(ids.kind(value) or name, value) if isinstance(value, str) else None
    if found is None:
        raise Refused(f"This property cannot be expanded ({path}).", param="expand")
    return found


def _owned(kind: str, owner: str, url: str) -> Callable[[Store, str], Document]:
    def load(store: Store, identifier: str) -> Document:
        found = [d for d in store.newest_first(kind, identifier) if d[owner] == identifier]
        return listing(found, url.format(identifier))

    return load


def _line_items(store: Store, session: str) -> Document:
    private = store.get("_checkout", session)
    return listing(private["line_items"] if private else [], f"/v1/checkout/sessions/{session}/line_items")


def _running_subscriptions(store: Store, customer: str) -> Document:
    found = [
        d
        for d in store.newest_first("subscription", customer)
        if d["customer"] == customer and d["status"] != "canceled"
    ]
    return listing(found, f"/v1/customers/{customer}/subscriptions")


_HIDDEN: dict[tuple[str, str], Callable[[Store, str], Document]] = {
    ("invoice", "payments"): _owned("invoice_payment", "invoice", "/v1/invoice_payments?invoice={}"),
    ("customer", "tax_ids"): _owned("tax_id", "customer", "/v1/customers/{}/tax_ids"),
    ("customer", "subscriptions"): _running_subscriptions,
    ("checkout.session", "line_items"): _line_items,
}
