"""The walk over a Stripe account with many subscriptions, of which some differ: time, requests, and the least that any
walk must do (reading the whole list, page by page) in the same run. The stand-in has no network's delay: requests say
what it would cost at Stripe.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from domain import billing, database, embedded, reconciling, schema, stripe_gateway
from domain.sandbox import ids
from domain.sandbox.server import StripeSandbox
from domain.settings import settings
from tests.bench import fill
from tests.bench.stage import percentile
from tests.conftest import SECRETS
from tests.integration.stripe_stand import client
from ui.pages.tenant.invoices import invoices_html

INVOICES = 100_000  # of one customer
DIFFER = 100  # one in so many says something else than our row
_NAMED = text(
    "update subscription set stripe_subscription_id = 'sub_' || md5(id::text), stripe_status = 'active', "
    "status = 'active', activated_at = created_at, cancel_at_period_end = false, past_due_since = null, "
    "current_period_end = to_timestamp(:end), price_id = :price"
)


def run(subscriptions: int = 10_000) -> dict[str, Any]:
    """Times in ms; `requests` that Stripe got, `a_second` at most while it healed; `ratio` to the bare list."""
    with _account(subscriptions) as (sandbox, asked):
        began = time.perf_counter()
        pages = sum(1 for _ in stripe_gateway.every_subscription())
        bare = time.perf_counter() - began
        asked.clear()
        began = time.perf_counter()
        first = reconciling.walk(reconciling.begin(by="bench"))
        healing = time.perf_counter() - began
        requests, busiest = len(asked), _busiest(asked)
        asked.clear()
        began = time.perf_counter()
        second = reconciling.walk(reconciling.begin(by="bench"))
        still = time.perf_counter() - began
        second_requests = len(asked)
        shown = _invoices(sandbox)
    return {
        "subscriptions": subscriptions, "pages": pages, "bare_list": bare * 1000,
        "healing": {"took": healing * 1000, "different": first.different, "healed": first.healed,
                    "requests": requests, "a_second": busiest},
        "nothing_to_heal": {"took": still * 1000, "different": second.different, "requests": second_requests,
                            "ratio": still / bare},
        "portal_invoices": {"at_stripe": INVOICES, "p95": shown},
    }  # fmt: skip


def _invoices(sandbox: StripeSandbox) -> float:
    """p95, in ms, of the portal's table for a customer with INVOICES of them: asked of Stripe and written as HTML."""
    store = sandbox._store
    document = next(store.newest_first("invoice"))
    with database.reading() as session:
        number, name = session.execute(text("select id, stripe_customer_id from customer order by id limit 1")).one()
    for each in range(INVOICES):
        store.put("invoice", {**document, "id": f"in_{each:06}", "customer": name})
    times = []
    for _ in range(20):
        began = time.perf_counter()
        invoices_html(billing.invoices(number), "DO")
        times.append((time.perf_counter() - began) * 1000)
    return percentile(times, 0.95)


def _busiest(moments: list[float]) -> int:
    """The most requests within any one second."""
    most, first = 0, 0
    for last, moment in enumerate(moments):
        while moment - moments[first] > 1:
            first += 1
        most = max(most, last - first + 1)
    return most


@contextmanager
def _account(subscriptions: int) -> Iterator[tuple[StripeSandbox, list[float]]]:
    """Our rows and Stripe's documents; yields the stand-in and the moments of the requests as they are made."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        sandbox = StripeSandbox(SECRETS["STRIPE_SECRET_KEY"]).start()
        asked: list[float] = []
        ask: Callable[..., Any] = stripe_gateway._Patient.request_with_retries
        try:
            with embedded.server(Path(directory) / "pg") as url:
                os.environ.update(SECRETS | {"DATABASE_URL": url, "STRIPE_API_URL": sandbox.url})
                settings.cache_clear()
                schema.migrate(url)
                database.configure(url)
                fill.business(subscriptions)
                _copy_to_stripe(sandbox, subscriptions)

                def counted(*args: Any, **kwargs: Any) -> Any:
                    asked.append(time.monotonic())
                    return ask(*args, **kwargs)

                stripe_gateway._Patient.request_with_retries = counted  # type: ignore[method-assign]
                yield sandbox, asked
        finally:
            stripe_gateway._Patient.request_with_retries = ask  # type: ignore[method-assign]
            database.dispose()
            sandbox.stop()


def _copy_to_stripe(sandbox: StripeSandbox, subscriptions: int) -> None:
    """One subscription made for real; the others are copies of it under the ids that our rows name."""
    v1 = client(sandbox.url).v1
    customer = v1.customers.create({"email": "a@b.do"})
    method = v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    product = v1.products.create({"name": "Pyme"})
    price = v1.prices.create(
        {"product": product.id, "currency": "usd", "unit_amount": 2900, "recurring": {"interval": "month"}}
    )
    made = v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}], "default_payment_method": method.id}
    )
    end = made["items"].data[0].current_period_end
    with database.transaction() as session:
        session.execute(text("update price set stripe_price_id = :there where id = 1"), {"there": price.id})
        session.execute(_NAMED, {"end": end, "price": 1})
        names = [
            str(name) for name in session.execute(text("select stripe_subscription_id from subscription")).scalars()
        ]
    store = sandbox._store
    document = store.get("subscription", made.id)
    assert document
    assert ids.kind(made.id) == "subscription"
    for number, name in enumerate(names[:subscriptions]):
        store.put("subscription", {**document, "id": name, "cancel_at_period_end": number % DIFFER == 0})
