"""Talking to Stripe. The only importer of stripe: plain values go in and out, every error is one of ours.

Amounts in cents. Idempotency keys come from our rows, so that a try after a crash continues the first one.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

import stripe
import structlog

from domain import stripe_refusals
from domain import stripe_requests as requests
from domain import stripe_views as views
from domain.errors import AltaError, Conflict
from domain.models import Customer, Price, Subscription, Tenant
from domain.settings import settings
from domain.stripe_views import CardView, ChargeView, CheckoutView, InvoiceView, SubscriptionView

__all__ = ["BadSignature", "CardView", "ChargeView", "CheckoutView", "InvoiceView", "SubscriptionView"]

log = structlog.get_logger()
Event = dict[str, Any]

TOLERANCE = 300  # seconds between a delivery's signature and our clock, either way
CONNECT, READ, RETRY_WITHIN = 3.0, 8.0, 2.0  # seconds: the last retry begins early enough to end within about 10


class BadSignature(AltaError):
    """A delivery that Stripe did not sign, or too long ago. `reason`: signature, too_old, not_json."""

    code = "bad_signature"

    def __init__(self, reason: str) -> None:
        super().__init__("La entrega no lleva una firma válida de Stripe.")
        self.reason = reason


class _Patient(stripe.RequestsClient):
    """Retries only what failed early: a slow Stripe costs the caller about 10 s in all, not three times the limit."""

    _began = threading.local()

    def request_with_retries(self, *args: Any, **kwargs: Any) -> Any:
        self._began.at = time.monotonic()
        return super().request_with_retries(*args, **kwargs)

    def _should_retry(self, *args: Any, **kwargs: Any) -> bool:
        if time.monotonic() - self._began.at > RETRY_WITHIN:
            return False
        return bool(super()._should_retry(*args, **kwargs))


@lru_cache(maxsize=4)
def _client_for(key: str, url: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": url.rstrip("/")} if url else None,
        max_network_retries=2,
        http_client=_Patient(timeout=(CONNECT, READ)),
    )


def api() -> Any:
    """The vendor's services, for this file and `stripe_changes`."""
    # Any: the services are loaded by name at run time, and their typed parameters repeat what the tests check.
    return _client_for(settings().stripe_secret_key.get_secret_value(), settings().stripe_api_url).v1


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Every error of Stripe's becomes Unavailable, Conflict or Invalid; its request id goes to the log."""
    try:
        yield
    except stripe.StripeError as error:
        log.warning(
            "stripe.refused", what=what, kind=type(error).__name__, status=error.http_status, code=error.code,
            request_id=error.request_id, message=str(error.user_message or error)[:500],
        )  # fmt: skip
        raise stripe_refusals.ours(type(error).__name__, error.code, getattr(error, "param", None)) from error


def verify(payload: bytes, signature: str) -> Event:
    """The event of a delivery signed with any active secret within `TOLERANCE`. Raises BadSignature."""
    if not any(_signed(payload, signature, secret) for secret in settings().webhook_secrets):
        raise BadSignature("signature")
    # The vendor tolerates any date ahead; a clock that is wrong by hours is no better than an old delivery.
    if abs(time.time() - _timestamp(signature)) > TOLERANCE:
        raise BadSignature("too_old")
    try:
        event = json.loads(payload)
    except ValueError:
        raise BadSignature("not_json") from None
    if not isinstance(event, dict) or not isinstance(event.get("id"), str) or not isinstance(event.get("type"), str):
        raise BadSignature("not_json")
    return event


def _signed(payload: bytes, signature: str, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(payload, signature, secret, None))
    except (stripe.SignatureVerificationError, ValueError, TypeError):  # not UTF-8; a signature that is not ASCII
        return False


def _timestamp(signature: str) -> int:
    # As the vendor reads it: the first t= counts, and the one that was signed is the one that is dated.
    return int(next(part.split("=", 2)[1] for part in signature.split(",") if part.split("=", 2)[0] == "t"))


def create_customer(customer: Customer, order_id: int) -> str:
    """Stripe's customer for ours; the same one when asked again for the same order. Returns cus_…."""
    with asking("create_customer"):
        options = requests.key("customer", customer, order_id)
        return str(api().customers.create(requests.customer(customer), options).id)


def update_customer(customer: Customer) -> None:
    """Tells Stripe what our customer is called now, before the first payment."""
    with asking("update_customer"):
        api().customers.update(customer.stripe_customer_id, requests.customer(customer))


def add_tax_id(stripe_customer_id: str, kind: str, value: str) -> str:
    """Adds a tax id of Stripe's type `kind` (`es_cif`). Returns txi_…. Raises Invalid where Stripe refuses its form."""
    with asking("add_tax_id"):
        options = {"idempotency_key": f"alta-tax-{stripe_customer_id}-{kind}-{value}"}
        return str(api().customers.tax_ids.create(stripe_customer_id, {"type": kind, "value": value}, options).id)


def create_checkout(
    subscription: Subscription, customer: Customer, price: Price, tenant: Tenant, attempt: int, trial_days: int = 0
) -> CheckoutView:
    """A Checkout session for an order; the same one when the same `attempt` is made again. Open for 24 hours."""
    with asking("create_checkout"):
        params = requests.checkout(subscription, customer, price, tenant, trial_days)
        options = requests.key("checkout", subscription, attempt)
        return views.checkout(api().checkout.sessions.create(params, options).to_dict())


def retrieve_checkout(session_id: str) -> CheckoutView:
    """A session with the subscription it led to, as they are now."""
    with asking("retrieve_checkout"):
        found = api().checkout.sessions.retrieve(session_id, {"expand": ["subscription"]})
        return views.checkout(found.to_dict())


def find_checkout(stripe_subscription_id: str) -> CheckoutView | None:
    """The session that a subscription came from."""
    with asking("find_checkout"):
        params = {"subscription": stripe_subscription_id, "limit": 1, "expand": ["data.subscription"]}
        found = api().checkout.sessions.list(params).data
        return views.checkout(found[0].to_dict()) if found else None


def expire_checkout(session_id: str) -> CheckoutView:
    """Closes an open session. Raises Conflict when it is no longer open (paid, perhaps: look again)."""
    with asking("expire_checkout"):
        return views.checkout(api().checkout.sessions.expire(session_id).to_dict())


def retrieve_subscription(subscription_id: str, *, with_card: bool = False) -> SubscriptionView:
    """A subscription as it is now; `with_card` asks for the card that pays it and for its schedule too."""
    cards = ["default_payment_method", "customer.invoice_settings.default_payment_method", "schedule"]
    with asking("retrieve_subscription"):
        found = api().subscriptions.retrieve(subscription_id, {"expand": cards} if with_card else None)
        return views.subscription(found.to_dict())


def pages(what: str, path: str, params: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """A list of Stripe's, a hundred plain documents at a time, fetched as they are read."""
    key, url = settings().stripe_secret_key.get_secret_value(), settings().stripe_api_url
    while True:
        with asking(what):
            # As JSON: making the vendor's objects of them takes ten times as long as asking for them.
            found: dict[str, Any] = _client_for(key, url).raw_request("get", path, **params, limit=100).data
        if found["data"]:
            yield found["data"]
        if not found["data"] or not found["has_more"]:
            return
        params = {**params, "starting_after": found["data"][-1]["id"]}


def every_subscription() -> Iterator[list[SubscriptionView]]:
    """All subscriptions of the account, ended ones too, newest first, in pages that are fetched as they are read."""
    asked = {"status": "all", "expand": ["data.default_payment_method"]}
    for page in pages("every_subscription", "/v1/subscriptions", asked):
        yield [views.subscription(document) for document in page]


def cancel_at_period_end(subscription_id: str, wanted: bool, feedback: str = "", comment: str = "") -> SubscriptionView:
    """Ends the subscription with its period, or takes that back. Returns it as it is then.

    `feedback` is one of Stripe's words for why (`too_expensive`), `comment` the customer's own, at most 500 characters.
    """
    with asking("cancel_at_period_end"):
        changes: dict[str, Any] = {"cancel_at_period_end": wanted}
        if wanted and (feedback or comment):
            changes["cancellation_details"] = {"feedback": feedback, "comment": comment[:500]}
        if not wanted:
            now = api().subscriptions.retrieve(subscription_id)
            # A date that Stripe's portal has set is not taken back by the flag.
            changes = {"cancel_at": ""} if now.cancel_at and not now.cancel_at_period_end else changes
        return views.subscription(api().subscriptions.update(subscription_id, changes).to_dict())


def next_charge(stripe_customer_id: str, subscription_id: str) -> ChargeView | None:
    """What the next invoice will ask for; None when there will be none."""
    try:
        with asking("next_charge"):
            params = {"customer": stripe_customer_id, "subscription": subscription_id}
            invoice = api().invoices.create_preview(params)
            return ChargeView(int(invoice.amount_due), str(invoice.currency))
    except Conflict as error:
        if error.code == "invoice_upcoming_none":
            return None
        raise


def list_invoices(stripe_customer_id: str) -> list[InvoiceView]:
    """The customer's invoices that were issued, newest first, at most 100."""
    found = next(pages("list_invoices", "/v1/invoices", {"customer": stripe_customer_id}), [])
    return [view for view in map(views.invoice, found) if view.status != "draft"]


def portal_session(stripe_customer_id: str, return_url: str) -> str:
    """The address of Stripe's billing portal for this customer; it works once and soon ends."""
    with asking("portal_session"):
        params = {"customer": stripe_customer_id, "return_url": return_url, "locale": "es"}
        return str(api().billing_portal.sessions.create(params).url)


def events_since(since: datetime, *, undelivered: bool) -> Iterator[list[Event]]:
    """Events since a moment, newest first, a page of at most 100 at a time (Stripe keeps 30 days); with `undelivered`
    those that could not be delivered yet."""
    params: dict[str, Any] = {"created": {"gte": int(since.timestamp())}}
    if undelivered:
        params["delivery_success"] = False
    yield from pages("events_since", "/v1/events", params)


def dashboard_url(kind: str, identifier: str) -> str:
    """Where staff look at a thing in Stripe: `kind` as in its addresses (customers, subscriptions, events…)."""
    test = "" if settings().live_mode else "test/"
    return f"https://dashboard.stripe.com/{test}{kind}/{identifier}"


def check() -> None:
    """Does Stripe answer, and take our key? Raises Unavailable."""
    with asking("check"):
        api().products.list({"limit": 1})
