"""The world of one life: a customer, Stripe, our rows, and a bag of deliveries that a test hands over as it likes."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import stripe
import time_machine
from sqlalchemy import text
from sqlmodel import Session, select

from domain import billing, database, dunning, plans, publishing
from domain.models import Customer, Job, Plan, Price, Subscription, Tenant
from domain.order_form import OrderForm
from domain.orders import Placed, place
from domain.sandbox.server import StripeSandbox
from domain.settings import settings
from tests.integration.stripe_stand import GOOD, KEY, client
from tests.lives import killing

BEGINS = datetime(2027, 1, 31, 10, tzinfo=UTC)  # months of different lengths follow, and nothing falls on "today"
FORGOTTEN = "customer, account, letter, stripe_event, stripe_walk, procrastinate_jobs, audit_entry"
NOBODY = "http://127.0.0.1:9/"
EXTRAS = ("espacio", "copia")
PIECES = {("espacio", "month"): 500, ("espacio", "year"): 5000, ("copia", "month"): 900}
AMOUNTS = {("basico", "month"): 2900, ("pyme", "month"): 5900, ("pyme", "year"): 59_000, ("empresa", "month"): 14_901}


class World:
    """`bag`: events that Stripe has made and nobody delivered yet."""

    def __init__(self, sandbox: StripeSandbox) -> None:
        self.sandbox = sandbox
        self.v1 = client(sandbox.url).v1
        self._clock: Any = None
        self._number = 0
        self._http = httpx.Client(trust_env=False, timeout=30)
        with database.transaction() as session:
            for position, code in enumerate(("basico", "pyme", "empresa")):
                _add_plan(session, code, position)
            for position, code in enumerate(EXTRAS):
                _add_plan(session, code, 3 + position)
        publishing.publish()

    def begin(self) -> None:
        """A life begins: no customer, nothing owed, and it is `BEGINS` again."""
        self.end()
        self._clock = time_machine.travel(BEGINS, tick=True)
        self._clock.start()
        self.moment = BEGINS
        self.sandbox.forget()
        self.sandbox.configure(after_retries="past_due")
        with database.transaction() as session:
            session.execute(text("set local session_replication_role = replica"))  # else the audit stays
            session.execute(
                text("truncate customer, account, letter, stripe_event, procrastinate_jobs, audit_entry cascade")
            )
        self.placed: Placed | None = None
        self.bag: list[dict[str, Any]] = []
        self.known: set[str] = set()

    def end(self) -> None:
        """Back to the day that it is."""
        if self._clock is not None:
            self._clock.stop()
            self._clock = None

    def pass_time(self, days: float) -> None:
        """Time passes for us and for Stripe, which does all that falls due."""
        if not days:
            return
        self.moment += timedelta(days=days)
        self._clock.stop()
        self._clock = time_machine.travel(self.moment, tick=True)
        self._clock.start()
        self.sandbox.advance(0)
        self.collect()

    def sign_up(self, code: str, interval: str) -> None:
        """An order, placed for real; its page is open."""
        self._number += 1
        form = OrderForm(
            company="Sol", full_name="Marta Jiménez", email=f"marta{self._number}@sol.do", country="DO",
            subdomain=f"sol-{self._number}", plan=code, interval=interval, accept_terms=True,
        )  # fmt: skip
        self.placed = place(form, f"form:vida-{self._number}")

    def pay_page(self, number: str) -> bool:
        """Pays the order's page with a card; False: refused, or closed by now."""
        assert self.placed
        card = GOOD | {"number": number}
        answer = self._http.post(self.placed.checkout_url, data=card)
        self.collect()
        return answer.status_code == 303

    def node_works(self) -> None:
        """The node has done by now what was asked of it; nodes have tests of their own."""
        with database.transaction() as session:
            tenant = session.exec(select(Tenant).with_for_update(key_share=True)).one_or_none()
            asked = session.exec(select(Job.id).where(Job.kind == "create_tenant")).first()
            if tenant and asked and tenant.desired in ("running", "suspended", "archived"):
                tenant.observed = tenant.desired
                session.add(tenant)

    def collect(self) -> None:
        """Puts what Stripe has made since into the bag."""
        self.node_works()
        fresh: list[dict[str, Any]] = []
        after = ""
        while True:  # read without the SDK, which takes ten times as long over it
            address = f"{self.sandbox.url}/v1/events?limit=20{after}"
            page = self._http.get(address, headers={"Authorization": f"Bearer {KEY}"}).json()
            new = [event for event in page["data"] if event["id"] not in self.known]
            fresh += new
            if len(new) < 20:
                break
            after = f"&starting_after={new[-1]['id']}"
        self.known |= {event["id"] for event in fresh}
        self.bag += reversed(fresh)

    def deliver(self, events: list[dict[str, Any]]) -> None:
        """Takes each, one after the other. What cannot be taken stays in the bag, as Stripe would try again."""
        for event in events:
            billing.take(event)
            self.bag = [one for one in self.bag if one["id"] != event["id"]]

    def lose(self, events: list[dict[str, Any]]) -> None:
        """They never come by themselves."""
        gone = {event["id"] for event in events}
        self.bag = [event for event in self.bag if event["id"] not in gone]

    def deliver_at_once(self, events: list[dict[str, Any]]) -> None:
        """Takes all at the same time, each twice, while the ladder is climbed."""
        with ThreadPoolExecutor(6) as pool:
            work = [pool.submit(billing.take, event) for event in [*events, *events]]
            work.append(pool.submit(dunning.climb))  # type: ignore[arg-type]
            for one in work:
                one.result()
        self.lose(events)

    def use_card(self, ready_made: str) -> None:
        """Another card, as chosen on Stripe's own portal: it tells us by events only."""
        customer = str(self.customer().stripe_customer_id)
        method = self.v1.payment_methods.attach(ready_made, {"customer": customer})
        self.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method.id}})
        for bought in self.subscriptions():
            if bought.status not in ("canceled", "incomplete_expired"):
                self.v1.subscriptions.update(bought.id, {"default_payment_method": method.id})
        self.collect()

    def save_card(self, page: str, number: str) -> str:
        """Saves a card on Stripe's page; the id of its session."""
        answer = self._http.post(page, data=GOOD | {"number": number})
        self.collect()
        return str(answer.headers.get("location", "")).partition("card=")[2]

    def by_hand(self, how: str) -> None:
        """What staff do in Stripe's dashboard: refund, void, end, or let retries end otherwise (`unpaid`); a `dispute`
        comes from the bank."""
        if how == "unpaid":
            self.sandbox.configure(after_retries="unpaid")
            return
        charges = [one for one in self.v1.charges.list({"limit": 10}).data if one.status == "succeeded"]
        if how == "end":
            for bought in self.subscriptions():
                self.v1.subscriptions.cancel(bought.id)
        elif how == "void":
            for one in self.invoices():
                if one.status == "open":
                    self.v1.invoices.void_invoice(str(one.id))
        elif charges and how == "refund":
            self.v1.refunds.create({"charge": charges[0].id})
        elif charges:
            self.sandbox.dispute(charges[0].id)

    def customer(self) -> Customer:
        assert self.placed
        with database.reading() as session:
            return session.get_one(Customer, self.placed.customer_id)

    def subscription(self) -> Subscription:
        with database.reading() as session:
            return session.exec(select(Subscription)).one()

    def tenant(self) -> Tenant:
        with database.reading() as session:
            return session.exec(select(Tenant)).one()

    def subscriptions(self) -> list[stripe.Subscription]:
        """What Stripe has, without a word of our code."""
        return list(self.v1.subscriptions.list({"status": "all", "limit": 100}).data)

    def invoices(self) -> list[stripe.Invoice]:
        return list(self.v1.invoices.list({"limit": 100}).auto_paging_iter())

    def price(self, code: str, interval: str) -> Price:
        with database.reading() as session:
            query = select(Price).join(Plan).where(Plan.code == code, Price.interval == interval)
            return session.exec(query).one()


def _add_plan(session: Session, code: str, position: int) -> None:
    kind = "extra" if code in EXTRAS else "plan"
    plan = Plan(code=code, name=code.capitalize(), position=position, kind=kind)
    session.add(plan)
    session.flush()
    for (owner, interval), amount in {**AMOUNTS, **PIECES}.items():
        if owner == code:
            key = plans.lookup_key(code, interval, "USD", amount)
            session.add(
                Price(plan_id=plan.id or 0, currency="USD", interval=interval, amount_cents=amount, lookup_key=key)
            )


def story(events: list[dict[str, Any]]) -> str:
    """Types of events, for a message that tells what happened."""
    return json.dumps([event["type"] for event in events])


@contextmanager
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world on the configured database, with a stand-in that makes events and delivers none."""
    sandbox = StripeSandbox(KEY, NOBODY, ["whsec_nadie"], patience=0.01).start()
    sandbox.faults(pause=True)
    monkeypatch.setenv("STRIPE_API_URL", sandbox.url)
    settings.cache_clear()
    world = None
    try:
        with killing.listening(monkeypatch):
            world = World(sandbox)
            yield world
    finally:
        if world:
            world.end()
        sandbox.stop()


__all__ = ["AMOUNTS", "EXTRAS", "World", "opened", "story"]
