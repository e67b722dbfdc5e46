"""/_sandbox: the stand-in's own switches and what it knows, as JSON."""

import json
from typing import Any, Literal, Protocol

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.sandbox import clockwork, params, refunding
from domain.sandbox.delivery import Deliverer
from domain.sandbox.errors import Refused
from domain.sandbox.faults import Faults
from domain.sandbox.ledger import Ledger
from domain.sandbox.params import Params

_SHOWN = 200


class ConfigChange(Params):
    """POST /_sandbox/config."""

    webhook_url: str | None = None
    webhook_secrets: list[str] = Field(default_factory=list)
    business_name: str = "Alta"
    after_retries: Literal["cancel", "unpaid", "past_due"] = "past_due"


class ClockChange(Params):
    """POST /_sandbox/clock."""

    advance_seconds: int


class Contested(Params):
    """POST /_sandbox/disputes."""

    charge: str
    reason: Literal["fraudulent", "product_not_received", "subscription_canceled"] = "fraudulent"


class Steered(Protocol):
    """What the switches act on."""

    faults: Faults

    @property
    def ledger(self) -> Ledger: ...
    @property
    def deliverer(self) -> Deliverer: ...


class Control:
    """The handlers; one for the whole server."""

    def __init__(self, stand: Steered) -> None:
        self._stand = stand

    def routes(self) -> list[Route]:
        """The addresses."""
        return [
            Route("/_sandbox/faults", self._told(self._faults), methods=["GET", "POST"]),
            Route("/_sandbox/config", self._told(self._config), methods=["POST"]),
            Route("/_sandbox/clock", self._told(self._clock), methods=["POST"]),
            Route("/_sandbox/disputes", self._told(self._dispute), methods=["POST"]),
            Route("/_sandbox/forget", self._told(self._forget), methods=["POST"]),
            Route("/_sandbox/events/{id}/resend", self._told(self._resend), methods=["POST"]),
            Route("/_sandbox/state", self._told(self._state), methods=["GET"]),
        ]

    def _told(self, handler: Any) -> Any:
        """The handler, with refusals and broken JSON answered as 400 or 404."""

        async def handle(request: Request) -> Response:
            try:
                given = await request.json() if request.method == "POST" and await request.body() else {}
                return JSONResponse(handler(request, given))
            except json.JSONDecodeError as error:
                return JSONResponse({"error": {"message": f"Not JSON: {error}"}}, 400)
            except Refused as refused:
                return JSONResponse(refused.envelope("req_control"), refused.status)

        return handle

    def _faults(self, request: Request, given: dict[str, Any]) -> dict[str, Any]:
        """Only the switches that are named change; `{"reset": true}` puts all off first."""
        if request.method == "POST":
            before = {} if given.pop("reset", False) else self._stand.faults.model_dump()
            self._stand.faults = params.read(Faults, {**before, **given})
            self._stand.deliverer.look_again()
        return self._stand.faults.model_dump()

    def _config(self, _request: Request, given: dict[str, Any]) -> dict[str, Any]:
        """Where events go, how they are signed, and the seller's name on the pages."""
        for name, value in params.read(ConfigChange, given).model_dump(exclude_unset=True).items():
            setattr(self._stand.ledger.config, name, value)
        config = self._stand.ledger.config
        return {"webhook_url": config.webhook_url, "business_name": config.business_name, "url": config.public_url}

    def _clock(self, _request: Request, given: dict[str, Any]) -> dict[str, Any]:
        """Put the clock forward and do all that falls due."""
        ledger = self._stand.ledger
        ledger.advance(params.read(ClockChange, given).advance_seconds)
        clockwork.expire_sessions(ledger)
        clockwork.run_due(ledger, ledger.now())
        return {"now": ledger.now()}

    def _dispute(self, _request: Request, given: dict[str, Any]) -> dict[str, Any]:
        """The holder of the card contests a charge."""
        asked, ledger = params.read(Contested, given), self._stand.ledger
        charge = ledger.find("charge", asked.charge, "charge")
        with ledger.at(ledger.moment_of(charge["id"])), ledger.store.transaction():
            return refunding.dispute(ledger, charge, asked.reason)

    def _forget(self, _request: Request, _given: dict[str, Any]) -> dict[str, Any]:
        """Everything but the catalogue is as on the first day; deliveries that were due are not made."""
        self._stand.deliverer.forget()
        return {"forgotten": self._stand.ledger.store.keep_only("product", "price", "_server", "_clock")}

    def _resend(self, request: Request, _given: dict[str, Any]) -> dict[str, Any]:
        event = self._stand.ledger.find("event", request.path_params["id"])
        self._stand.deliverer.resend(event["id"])
        return {"id": event["id"], "type": event["type"]}

    def _state(self, _request: Request, _given: dict[str, Any]) -> dict[str, Any]:
        """The newest sessions, events and deliveries, how many documents there are, clock and switches."""
        store = self._stand.ledger.store
        deliveries = {d["id"]: d for d in store.newest_first("_delivery")}
        events = [
            {
                "id": event["id"],
                "type": event["type"],
                "created": event["created"],
                "object": event["data"]["object"]["id"],
                "delivery": deliveries.get(event["id"]),
            }
            for event, _ in zip(store.newest_first("event"), range(_SHOWN), strict=False)
        ]
        sessions = [s for s, _ in zip(store.newest_first("checkout.session"), range(_SHOWN), strict=False)]
        kinds = ("customer", "product", "price", "checkout.session", "subscription", "invoice", "event")
        return {
            "now": self._stand.ledger.now(),
            "webhook_url": self._stand.ledger.config.webhook_url,
            "faults": self._stand.faults.model_dump(),
            "counts": {kind: store.count(kind) for kind in kinds},
            "sessions": sessions,
            "events": events,
        }
