"""Pages of a list, by cursor."""

from collections.abc import Callable, Iterable
from itertools import islice

from domain.sandbox.errors import Refused, no_such
from domain.sandbox.params import Page
from domain.sandbox.store import Document


def page(
    documents: Iterable[Document], query: Page, url: str, *, keep: Callable[[Document], bool] = lambda _: True
) -> Document:
    """A list object: at most `query.limit` documents (1-100) of those, newest first, that `keep` holds for.

    Raises Refused when both cursors are given, the limit is out of bounds or a cursor names no document of the list.
    """
    if not 1 <= query.limit <= 100:
        raise Refused("Invalid limit: must be between 1 and 100", code="parameter_invalid_integer", param="limit")
    if query.starting_after and query.ending_before:
        raise Refused("You can only provide one of starting_after or ending_before", param="starting_after")
    if query.ending_before:
        return _backwards(documents, query, url, keep)
    items = iter(documents)
    if query.starting_after and all(d["id"] != query.starting_after for d in items):
        raise no_such("object", query.starting_after, "starting_after")
    found = list(islice(filter(keep, items), query.limit + 1))
    return listing(found[: query.limit], url, has_more=len(found) > query.limit)


def _backwards(documents: Iterable[Document], query: Page, url: str, keep: Callable[[Document], bool]) -> Document:
    """The page that ends just before the cursor, still newest first."""
    before: list[Document] = []
    for document in documents:
        if document["id"] == query.ending_before:
            found = [d for d in before if keep(d)]
            return listing(found[-query.limit :], url, has_more=len(found) > query.limit)
        before.append(document)
    raise no_such("object", str(query.ending_before), "ending_before")


def listing(data: list[Document], url: str, *, has_more: bool = False) -> Document:
    """Stripe's list object."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}
