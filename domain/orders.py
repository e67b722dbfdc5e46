"""An order: customer, reserved name and pending subscription in one commit; then Stripe's page, by the same rows.

Nothing is locked while Stripe is asked. `checkout_attempt` is the token: whoever made it writes its session, and who
finds another number there was overtaken. A second try with the same key finds the rows and goes on from them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, col, select

from domain import checkout, database, formats, order_form, plans, subdomains
from domain.checkout import Order, Overtaken
from domain.drafts import is_closed
from domain.errors import Conflict, Invalid, Taken
from domain.models import Customer, Plan, Subscription, Tenant
from domain.models.base import now
from domain.order_form import OrderForm

HELD = "tenant_subdomain_held"  # the unique index: one holder a name
HOLD = timedelta(hours=1)  # how long a name waits for a session, where Stripe could not be reached
TRIES = 4
_DEADLOCK = "40P01"  # two orders that swap their names


@dataclass(frozen=True)
class Placed:
    """Where the buyer pays, and until when the name waits for them (UTC)."""

    customer_id: int
    checkout_session_id: str
    checkout_url: str
    expires_at: datetime


def place(form: OrderForm, order_key: str) -> Placed:
    """Reserves the name and opens Stripe's page. The same key continues the same order.

    Keys that begin with `api:` are a client's: other parameters under one are refused (`idempotency_key_reused`).
    Any other key is a form's, whose visitor may change their mind until they pay.
    Raises Invalid, Taken (with proposals), Conflict (AlreadyPaid is one), Unavailable: then nothing is lost.
    """
    faults = order_form.problems(form)
    if faults:
        raise Invalid(faults)
    wanted = order_form.clean(form)
    for _ in range(TRIES):
        seen = _seen(order_key)
        if seen is not None and (ready := _settle(seen, wanted, order_key)) is not None:
            return ready
        order = _record(wanted, order_key, seen)
        if order is None:
            continue
        try:
            return _placed(checkout.open_page(order))
        except Overtaken:
            continue
        except IntegrityError as error:
            raise _taken_or(error, wanted) from error
    raise Conflict("Este pedido cambió en otra pestaña. Revisa los datos y continúa.", code="order_changed")


def _placed(row: Subscription) -> Placed:
    if not (row.checkout_session_id and row.checkout_url and row.checkout_expires_at):
        raise RuntimeError(f"order {row.id} has no page")
    return Placed(row.customer_id, row.checkout_session_id, row.checkout_url, row.checkout_expires_at)


def _seen(order_key: str) -> Subscription | None:
    with database.reading() as session:
        return session.exec(select(Subscription).where(Subscription.order_key == order_key)).one_or_none()


def _settle(seen: Subscription, wanted: OrderForm, order_key: str) -> Placed | None:
    """The answer that is already there, or None once nothing stands in the way of a new page. Asks Stripe."""
    changed = seen.order_hash != order_form.fingerprint(wanted)
    if changed and order_key.startswith("api:"):
        raise Conflict(
            "Esta clave de idempotencia ya se usó con otros datos. Usa una nueva para cada pedido.",
            code="idempotency_key_reused",
        )
    if is_closed(seen):
        raise checkout.closed(seen)
    if seen.checkout_session_id is None:
        return None
    if not changed:
        return _placed(seen) if checkout.is_open(seen) and _still_held(seen) else None
    if _holder(wanted.subdomain) not in (None, seen.tenant_id):
        raise _taken(wanted)
    checkout.close_page(seen)
    return None


def _still_held(seen: Subscription) -> bool:
    with database.reading() as session:
        tenant = session.get(Tenant, seen.tenant_id)
    return tenant is not None and tenant.released_at is None


def _holder(subdomain: str) -> int | None:
    with database.reading() as session:
        held = select(Tenant.id).where(Tenant.subdomain == subdomain, col(Tenant.released_at).is_(None))
        return session.exec(held).first()


def _record(wanted: OrderForm, order_key: str, seen: Subscription | None) -> Order | None:
    """Writes the whole order in one commit. None: somebody else moved it since it was seen. Raises Taken."""
    try:
        with database.transaction() as session:
            # Two processes with one key: the second waits here, and then finds the first one's rows.
            session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": order_key})
            query = select(Subscription).where(Subscription.order_key == order_key).with_for_update(key_share=True)
            row = session.exec(query).one_or_none()
            if row is None:
                return _begin(session, wanted, order_key)
            return _continue(session, row, wanted) if seen is not None and _same(row, seen) else None
    except IntegrityError as error:
        raise _taken_or(error, wanted) from error
    except DBAPIError as error:
        if getattr(error.orig, "pgcode", None) == _DEADLOCK:
            return None
        raise


def _same(row: Subscription, seen: Subscription) -> bool:
    return (row.checkout_attempt, row.checkout_session_id, row.status, row.paid_at) == (
        seen.checkout_attempt, seen.checkout_session_id, seen.status, seen.paid_at,
    )  # fmt: skip


def _begin(session: Session, wanted: OrderForm, order_key: str) -> Order:
    customer = Customer(company="", full_name="", email="", country=wanted.country)
    _write_customer(customer, wanted)
    session.add(customer)
    session.flush()
    tenant = Tenant(customer_id=customer.id or 0, subdomain=wanted.subdomain)
    _write_tenant(tenant, wanted)
    session.add(tenant)
    session.flush()
    row = Subscription(customer_id=customer.id or 0, tenant_id=tenant.id or 0, price_id=0, order_key=order_key)
    return _reserve(session, row, customer, tenant, wanted)


def _continue(session: Session, row: Subscription, wanted: OrderForm) -> Order:
    customer, tenant = session.get_one(Customer, row.customer_id), session.get_one(Tenant, row.tenant_id)
    changed = row.order_hash != order_form.fingerprint(wanted)
    ran_out = tenant.released_at is not None or row.checkout_expires_at is None or row.checkout_expires_at < now()
    if not (changed or ran_out or row.checkout_session_id):
        return Order(row, customer, tenant)  # the try before did not reach Stripe: the same attempt goes on
    if (customer.country, customer.tax_id or "") != (wanted.country, wanted.tax_id):
        customer.stripe_customer_id = None  # a tax id is added to Stripe's customer, not replaced
    _write_customer(customer, wanted)
    _write_tenant(tenant, wanted)
    session.add_all([customer, tenant])
    session.flush()
    return _reserve(session, row, customer, tenant, wanted)


def _reserve(session: Session, row: Subscription, customer: Customer, tenant: Tenant, wanted: OrderForm) -> Order:
    price = plans.offered(session, wanted.plan, wanted.interval, wanted.country)
    if price is None:
        raise Conflict("Ese plan acaba de dejar de venderse. Elige otro.", code="plan_gone")
    plan = session.get_one(Plan, price.plan_id)
    row.price_id, row.people = price.id or 0, wanted.people if plan.per_person else 1
    row.amount_cents = price.amount_cents * row.people
    row.order_hash = order_form.fingerprint(wanted)
    row.checkout_attempt += 1
    row.checkout_session_id = row.checkout_url = None
    row.checkout_expires_at = now() + HOLD
    session.add(row)
    session.flush()
    database.notify(session, f"tenant:{tenant.id}")
    return Order(row, customer, tenant)


def _write_customer(customer: Customer, wanted: OrderForm) -> None:
    customer.company, customer.full_name, customer.email = wanted.company, wanted.full_name, wanted.email
    customer.country, customer.tax_id = wanted.country, wanted.tax_id or None
    customer.accepted_terms_at = customer.accepted_terms_at or now()


def _write_tenant(tenant: Tenant, wanted: OrderForm) -> None:
    tenant.subdomain, tenant.released_at = wanted.subdomain, None
    tenant.language = wanted.language or formats.odoo_language(wanted.country)
    tenant.currency = wanted.currency or formats.currency_of(wanted.country)


def _taken_or(error: IntegrityError, wanted: OrderForm) -> Exception:
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    return _taken(wanted) if constraint == HELD else error


def _taken(wanted: OrderForm) -> Taken:
    with database.reading() as session:
        proposals = subdomains.proposals(session, wanted.subdomain, wanted.country)
    return Taken(f"«{wanted.subdomain}» ya está en uso. Elige otro nombre.", proposals)
