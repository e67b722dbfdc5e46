"""Signing up: what a visitor may have, what they ask for, and what becomes of it. What the form and the API call."""

from dataclasses import dataclass, field
from typing import Literal

from sqlmodel import Session, col, select

from domain import database, drafts, subdomains, throttle
from domain.checkout import AlreadyPaid
from domain.drafts import load as load_draft
from domain.drafts import save as save_draft
from domain.holds import release
from domain.models import Subscription, Tenant
from domain.order_form import OFFERED, OrderForm, countries, problems
from domain.orders import Placed, place
from domain.progress import Progress, ProgressStep, progress
from domain.reservations import expire_reservations

__all__ = [
    "OFFERED", "AlreadyPaid", "Availability", "OrderForm", "Placed", "Progress", "ProgressStep", "availability",
    "countries", "expire_reservations", "load_draft", "order", "place", "problems", "progress", "release", "save_draft",
]  # fmt: skip

# Each order holds a name for a day: nobody shall take them by the thousand, by page or by API.
ORDERS = throttle.Limit("checkout", tries=60, seconds=600)
State = Literal["free", "taken", "reserved", "invalid", "yours"]


@dataclass(frozen=True)
class Availability:
    """The answer about one name, as normalised: `message` in Spanish, `proposals` only where it is taken."""

    name: str
    state: State
    message: str
    proposals: list[str] = field(default_factory=list)


def order(form: OrderForm, order_key: str, address: str) -> Placed:
    """As `place`, for somebody who asks from `address`. Raises TooMany beyond `ORDERS` too."""
    throttle.take(ORDERS, throttle.network(address))
    return place(form, order_key)


def availability(name: str, *, visitor: str | None = None, country: str | None = None) -> Availability:
    """Can `name` be had now? One that this visitor's own order holds is `yours`. No promise: `place` decides."""
    wanted = subdomains.normalise(name)
    fault = subdomains.problem(wanted)
    if fault is not None:
        return Availability(wanted, "reserved" if fault.code == "reserved" else "invalid", fault.message)
    with database.reading() as session:
        held, holder = _holder(session, wanted)
        if not held:
            return Availability(wanted, "free", "Disponible")
        if visitor and holder and holder == drafts.order_key(session, visitor):
            return Availability(wanted, "yours", "Reservado para ti")
        proposals = subdomains.proposals(session, wanted, country)
    return Availability(wanted, "taken", "Ya está en uso.", proposals)


def _holder(session: Session, name: str) -> tuple[bool, str | None]:
    """Is the name held, and under which order key."""
    found = session.exec(
        select(Tenant.id, Subscription.order_key)
        .join(Subscription, col(Subscription.tenant_id) == Tenant.id, isouter=True)
        .where(Tenant.subdomain == name, col(Tenant.released_at).is_(None))
    ).first()
    return (True, found[1]) if found else (False, None)
