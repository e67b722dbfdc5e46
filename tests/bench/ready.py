"""How long from Stripe's signed webhook to the tenant's login page, beside what cannot be beaten: a bare clone of the
same template and its first page, measured in between, one for one."""

import contextlib
import queue
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from sqlalchemy import create_engine, text
from sqlmodel import select

from domain import database, embedded
from domain.models import Job, JobStep, Tenant
from tests.bench.stage import percentile, whole_house
from ui.demo import House

TEMPLATE = "odoo19_template"
CARD = {"number": "4242 4242 4242 4242", "expiry": "12 / 39", "cvc": "123", "name": "Marta Díaz"}
LIMIT = 60.0  # seconds for one order


@dataclass(frozen=True)
class Delivery:
    """One webhook as Stripe sent it, not yet seen by the product."""

    body: bytes
    signature: str


class Wire:
    """Stands between Stripe and the product: takes deliveries, so that the bench decides when they arrive."""

    def __init__(self) -> None:
        self.taken: queue.Queue[Delivery] = queue.Queue()
        taken = self.taken

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                taken.put(Delivery(body, self.headers["Stripe-Signature"]))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()

    def next(self) -> tuple[Delivery, list[Delivery]]:
        """The delivery that completes a checkout, and those that came with it."""
        others: list[Delivery] = []
        while True:
            delivery = self.taken.get(timeout=LIMIT)
            if b'"checkout.session.completed"' in delivery.body:
                return delivery, others
            others.append(delivery)


def run(orders: int = 30) -> dict[str, Any]:
    """Times in milliseconds: {node, orders, p50, p99, raw_p50, ratio, steps: {name: p50}}."""
    with whole_house() as house, _wire(house) as wire, httpx.Client(timeout=LIMIT) as web:
        _one_order(house, wire, web, 0)  # the first pays for what every process does once
        _raw(house, web)
        ready, raw = [], []
        for number in range(1, orders + 1):
            ready.append(_one_order(house, wire, web, number))
            raw.append(_raw(house, web))
        steps = _steps()
    p50, raw_p50 = percentile(ready, 0.5), percentile(raw, 0.5)
    return {
        "node": "stand-in",
        "orders": orders,
        "p50": p50,
        "p99": percentile(ready, 0.99),
        "raw_p50": raw_p50,
        "ratio": p50 / raw_p50,
        "steps": steps,
    }


@contextlib.contextmanager
def _wire(house: House) -> Iterator[Wire]:
    wire = Wire()
    config = f"{house.environment['STRIPE_API_URL']}/_sandbox/config"
    httpx.post(config, json={"webhook_url": wire.url}, timeout=10).raise_for_status()
    try:
        yield wire
    finally:
        wire.close()


def _one_order(house: House, wire: Wire, web: httpx.Client, number: int) -> float:
    """Orders and pays, then hands over the webhook; milliseconds from there to the login page."""
    name = f"banco-{number}-{uuid.uuid4().hex[:6]}"
    order = {
        "company": f"Banco {number}", "full_name": "Marta Díaz", "email": f"{name}@sol.do", "subdomain": name,
        "plan": "pyme", "interval": "month", "country": "DO", "tax_id": None, "accept_terms": True,
    }  # fmt: skip
    placed = web.post(f"{house.web}/api/checkout", json=order)
    placed.raise_for_status()
    paid = web.post(placed.json()["checkout_url"], data=CARD)
    if paid.status_code != httpx.codes.SEE_OTHER:
        raise RuntimeError(f"the payment page answered {paid.status_code}")
    completed, others = wire.next()
    began = time.perf_counter()
    _deliver(house, web, completed)
    trailing = threading.Thread(target=_deliver, args=(house, web, *others))
    trailing.start()
    _until_served(house, web, name)
    took = (time.perf_counter() - began) * 1000
    trailing.join()
    return took


def _deliver(house: House, web: httpx.Client, *deliveries: Delivery) -> None:
    for delivery in deliveries:
        headers = {"Stripe-Signature": delivery.signature, "Content-Type": "application/json"}
        web.post(f"{house.web}/webhook/stripe", content=delivery.body, headers=headers).raise_for_status()


def _until_served(house: House, web: httpx.Client, name: str) -> None:
    address = f"{house.environment['NODE_HTTP_URL']}/web/login"
    host = {"Host": f"{name}.localhost"}
    deadline = time.monotonic() + LIMIT
    while web.get(address, headers=host).status_code != httpx.codes.OK:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name} was not served in {LIMIT:.0f} s")
        time.sleep(0.005)


def _raw(house: House, web: httpx.Client) -> float:
    """Milliseconds of `create database … template …` and the first page, with nothing around it."""
    name = f"bruto-{uuid.uuid4().hex[:8]}"
    admin = embedded.with_database(database.url(), "postgres").replace("postgresql://", "postgresql+psycopg2://", 1)
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        began = time.perf_counter()
        connection.execute(text(f'create database "{name}" template "{TEMPLATE}" owner odoo'))
        connection.execute(text(f'comment on database "{name}" is \'{{"alta": {{"state": "ready", "job": "0"}}}}\''))
        _until_served(house, web, name)
        took = (time.perf_counter() - began) * 1000
    engine.dispose()
    return took


def _steps() -> dict[str, float]:
    """Median milliseconds of each step, with what comes before the first: `queue`, and `contact` with the node."""
    spans: dict[str, list[float]] = {}
    with database.reading() as session:
        for job in session.exec(select(Job).where(Job.kind == "create_tenant")).all():
            tenant = session.get_one(Tenant, job.tenant_id)
            rows = sorted(session.exec(select(JobStep).where(JobStep.job_id == job.id)), key=lambda row: row.position)
            marks = [("queue", job.created_at, job.started_at), ("contact", job.started_at, rows[0].started_at)]
            marks += [(row.name, row.started_at, row.finished_at) for row in rows]
            marks.append(("in_all", tenant.requested_at, tenant.ready_at))
            for name, begin, finish in marks:
                if begin is not None and finish is not None:
                    spans.setdefault(name, []).append((finish - begin).total_seconds() * 1000)
    return {name: percentile(values, 0.5) for name, values in spans.items()}
