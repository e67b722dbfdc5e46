"""What the tests of billing share: orders in a real database, a stand-in for Stripe, signed deliveries by hand."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import stripe
from sqlmodel import Session, col, select

from domain import billing, database, stripe_catalogue, stripe_gateway
from domain.models import Customer, Job, Membership, Plan, Price, StripeEvent, Subscription, Tenant, WebhookCounter
from domain.sandbox.server import StripeSandbox
from domain.sandbox.signatures import sign
from domain.settings import settings
from tests.integration.stripe_stand import GOOD, KEY, client

FOUR = ("checkout.session.completed", "customer.subscription.created", "customer.subscription.updated", "invoice.paid")


class Till:
    """Orders, payments and deliveries. Events go nowhere by themselves: tests carry them."""

    def __init__(self, sandbox: StripeSandbox) -> None:
        self.sandbox = sandbox
        self.v1 = client(sandbox.url).v1
        with database.transaction() as session:
            self.plan = Plan(code="pyme", name="Pyme", summary="Para empezar")
            session.add(self.plan)
            session.flush()
            self.prices = [self._price(session, amount) for amount in (5900, 9900)]

    def _price(self, session: Session, amount: int) -> Price:
        row = Price(
            plan_id=self.plan.id or 0, currency="USD", interval="month", amount_cents=amount, lookup_key=f"m{amount}"
        )
        self.plan.stripe_product_id, row.stripe_price_id = stripe_catalogue.publish_price(self.plan, row)
        session.add(row)
        session.add(self.plan)
        return row

    def order(self, subdomain: str = "acme", email: str | None = None) -> Subscription:
        """A pending order with its Checkout session open, as signing up leaves it."""
        with database.transaction() as session:
            customer = Customer(
                company=subdomain, full_name="Ana Ruiz", email=email or f"ana@{subdomain}.co", country="CO"
            )
            session.add(customer)
            session.flush()
            tenant = Tenant(customer_id=customer.id or 0, subdomain=subdomain)
            session.add(tenant)
            session.flush()
            order = Subscription(
                customer_id=customer.id or 0, tenant_id=tenant.id or 0, price_id=self.prices[0].id or 0
            )
            session.add(order)
            session.flush()
            customer.stripe_customer_id = stripe_gateway.create_customer(customer, order.id or 0)
            checkout = stripe_gateway.create_checkout(order, customer, self.prices[0], tenant, 1)
            order.checkout_session_id, order.checkout_url = checkout.id, checkout.url
            return order

    def pay(self, order: Subscription) -> None:
        """The buyer pays on Stripe's page."""
        answer = httpx.post(str(order.checkout_url), data=GOOD, trust_env=False, timeout=30)
        assert answer.status_code == 303, answer.text

    def paid(self, subdomain: str = "acme") -> Subscription:
        """An order that is paid at Stripe, of which nobody told us."""
        order = self.order(subdomain)
        self.pay(order)
        return order

    def active(self, subdomain: str = "acme") -> Subscription:
        """An order that is paid, and of which we know."""
        order = self.paid(subdomain)
        self.take(self.event(order, FOUR[0]))
        return subscription(order)

    def events(self, order: Subscription) -> dict[str, dict[str, Any]]:
        """Stripe's events about an order, by type: the newest of each."""
        found: dict[str, dict[str, Any]] = {}
        for event in self.v1.events.list({"limit": 30}).data:
            document = event.to_dict(for_json=True)
            if f'"alta_subscription": "{order.id}"' in json.dumps(document):
                found.setdefault(event.type, document)
        return found

    def event(self, order: Subscription, kind: str) -> dict[str, Any]:
        """The newest event of a type about an order."""
        return self.events(order)[kind]

    def take(self, event: dict[str, Any]) -> billing.Receipt:
        """Delivers an event past the web, signed."""
        body, signature = signed(event)
        return billing.take(stripe_gateway.verify(body, signature))

    def stripe_subscription(self, order: Subscription) -> stripe.Subscription:
        """What Stripe has for an order that was paid."""
        bought = self.v1.checkout.sessions.retrieve(str(order.checkout_session_id)).subscription
        return self.v1.subscriptions.retrieve(str(bought))


def signed(event: dict[str, Any], secret: str = "", at: float | None = None) -> tuple[bytes, str]:
    """Body and header of a delivery."""
    body = json.dumps(event)
    return body.encode(), sign(body, [secret or settings().webhook_secrets[0]], int(time.time() if at is None else at))


@contextmanager
def open_till(monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    """A till on the configured database, with a stand-in of its own."""
    sandbox = StripeSandbox(KEY).start()
    monkeypatch.setenv("STRIPE_API_URL", sandbox.url)
    settings.cache_clear()
    try:
        yield Till(sandbox)
    finally:
        sandbox.stop()


def subscription(order: Subscription) -> Subscription:
    """The row as it is now."""
    with database.reading() as session:
        return session.get_one(Subscription, order.id)


def tenant(order: Subscription) -> Tenant:
    """The order's tenant as it is now."""
    with database.reading() as session:
        return session.get_one(Tenant, order.tenant_id)


def jobs(order: Subscription) -> list[str]:
    """Kinds of the tenant's jobs, in order."""
    with database.reading() as session:
        return list(session.exec(select(Job.kind).where(Job.tenant_id == order.tenant_id).order_by(col(Job.id))).all())


def kept(event: dict[str, Any]) -> StripeEvent | None:
    """The row of an event."""
    with database.reading() as session:
        return session.exec(select(StripeEvent).where(StripeEvent.stripe_id == event["id"])).one_or_none()


def refusals() -> dict[str, int]:
    """How many deliveries were refused, by reason."""
    with database.reading() as session:
        return {row.reason: row.count for row in session.exec(select(WebhookCounter)).all()}


def picture(order: Subscription) -> dict[str, Any]:
    """Everything that an order's events may have changed, without the moments."""
    row, site = subscription(order), tenant(order)
    with database.reading() as session:
        owners = session.exec(select(Membership.role).where(Membership.customer_id == order.customer_id)).all()
    return {
        "status": (row.status, row.stripe_status, row.cancel_at_period_end),
        "price": row.price_id,
        "moments": [bool(at) for at in (row.paid_at, row.activated_at, row.current_period_end, site.requested_at)],
        "stripe": bool(row.stripe_subscription_id),
        "tenant": (site.desired, site.observed, site.suspend_reasons),
        "jobs": jobs(order),
        "owners": list(owners),
    }


PAID_PICTURE = {
    "status": ("active", "active", False),
    "moments": [True, True, True, True],
    "stripe": True,
    "tenant": ("running", "absent", []),
    "jobs": ["create_tenant"],
    "owners": ["owner"],
}
