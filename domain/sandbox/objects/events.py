"""Events and the endpoint that they go to."""

from domain.sandbox.store import Document

API_VERSION = "2026-10-28.endive"


def event(
    identifier: str,
    kind: str,
    document: Document,
    previous: Document | None,
    *,
    created: int,
    request_id: str | None,
    idempotency_key: str | None,
    pending: int,
) -> Document:
    """An event of the document itself (keep it before the document changes); `previous_attributes` as Stripe has them:
    only for `*.updated`.
    """
    data = {"object": document}
    if previous is not None:
        data["previous_attributes"] = previous
    return {
        "id": identifier,
        "object": "event",
        "account": None,
        "api_version": API_VERSION,
        "context": None,
        "created": created,
        "data": data,
        "livemode": False,
        "pending_webhooks": pending,
        "request": {"id": request_id, "idempotency_key": idempotency_key},
        "type": kind,
    }


def endpoint(url: str, created: int) -> Document:
    """The one webhook endpoint. Its secret is shown only at creation, as Stripe does, so here it is null."""
    return {
        "id": "we_stand_in",
        "object": "webhook_endpoint",
        "api_version": API_VERSION,
        "application": None,
        "created": created,
        "description": "The endpoint that the stand-in was started with",
        "enabled_events": ["*"],
        "livemode": False,
        "metadata": {},
        "secret": None,
        "status": "enabled",
        "url": url,
    }
