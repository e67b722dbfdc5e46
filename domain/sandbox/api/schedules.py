"""/v1/subscription_schedules: made of a running subscription, to change it when its period ends."""

from typing import Any, Literal

from pydantic import Field

from domain.sandbox import ids, scheduling, subscribing
from domain.sandbox.api.call import Call, Route
from domain.sandbox.cursors import page
from domain.sandbox.errors import Refused
from domain.sandbox.objects import schedules
from domain.sandbox.objects.subscriptions import period_end
from domain.sandbox.params import Page, Params
from domain.sandbox.store import Document

_KIND = "subscription_schedule"


class ScheduleCreate(Params):
    """POST /v1/subscription_schedules."""

    from_subscription: str


class PhaseItem(Params):
    """One price of a phase."""

    price: str
    quantity: int = 1


class Duration(Params):
    """How long a phase lasts."""

    interval: Literal["day", "week", "month", "year"]
    interval_count: int = 1


class Phase(Params):
    """A phase; the first keeps the present period."""

    duration: Duration | None = None
    end_date: int | None = None
    items: list[PhaseItem]
    proration_behavior: Literal["none"] = "none"
    start_date: int | None = None


class ScheduleUpdate(Params):
    """POST /v1/subscription_schedules/{id}."""

    end_behavior: Literal["release"] = "release"
    metadata: dict[str, str] = Field(default_factory=dict)
    phases: list[Phase]
    proration_behavior: Literal["none"] = "none"


class ScheduleRelease(Params):
    """POST /v1/subscription_schedules/{id}/release."""


class ScheduleList(Page):
    """GET /v1/subscription_schedules."""

    customer: str | None = None


def _pairs(subscription: Document) -> list[tuple[str, int]]:
    return [(item["price"]["id"], item["quantity"]) for item in subscription["items"]["data"]]


def create(call: Call) -> Document:
    """A schedule whose one phase is the present period as it is."""
    ledger = call.ledger
    subscription = ledger.find("subscription", call.read(ScheduleCreate).from_subscription, "from_subscription")
    if subscription["schedule"]:
        raise Refused("You cannot migrate a subscription that is already attached to a schedule.")
    if subscription["cancel_at"] is not None:
        raise Refused("You cannot migrate a subscription that is set to cancel.")
    start = min(item["current_period_start"] for item in subscription["items"]["data"])
    present = schedules.phase(
        start, subscribing.ends_at(subscription), subscription["currency"], _pairs(subscription)
    )  # fmt: skip
    made = schedules.schedule(ids.new("sub_sched"), ledger.now(), subscription, [present])
    ledger.save(_KIND, made)
    ledger.emit("subscription_schedule.created", made)
    subscribing.change(ledger, subscription, schedule=made["id"])
    return made


def update(call: Call) -> Document:
    """Other phases, the first being the one that runs."""
    given, ledger = call.take(ScheduleUpdate), call.ledger
    schedule = ledger.find(_KIND, call.path["id"])
    if schedule["status"] != "active":
        raise Refused(f"You cannot update a schedule that is {schedule['status']}.")
    subscription = ledger.find("subscription", schedule["subscription"])
    phases, start = [], schedule["current_phase"]["start_date"]
    for entry in given["phases"]:
        pairs = [(item["price"], item.get("quantity", 1)) for item in entry["items"]]
        for price, _ in pairs:
            ledger.find("price", price, "phases[0][items][0][price]")
        end = _end(entry, start)
        phases.append(schedules.phase(start, end, subscription["currency"], pairs))
        start = end
    changes: dict[str, Any] = {"phases": phases}
    if "metadata" in given:
        changes["metadata"] = given["metadata"]
    return ledger.change(_KIND, schedule, "subscription_schedule.updated", **changes)


def _end(entry: Document, start: int) -> int:
    if entry.get("end_date"):
        return int(entry["end_date"])
    if not entry.get("duration"):
        raise Refused("The last phase needs `end_date` or `duration`.", param="phases")
    return period_end(start, entry["duration"]["interval"], entry["duration"].get("interval_count", 1))


def release(call: Call) -> Document:
    """The subscription goes on as it is."""
    call.read(ScheduleRelease)
    ledger, schedule = call.ledger, call.ledger.find(_KIND, call.path["id"])
    if schedule["status"] != "active":
        raise Refused(f"You cannot release a schedule that is {schedule['status']}.")
    subscription = ledger.find("subscription", schedule["subscription"])
    scheduling.release(ledger, subscription)
    ledger.emit("customer.subscription.updated", subscription, {"schedule": schedule["id"]})
    return ledger.find(_KIND, schedule["id"])


def retrieve(call: Call) -> Document:
    """One schedule."""
    return call.ledger.find(_KIND, call.path["id"])


def index(call: Call) -> Document:
    """Schedules, newest first."""
    query = call.read(ScheduleList)
    found = call.ledger.store.newest_first(_KIND, query.customer or "")
    return page(found, query, call.url, keep=lambda d: query.customer in {None, d["customer"]})


ROUTES: list[Route] = [
    ("POST", "/v1/subscription_schedules", create),
    ("GET", "/v1/subscription_schedules", index),
    ("GET", "/v1/subscription_schedules/{id}", retrieve),
    ("POST", "/v1/subscription_schedules/{id}", update),
    ("POST", "/v1/subscription_schedules/{id}/release", release),
]
