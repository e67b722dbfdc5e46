"""/v1/events and /v1/webhook_endpoints."""

from domain.sandbox.api.call import Call, Route
from domain.sandbox.api.customers import within
from domain.sandbox.cursors import page
from domain.sandbox.errors import Refused
from domain.sandbox.objects import events
from domain.sandbox.params import Page, Range
from domain.sandbox.store import Document


class EventList(Page):
    """GET /v1/events. `type` may end in `.*`."""

    created: Range | int | None = None
    delivery_success: bool | None = None
    type: str | None = None
    types: list[str] | None = None


def _named(asked: str, kind: str) -> bool:
    return kind.startswith(asked.removesuffix("*")) if asked.endswith("*") else kind == asked


def index(call: Call) -> Document:
    """Events, newest first. `delivery_success=false`: those that are still pending or were given up."""
    query = call.read(EventList)
    if query.type and query.types:
        raise Refused("You may only specify one of these parameters: type, types.", param="type")
    asked = [query.type] if query.type else query.types

    def keep(event: Document) -> bool:
        return (
            (asked is None or any(_named(name, event["type"]) for name in asked))
            and (query.delivery_success is None or query.delivery_success == (event["pending_webhooks"] == 0))
            and within(query.created, event)
        )

    return page(call.ledger.store.newest_first("event"), query, call.url, keep=keep)


def retrieve(call: Call) -> Document:
    """One event, as it was made."""
    return call.ledger.find("event", call.path["id"])


def _endpoints(call: Call) -> list[Document]:
    config = call.ledger.config
    return [events.endpoint(config.webhook_url, call.ledger.now())] if config.webhook_url else []


def endpoints(call: Call) -> Document:
    """The one endpoint, when there is one."""
    return page(_endpoints(call), call.read(Page), call.url)


ROUTES: list[Route] = [
    ("GET", "/v1/events", index),
    ("GET", "/v1/events/{id}", retrieve),
    ("GET", "/v1/webhook_endpoints", endpoints),
]
