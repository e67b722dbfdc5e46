"""What taxes mean for what Stripe is asked: rates by country, Stripe Tax, reverse charge within the EU."""

from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from domain import stripe_requests
from domain.models import Customer, Price, Subscription, Tenant
from domain.settings import Settings, settings


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


def customer(country: str, tax_id: str | None) -> Customer:
    return Customer(id=1, company="Sol", full_name="Marta", email="a@b.do", country=country, tax_id=tax_id)


def checkout(country: str, trial_days: int = 0) -> stripe_requests.Parameters:
    order = Subscription(id=1, customer_id=1, tenant_id=1, price_id=1)
    price = Price(
        plan_id=1, currency="USD", interval="month", amount_cents=1, lookup_key="k", stripe_price_id="price_1"
    )
    tenant = Tenant(id=1, customer_id=1, subdomain="sol")
    return stripe_requests.checkout(order, customer(country, None), price, tenant, trial_days)


@pytest.mark.parametrize(
    ("ours", "theirs", "tax_id", "reverse"),
    [
        ("ES", "FR", "FR40303265045", True),
        ("ES", "FR", None, False),
        ("ES", "ES", "B58378431", False),
        ("ES", "DO", "131246796", False),
        ("DO", "ES", "B58378431", False),
        ("", "ES", "B58378431", False),
    ],
)
def test_businesses_of_other_member_states_pay_the_vat_themselves(
    monkeypatch: pytest.MonkeyPatch, ours: str, theirs: str, tax_id: str | None, reverse: bool
) -> None:
    monkeypatch.setenv("OPERATOR_COUNTRY", ours)
    assert stripe_requests.reverse_charged(customer(theirs, tax_id)) is reverse
    assert stripe_requests.customer(customer(theirs, tax_id))["tax_exempt"] == ("reverse" if reverse else "none")


def test_rates_go_by_the_customers_country_unless_stripe_reckons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAX_RATES", "DO=txr_itbis,ES=txr_iva+txr_re")
    assert checkout("DO")["subscription_data"]["default_tax_rates"] == ["txr_itbis"]
    assert checkout("ES")["subscription_data"]["default_tax_rates"] == ["txr_iva", "txr_re"]
    assert "default_tax_rates" not in checkout("MX")["subscription_data"]
    monkeypatch.setenv("STRIPE_TAX", "true")
    settings.cache_clear()
    assert checkout("DO")["automatic_tax"] == {"enabled": True}
    assert "default_tax_rates" not in checkout("DO")["subscription_data"]


def test_codes_and_trials_are_asked_for_where_there_are_such(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checkout("DO")["allow_promotion_codes"] is True
    assert checkout("DO", 14)["subscription_data"]["trial_period_days"] == 14
    monkeypatch.setenv("PROMOTION_CODES", "false")
    settings.cache_clear()
    assert "allow_promotion_codes" not in checkout("DO")


@pytest.mark.parametrize("given", ["DO", "DO=", "DOM=txr_1", "DO=iva", "DO=txr_1;ES=txr_2"])
def test_rates_that_look_wrong_stop_the_start(given: str) -> None:
    with pytest.raises(ValidationError):
        Settings(tax_rates=given)


@pytest.mark.parametrize("given", ["EUR", "eur=1", "EUR=", "EUR=-1", "EUR=1,2"])
def test_exchange_rates_that_look_wrong_stop_the_start(given: str) -> None:
    with pytest.raises(ValidationError):
        Settings(exchange_rates=given)
