"""/v1/test_helpers/test_clocks: worlds with a clock of their own."""

from domain.sandbox import clockwork, ids
from domain.sandbox.api.call import Call, Route
from domain.sandbox.cursors import page
from domain.sandbox.errors import Refused
from domain.sandbox.objects.clocks import test_clock
from domain.sandbox.params import Page, Params
from domain.sandbox.store import Document

_KIND = "test_helpers.test_clock"


class ClockCreate(Params):
    """POST /v1/test_helpers/test_clocks."""

    frozen_time: int
    name: str | None = None


class ClockAdvance(Params):
    """POST /v1/test_helpers/test_clocks/{id}/advance. Unlike Stripe's, as far as asked for in one go."""

    frozen_time: int


def create(call: Call) -> Document:
    """A new world, standing at `frozen_time`."""
    given, ledger = call.read(ClockCreate), call.ledger
    made = test_clock(ids.new("clock"), ledger.now(), given.frozen_time, given.name)
    ledger.save(_KIND, made)
    ledger.emit("test_helpers.test_clock.created", made)
    return made


def advance(call: Call) -> Document:
    """Everything of the clock's world up to the moment happens, each at its own; then the clock is `ready` there."""
    given, ledger = call.read(ClockAdvance), call.ledger
    clock = ledger.find(_KIND, call.path["id"])
    if given.frozen_time <= clock["frozen_time"]:
        raise Refused("A test clock can only be advanced to a later time.", param="frozen_time")
    details = {"advancing": {"target_frozen_time": given.frozen_time}}
    advancing = {**clock, "status": "advancing", "status_details": details}
    ledger.emit("test_helpers.test_clock.advancing", advancing)
    clockwork.run_due(ledger, given.frozen_time, clock["id"])
    ready = {**clock, "frozen_time": given.frozen_time}
    ledger.save(_KIND, ready)
    with ledger.at(given.frozen_time):
        ledger.emit("test_helpers.test_clock.ready", ready)
    return advancing


def retrieve(call: Call) -> Document:
    """One clock."""
    return call.ledger.find(_KIND, call.path["id"])


def index(call: Call) -> Document:
    """The clocks, newest first."""
    return page(call.ledger.store.newest_first(_KIND), call.read(Page), call.url)


ROUTES: list[Route] = [
    ("POST", "/v1/test_helpers/test_clocks", create),
    ("GET", "/v1/test_helpers/test_clocks", index),
    ("GET", "/v1/test_helpers/test_clocks/{id}", retrieve),
    ("POST", "/v1/test_helpers/test_clocks/{id}/advance", advance),
]
