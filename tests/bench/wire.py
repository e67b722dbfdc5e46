"""Between Stripe and the product: orders that are paid, and webhooks that arrive when the bench wants."""

import contextlib
import queue
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from tests.bench.yards import LIMIT, PREFIX
from ui.demo import House

CARD = {"number": "4242 4242 4242 4242", "expiry": "12 / 39", "cvc": "123", "name": "Marta Díaz"}


@dataclass(frozen=True)
class Delivery:
    """One webhook as Stripe sent it, not yet seen by the product."""

    body: bytes
    signature: str


class Wire:
    """Takes Stripe's deliveries, so that the bench decides when they arrive."""

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


@contextlib.contextmanager
def wire(house: House) -> Iterator[Wire]:
    """Stripe delivers to the wire as long as the block lasts."""
    taken = Wire()
    config = f"{house.environment['STRIPE_API_URL']}/_sandbox/config"
    httpx.post(config, json={"webhook_url": taken.url}, timeout=10).raise_for_status()
    try:
        yield taken
    finally:
        taken.close()


def order(house: House, web: httpx.Client, number: int) -> str:
    """Orders a tenant and pays for it; returns its name. Raises RuntimeError where Stripe's page does not take it."""
    name = f"{PREFIX}{number}-{uuid.uuid4().hex[:6]}"
    form = {
        "company": f"Banco {number}", "full_name": "Marta Díaz", "email": f"{name}@sol.do", "subdomain": name,
        "plan": "pyme", "interval": "month", "country": "DO", "tax_id": None, "accept_terms": True,
    }  # fmt: skip
    placed = web.post(f"{house.web}/api/checkout", json=form)
    placed.raise_for_status()
    paid = web.post(placed.json()["checkout_url"], data=CARD)
    if paid.status_code != httpx.codes.SEE_OTHER:
        raise RuntimeError(f"the payment page answered {paid.status_code}")
    return name


def deliver(house: House, web: httpx.Client, *deliveries: Delivery) -> None:
    """Hands webhooks to the product."""
    for delivery in deliveries:
        headers = {"Stripe-Signature": delivery.signature, "Content-Type": "application/json"}
        web.post(f"{house.web}/webhook/stripe", content=delivery.body, headers=headers).raise_for_status()
