"""The year before the demo begins: forty customers live through it by the product's own functions, on moved clocks.

It is made in the configured, empty house, whose web application does not run yet: our clock and Stripe's are set back a
year and go forward from one thing that happens to the next, while a worker of this process makes the Odoos. A line of
JSON is printed each month, and `{"done": true}` at the end.
"""

import asyncio
import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import structlog
import time_machine
from sqlmodel import Session, col, select

from domain import (
    accounts,
    billing,
    database,
    dunning,
    new_passwords,
    orders,
    payment_cards,
    plan_changes,
    plans,
    publishing,
    reconciling,
    staff_billing,
)
from domain.errors import AltaError
from domain.models import Account, Job, Plan, Price, Subscription
from domain.models.base import now
from domain.order_form import OrderForm
from domain.settings import settings
from domain.states import JobStatus
from ui.demo_lives import LIVES, OWNER, Life

DAYS = 365
LOOK_EVERY = 6  # days between two looks at what Stripe has done and at who owes
PATIENCE = 60.0  # seconds that a job may take before the past goes on without it
CARD = {"number": "4242 4242 4242 4242", "expiry": "12/40", "cvc": "123", "name": "Cliente"}
REFUSED_LATER = {**CARD, "number": "4000 0000 0000 0341"}  # Stripe's test card that is saved and then not charged
STAFF = "admin"

Worker = Callable[[asyncio.Event], Coroutine[Any, Any, None]]

log = structlog.get_logger()


class Past:
    """The house a year ago and since; `at` is the day, 0 to DAYS."""

    def __init__(self) -> None:
        self.at = 0.0
        self._began = datetime.now(UTC)
        self._http = httpx.Client(trust_env=False, timeout=60)
        self._customers: dict[str, int] = {}
        self._clock = time_machine.travel(self._began - timedelta(days=DAYS), tick=True)
        self._traveller = self._clock.start()
        self._control("config", webhook_url="")  # nobody listens yet: events are asked for, as after an outage
        self._control("clock", advance_seconds=-DAYS * 86_400)

    def live(self, lives: Sequence[Life]) -> None:
        """The whole year, in the order in which things happened."""
        acts = [(float(life.day), "", life) for life in lives]
        acts += [(float(life.day + after), act, life) for life in lives for after, act in life.acts]
        acts = [entry for entry in acts if entry[0] < DAYS]
        looks = [(float(day), "look", OWNER) for day in range(LOOK_EVERY, DAYS, LOOK_EVERY)]
        told = 0
        for number, (day, act, life) in enumerate(sorted([*acts, *looks], key=lambda entry: entry[:2])):
            self._go_to(day + (number * 7 % 10) / 24)
            try:
                self._do(act, life)
            except AltaError as error:
                log.warning("past.refused", act=act, company=life.company, error=error.message)
            if int(day / 30) > told:
                told = int(day / 30)
                print(json.dumps({"month": f"{now():%Y-%m}", "customers": len(self._customers)}), flush=True)  # noqa: T201
        self._go_to(float(DAYS))
        self._look()
        self._control("config", webhook_url=f"http://127.0.0.1:{settings().app_port}/webhook/stripe")
        self._clock.stop()

    def _go_to(self, day: float) -> None:
        passed = int((min(day, DAYS) - self.at) * 86_400)
        if passed > 0:
            self._traveller.shift(timedelta(seconds=passed))
            self._control("clock", advance_seconds=passed)
            self.at += passed / 86_400

    def _do(self, act: str, life: Life) -> None:
        name, *words = act.split(":")
        customer = self._customers.get(life.company, 0)
        match name:
            case "":
                self._buy(life)
            case "look":
                self._look()
            case "refused" | "paid":
                page = payment_cards.page_url(customer)
                answer = self._http.post(page, data=REFUSED_LATER if name == "refused" else CARD)
                payment_cards.returned(customer, answer.headers["location"].partition("card=")[2])
            case "leaves":
                billing.cancel(customer, life.email, "too_expensive")
            case "plan":
                self._change(life, customer, _price(words[0], words[1]), {})
            case "extra":
                self._change(life, customer, None, {words[0]: int(words[1])})
            case _:
                self._staff(name, customer)

    def _buy(self, life: Life) -> None:
        placed = orders.place(
            OrderForm(
                company=life.company, full_name=life.person, email=life.email, subdomain=life.name,
                plan=life.plan, interval=life.interval, country=life.country, accept_terms=True,
            ),
            f"form:pasado-{life.name}",
        )  # fmt: skip
        self._http.post(placed.checkout_url, data=CARD)
        billing.look_again(placed.checkout_session_id)
        self._customers[life.company] = placed.customer_id
        if life is OWNER:
            self._give_password(life)
        self._wait_for_jobs()

    def _give_password(self, life: Life) -> None:
        with database.reading() as session:
            account = session.exec(select(Account).where(Account.login == life.email)).one()
        new_passwords.set_password(account.id or 0, os.environ["DEMO_OWNER_PASSWORD"], verified=True)

    def _change(self, life: Life, customer: int, price: int | None, extras: dict[str, int]) -> None:
        with database.reading() as session:
            present = session.exec(select(Subscription.price_id).where(Subscription.customer_id == customer)).one()
        quote = plan_changes.quote(customer, price or present, extras=extras)
        plan_changes.confirm(customer, quote.token, life.email)

    def _staff(self, act: str, customer: int) -> None:
        if act == "transfer":
            staff_billing.by_transfer(customer, 15, by=STAFF)
            return
        wanted = "paid" if act == "refund" else "open"
        invoice = next((one for one in billing.invoices(customer) if one.status == wanted), None)
        if invoice is None:
            return
        if act == "refund":
            staff_billing.refund(customer, invoice.id, "20", "requested_by_customer", "Días sin servicio", by=STAFF)
        else:
            staff_billing.mark_paid(customer, invoice.id, f"Transferencia {invoice.number}", by=STAFF)

    def _look(self) -> None:
        """What a worker does by itself every few minutes."""
        reconciling.take_missed(now() - timedelta(days=2 * LOOK_EVERY), undelivered=False)
        dunning.climb()
        self._wait_for_jobs()

    def _wait_for_jobs(self) -> None:
        deadline = time.monotonic() + PATIENCE
        busy = select(Job.id).where(col(Job.status).in_([JobStatus.QUEUED.value, JobStatus.RUNNING.value]))
        while time.monotonic() < deadline:
            with database.reading() as session:
                if session.exec(busy.limit(1)).first() is None:
                    return
            time.sleep(0.03)

    def _control(self, what: str, **given: object) -> None:
        address = f"{settings().stripe_api_url.rstrip('/')}/_sandbox/{what}"
        self._http.post(address, json=given).raise_for_status()


def _price(code: str, interval: str) -> int:
    with database.reading() as session:
        return _price_in(session, code, interval)


def _price_in(session: Session, code: str, interval: str) -> int:
    query = select(Price.id).join(Plan, col(Plan.id) == Price.plan_id)
    found = session.exec(query.where(Plan.code == code, Price.interval == interval, col(Price.active).is_(True))).one()
    return found or 0


@contextlib.contextmanager
def _working(run: Worker) -> Iterator[None]:
    """A worker on a loop of its own, until the block ends."""
    stopping: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
    begun = threading.Event()

    async def work() -> None:
        stop = asyncio.Event()
        stopping.append((asyncio.get_running_loop(), stop))
        begun.set()
        await run(stop)

    thread = threading.Thread(target=lambda: asyncio.run(work()), name="worker")
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        loop, stop = stopping[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join()


def make(run: Worker, customers: int) -> None:
    """Makes the past of so many customers in the configured house; `run` is a worker, ended by its event."""
    past = Past()
    with database.transaction() as session:
        plans.install_default(session)
    publishing.publish()
    accounts.ensure_first_admin()
    with _working(run):
        past.live(LIVES[:customers])
    print(json.dumps({"done": True}), flush=True)  # noqa: T201 - read by the demo
