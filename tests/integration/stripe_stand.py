"""What the tests of the stand-in share: a receiver of webhooks, the real SDK, a small shop."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import stripe

from domain.sandbox.server import StripeSandbox

KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"
SECRETS = ["whsec_pruebas_una_0123456789", "whsec_pruebas_dos_0123456789"]
GOOD = {"number": "4242 4242 4242 4242", "expiry": "12/40", "cvc": "123", "name": "Ana Ruiz"}
BAD = {**GOOD, "number": "4000 0000 0000 0002"}


class Receiver:
    """A webhook endpoint that verifies each delivery with the SDK. `answers` are the next statuses, then 200."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.headers: list[str] = []
        self.bodies: list[bytes] = []
        self.answers: list[int] = []
        self.before: Callable[[], None] = lambda: None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.take(body, self.headers["Stripe-Signature"]))
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Silence: the tests look at what was received."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 256
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhook/stripe"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, body: bytes, signature: str) -> int:
        """Verify with every secret and note the event; the status to answer."""
        for secret in SECRETS:
            stripe.WebhookSignature.verify_header(body.decode(), signature, secret, 300)
        self.before()
        self.headers.append(signature)
        self.bodies.append(body)
        self.received.append(json.loads(body))
        return self.answers.pop(0) if self.answers else 200

    def types(self) -> list[str]:
        """The types received, in order."""
        return [event["type"] for event in self.received]

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class Shop:
    """A running stand-in with a client, a receiver, a customer and a price."""

    def __init__(self, sandbox: StripeSandbox, receiver: Receiver) -> None:
        self.sandbox, self.receiver = sandbox, receiver
        self.client = client(sandbox.url)
        self.v1 = self.client.v1
        self.customer = self.v1.customers.create({"email": "ana@panaderia.es", "name": "Panadería Ana"})
        product = self.v1.products.create({"name": "Alta Pro"})
        self.price = self.v1.prices.create(
            {
                "product": product.id,
                "currency": "eur",
                "unit_amount": 2900,
                "recurring": {"interval": "month"},
                "lookup_key": "pro_month",
            }
        )

    def session(self, **more: Any) -> stripe.checkout.Session:
        """An open checkout session of the customer for the price."""
        given: Any = {
            "mode": "subscription",
            "customer": self.customer.id,
            "client_reference_id": "7",
            "line_items": [{"price": self.price.id, "quantity": 1}],
            "success_url": "http://alta.localhost/success?session_id={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://alta.localhost/signup",
            **more,
        }
        return self.v1.checkout.sessions.create({k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]

    def pay(self, session: stripe.checkout.Session, card: dict[str, str] | None = None) -> httpx.Response:
        """What the page answers when the form is sent."""
        return httpx.post(page(session), data=GOOD if card is None else card, trust_env=False, timeout=30)

    def subscribe(self, card: dict[str, str] | None = None, **more: Any) -> stripe.Subscription:
        """A paid session's subscription."""
        session = self.session(**more)
        assert self.pay(session, card).status_code == 303
        bought = self.v1.checkout.sessions.retrieve(session.id).subscription
        return self.v1.subscriptions.retrieve(str(bought))

    def subscribe_without_waiting(self) -> None:
        """Pay a session by a buyer who closes the browser at once."""
        session = self.session()
        with contextlib.suppress(httpx.ReadTimeout):
            httpx.post(page(session), data=GOOD, trust_env=False, timeout=0.3)
        until(lambda: self.v1.checkout.sessions.retrieve(session.id).status == "complete")


def page(session: stripe.checkout.Session) -> str:
    """The address of an open session's page."""
    assert session.url
    return session.url


def client(url: str, retries: int = 2) -> stripe.StripeClient:
    """The real SDK, pointed at the stand-in."""
    return stripe.StripeClient(KEY, base_addresses={"api": url}, max_network_retries=retries)


@contextmanager
def open_shop(patience: float = 10.0) -> Iterator[Shop]:
    """A stand-in in a thread, its events going to a receiver."""
    receiver = Receiver()
    sandbox = StripeSandbox(KEY, receiver.url, SECRETS, patience=patience).start()
    try:
        yield Shop(sandbox, receiver)
    finally:
        sandbox.stop()
        receiver.close()


def until(holds: Callable[[], Any], seconds: float = 30) -> Any:
    """Poll until `holds()` is true; its value. Raises AssertionError when it takes too long."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return found
