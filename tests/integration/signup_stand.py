"""What the tests of signing up share: a catalogue, a stand-in for Stripe, and buyers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlmodel import SQLModel, col, select

from domain import database, plans, publishing, signup
from domain.models import Subscription, Tenant
from domain.sandbox.server import StripeSandbox
from domain.settings import settings
from tests.integration.stripe_stand import GOOD, KEY

GOOD_FORM: dict[str, Any] = {
    "company": "Panadería Sol, S.R.L.",
    "full_name": "Marta Núñez",
    "email": "marta@panaderiasol.do",
    "subdomain": "panaderia-sol",
    "plan": "pyme",
    "interval": "month",
    "country": "DO",
    "tax_id": "1-31-24679-6",
    "accept_terms": True,
}


def form(**changes: Any) -> signup.OrderForm:
    """A good order, with changes."""
    return signup.OrderForm(**{**GOOD_FORM, **changes})


@contextmanager
def open_counter(monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeSandbox]:
    """The catalogue on sale and published at a stand-in in a thread; `configured` must be in use."""
    sandbox = StripeSandbox(KEY).start()
    monkeypatch.setenv("STRIPE_API_URL", sandbox.url)
    monkeypatch.setenv("APP_URL", "http://alta.localhost")
    settings.cache_clear()
    try:
        with database.transaction() as session:
            plans.install_default(session)
        publishing.publish()
        yield sandbox
    finally:
        sandbox.stop()


def pay(placed: signup.Placed) -> None:
    """The buyer pays on Stripe's page; nobody tells us."""
    answer = httpx.post(placed.checkout_url, data=GOOD, trust_env=False, timeout=30)
    assert answer.status_code == 303, answer.text


def rows(model: type[SQLModel]) -> list[Any]:
    """Every row of a table, by id."""
    with database.reading() as session:
        return list(session.exec(select(model).order_by(col(model.id))).all())  # type: ignore[attr-defined]


def order(placed: signup.Placed) -> Subscription:
    """The order whose page this is."""
    with database.reading() as session:
        return session.exec(
            select(Subscription).where(Subscription.checkout_session_id == placed.checkout_session_id)
        ).one()


def holders(subdomain: str) -> list[Tenant]:
    """Who holds a name now."""
    with database.reading() as session:
        held = select(Tenant).where(Tenant.subdomain == subdomain, col(Tenant.released_at).is_(None))
        return list(session.exec(held).all())
