"""/v1/billing_portal."""

from typing import Literal

from domain.sandbox import ids
from domain.sandbox.api.call import Call, Route
from domain.sandbox.cursors import page
from domain.sandbox.objects import portal
from domain.sandbox.params import Page, Params
from domain.sandbox.store import Document


class SessionCreate(Params):
    """POST /v1/billing_portal/sessions."""

    configuration: str | None = None
    customer: str
    locale: Literal["auto", "es", "es-419", "en"] | None = None
    return_url: str | None = None


class ConfigurationList(Page):
    """GET /v1/billing_portal/configurations."""

    active: bool | None = None
    is_default: bool | None = None


def create(call: Call) -> Document:
    """A portal session, with the address of its page."""
    given, ledger = call.take(SessionCreate), call.ledger
    ledger.find("customer", given["customer"], "customer")
    if given.get("configuration"):
        ledger.find("billing_portal.configuration", given["configuration"], "configuration")
    identifier = ids.new("bps")
    document = portal.session(identifier, ledger.now(), given, ledger.url(f"/p/session/{identifier}"))
    ledger.save("billing_portal.session", document)
    ledger.emit("billing_portal.session.created", document)
    return document


def configurations(call: Call) -> Document:
    """The one configuration."""
    query = call.read(ConfigurationList)

    def keep(configuration: Document) -> bool:
        return query.active in {None, configuration["active"]} and query.is_default in {None, True}

    return page(call.ledger.store.newest_first("billing_portal.configuration"), query, call.url, keep=keep)


ROUTES: list[Route] = [
    ("POST", "/v1/billing_portal/sessions", create),
    ("GET", "/v1/billing_portal/configurations", configurations),
]
