"""The data on a customer's invoices: ours and Stripe's the same, and only what the country takes."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from domain import database, fiscal
from domain.errors import Invalid, NotFound
from domain.fiscal import Fiscal
from domain.models import Customer
from domain.settings import settings
from domain.stripe_accounts import Address
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import Till


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with stand.open_till(monkeypatch) as opened:
        yield opened


def test_they_are_written_to_both_and_the_next_invoice_bears_them(till: Till) -> None:
    order = till.active()
    stripe_customer = str(till.stripe_subscription(order).customer)
    wanted = Fiscal("Sol, S.A.S.", "900.373.115-3", "CO", Address("Calle 10 # 5-51", "Bogotá", "110111"))
    fiscal.save(order.customer_id, wanted, by="marta")
    there = till.v1.customers.retrieve(stripe_customer).to_dict()
    assert (there["name"], there["address"]["city"], there["address"]["country"]) == ("Sol, S.A.S.", "Bogotá", "CO")
    first = [one.value for one in till.v1.customers.tax_ids.list(stripe_customer).data]
    assert len(first) == 1
    assert fiscal.read(order.customer_id) == replace(wanted, tax_id=first[0])
    fiscal.save(order.customer_id, wanted, by="marta")
    assert [one.value for one in till.v1.customers.tax_ids.list(stripe_customer).data] == first
    till.sandbox.advance(32 * 86_400)
    newest = till.v1.invoices.list({"limit": 1}).data[0].to_dict()
    assert newest["customer_name"] == "Sol, S.A.S."
    assert newest["customer_address"]["line1"] == "Calle 10 # 5-51"
    fiscal.save(order.customer_id, replace(wanted, tax_id="", address=Address()), by="marta")
    assert till.v1.customers.tax_ids.list(stripe_customer).data == []
    with database.reading() as session:
        assert session.get_one(Customer, order.customer_id).tax_id is None


def test_what_the_country_does_not_take_is_refused_field_by_field(till: Till) -> None:
    order = till.active()
    bad = Fiscal("x", "900373115-9", "CO", Address("a" * 300, "b\nc", "d\0"))
    with pytest.raises(Invalid) as caught:
        fiscal.save(order.customer_id, bad, by="marta")
    assert {one.field for one in caught.value.problems} == {"company", "tax_id", "street", "city", "postal_code"}
    assert till.v1.customers.retrieve(str(till.stripe_subscription(order).customer)).name == "acme"
    with pytest.raises(NotFound):
        fiscal.read(999_999)


def test_who_pays_the_vat_follows_the_tax_id(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order = till.active()
    stripe_customer = str(till.stripe_subscription(order).customer)
    with database.transaction() as session:
        session.get_one(Customer, order.customer_id).country = "FR"
    monkeypatch.setenv("OPERATOR_COUNTRY", "ES")
    settings.cache_clear()
    for tax_id, said in (("FR40303265045", "reverse"), ("", "none")):
        fiscal.save(order.customer_id, Fiscal("Soleil", tax_id, "FR", Address()), by="marta")
        assert till.v1.customers.retrieve(stripe_customer).tax_exempt == said
