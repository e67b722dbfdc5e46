"""Placing orders with the real SDK against the stand-in: once, again, changed, with Stripe away, expired, paid."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import col, select, update

from domain import billing, database, order_form, signup
from domain.errors import Conflict, Invalid, Taken, Unavailable
from domain.models import Customer, Price, Subscription, Tenant
from domain.models.base import now
from domain.sandbox.server import StripeSandbox
from tests.integration.signup_stand import form, holders, open_counter, order, pay, rows
from tests.integration.stripe_stand import client


@pytest.fixture
def stripe(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeSandbox]:
    """The stand-in, with the catalogue published."""
    with open_counter(monkeypatch) as sandbox:
        yield sandbox


def test_an_order_is_three_rows_and_one_page(stripe: StripeSandbox) -> None:
    placed = signup.place(form(), "k1")
    (customer,), (tenant,), (row,) = rows(Customer), rows(Tenant), rows(Subscription)
    assert (customer.company, customer.tax_id, customer.country) == ("Panadería Sol, S.R.L.", "131246796", "DO")
    assert (tenant.subdomain, tenant.language, tenant.currency) == ("panaderia-sol", "es_DO", "DOP")
    assert (row.status, row.order_key, row.checkout_attempt) == ("pending", "k1", 1)
    assert placed.customer_id == customer.id
    assert placed.checkout_session_id == row.checkout_session_id
    assert placed.expires_at > now()
    v1 = client(stripe.url).v1
    page = v1.checkout.sessions.retrieve(placed.checkout_session_id)
    assert page.client_reference_id == str(customer.id)
    assert page.success_url == "http://alta.localhost/success?session_id={CHECKOUT_SESSION_ID}"
    assert page.cancel_url == "http://alta.localhost/signup?cancelado=1"
    assert page.amount_total == 5_900
    bought = v1.customers.retrieve(str(customer.stripe_customer_id), {"expand": ["tax_ids"]})
    assert bought.tax_ids
    assert [(each.type, each.value) for each in bought.tax_ids.data] == [("do_rcn", "131246796")]


def test_the_same_key_gives_the_same_answer(stripe: StripeSandbox) -> None:
    first = signup.place(form(), "api:a:k1")
    assert signup.place(form(company=" Panadería Sol, S.R.L. ", subdomain="Panaderia SOL"), "api:a:k1") == first
    assert len(rows(Subscription)) == len(rows(Tenant)) == len(rows(Customer)) == 1


def test_a_clients_key_with_other_data_is_refused(stripe: StripeSandbox) -> None:
    first = signup.place(form(), "api:a:k1")
    with pytest.raises(Conflict) as refused:
        signup.place(form(subdomain="otra"), "api:a:k1")
    assert refused.value.code == "idempotency_key_reused"
    assert holders("otra") == []
    assert signup.place(form(), "api:a:k1") == first


def test_a_bad_form_leaves_nothing(stripe: StripeSandbox) -> None:
    with pytest.raises(Invalid) as refused:
        signup.place(form(email="x", accept_terms=False), "k1")
    assert [fault.field for fault in refused.value.problems] == ["email", "accept_terms"]
    assert rows(Customer) == []


def test_a_taken_name_is_refused_with_proposals_and_leaves_nothing(stripe: StripeSandbox) -> None:
    signup.place(form(), "k1")
    with pytest.raises(Taken) as refused:
        signup.place(form(email="otra@x.do"), "k2")
    assert refused.value.proposals == ["panaderia-sol-rd", "panaderiasol", "sol-panaderia"]
    assert len(rows(Customer)) == len(rows(Subscription)) == 1


@pytest.mark.parametrize("fault", ["500", "drop", "lost"])
def test_stripe_away_is_said_and_a_second_try_continues_the_same_order(stripe: StripeSandbox, fault: str) -> None:
    stripe.faults(api_down=fault)
    with pytest.raises(Unavailable) as said:
        signup.place(form(), "k1")
    assert "Stripe" in said.value.message
    (before,) = rows(Subscription)
    assert before.checkout_session_id is None
    assert signup.availability("panaderia-sol").state == "taken"
    stripe.faults(reset=True)
    placed = signup.place(form(), "k1")
    assert order(placed).id == before.id
    assert len(rows(Customer)) == len(rows(Tenant)) == 1
    v1 = client(stripe.url).v1
    assert len(v1.customers.list().data) == 1  # `lost` made one that we never heard of, and it was found again
    assert len([page for page in v1.checkout.sessions.list().data if page.status == "open"]) == 1


def test_a_form_that_was_mended_while_stripe_was_away_goes_through(stripe: StripeSandbox) -> None:
    stripe.faults(api_down="lost")
    with pytest.raises(Unavailable):
        signup.place(form(), "k1")
    stripe.faults(reset=True)
    placed = signup.place(form(company="Panadería Luna", subdomain="panaderia-luna"), "k1")
    (row,) = rows(Subscription)
    assert (row.checkout_attempt, row.checkout_session_id) == (2, placed.checkout_session_id)
    assert holders("panaderia-sol") == []
    assert len(holders("panaderia-luna")) == 1


def test_a_visitor_changes_their_mind_on_the_way_back(stripe: StripeSandbox) -> None:
    first = signup.place(form(), "k1")
    second = signup.place(form(subdomain="sol-pan", plan="empresa", interval="year", company="Sol y Pan"), "k1")
    (row,), (tenant,), (customer,) = rows(Subscription), rows(Tenant), rows(Customer)
    assert (tenant.subdomain, customer.company) == ("sol-pan", "Sol y Pan")
    assert (row.checkout_attempt, row.checkout_session_id) == (2, second.checkout_session_id)
    v1 = client(stripe.url).v1
    assert v1.checkout.sessions.retrieve(first.checkout_session_id).status == "expired"
    assert v1.checkout.sessions.retrieve(second.checkout_session_id).amount_total == 149_000
    assert v1.customers.retrieve(str(customer.stripe_customer_id)).name == "Sol y Pan"
    assert signup.availability("panaderia-sol").state == "free"


def test_a_changed_tax_id_is_the_only_one_at_stripe(stripe: StripeSandbox) -> None:
    signup.place(form(), "k1")
    signup.place(form(country="ES", tax_id="B64717838"), "k1")
    (customer,) = rows(Customer)
    found = client(stripe.url).v1.customers.retrieve(str(customer.stripe_customer_id), {"expand": ["tax_ids"]})
    assert found.tax_ids
    assert [(each.type, each.value) for each in found.tax_ids.data] == [("es_cif", "B64717838")]


def test_a_change_to_a_taken_name_keeps_the_page_that_is_open(stripe: StripeSandbox) -> None:
    signup.place(form(subdomain="otra", email="x@y.do"), "k2")
    first = signup.place(form(), "k1")
    with pytest.raises(Taken):
        signup.place(form(subdomain="otra"), "k1")
    assert len(holders("panaderia-sol")) == 1
    assert signup.place(form(), "k1") == first


def test_paid_meanwhile_is_said_and_heard(stripe: StripeSandbox) -> None:
    placed = signup.place(form(), "k1")
    pay(placed)
    for again in (form(), form(subdomain="otra")):
        with pytest.raises(signup.AlreadyPaid) as said:
            signup.place(again, "k1")
        assert said.value.code == "already_paid"
        assert said.value.success_url == f"http://alta.localhost/success?session_id={placed.checkout_session_id}"
    assert order(placed).activated_at is not None
    assert holders("otra") == []


def test_an_expired_page_frees_the_name_and_the_same_key_begins_anew(stripe: StripeSandbox) -> None:
    first = signup.place(form(), "k1")
    stripe.advance(25 * 3600)
    billing.look_again(first.checkout_session_id)
    assert holders("panaderia-sol") == []
    assert signup.progress(first.checkout_session_id).state == "expired"
    second = signup.place(form(), "k1")
    assert second.checkout_session_id != first.checkout_session_id
    assert len(rows(Subscription)) == len(rows(Tenant)) == 1
    assert len(holders("panaderia-sol")) == 1


def test_an_expired_page_whose_name_went_to_another_is_taken(stripe: StripeSandbox) -> None:
    first = signup.place(form(), "k1")
    stripe.advance(25 * 3600)
    billing.look_again(first.checkout_session_id)
    signup.place(form(email="otra@x.do"), "k2")
    with pytest.raises(Taken):
        signup.place(form(), "k1")


def _is_late() -> None:
    with database.transaction() as session:
        session.execute(update(Subscription).values(checkout_expires_at=now() - timedelta(minutes=1)))


def test_names_without_an_event_are_freed_only_when_stripe_says_that_nobody_paid(stripe: StripeSandbox) -> None:
    lost = signup.place(form(), "k1")
    paid = signup.place(form(subdomain="pagada"), "k2")
    still = signup.place(form(subdomain="abierta"), "k3")
    stripe.faults(api_down="500")
    with pytest.raises(Unavailable):
        signup.place(form(subdomain="sin-pagina"), "k4")
    assert signup.expire_reservations() == 0
    _is_late()
    assert signup.expire_reservations() <= 1  # Stripe is away: nothing that has a page is given away
    assert len(holders("panaderia-sol")) == len(holders("pagada")) == 1
    stripe.faults(reset=True)
    pay(paid)
    client(stripe.url).v1.checkout.sessions.expire(lost.checkout_session_id)
    signup.expire_reservations()
    assert holders("sin-pagina") == holders("panaderia-sol") == []
    assert len(holders("pagada")) == 1
    assert order(paid).activated_at is not None
    assert len(holders("abierta")) == 1
    assert signup.place(form(subdomain="abierta"), "k3") == signup.place(form(subdomain="abierta"), "k3")
    assert order(still).status == "pending"


def test_a_paid_name_is_never_released(stripe: StripeSandbox) -> None:
    placed = signup.place(form(), "k1")
    pay(placed)
    billing.look_again(placed.checkout_session_id)
    with database.transaction() as session:
        assert signup.release(session, order(placed)) is False
    assert len(holders("panaderia-sol")) == 1


def test_a_catalogue_that_stripe_does_not_know_yet_is_published_on_the_way(stripe: StripeSandbox) -> None:
    with database.transaction() as session:
        session.execute(update(Price).values(stripe_price_id=None))
    signup.place(form(), "k1")
    with database.reading() as session:
        assert session.exec(select(Price).where(col(Price.stripe_price_id).is_(None))).all() == []


def test_the_name_is_yours_while_your_form_holds_it(stripe: StripeSandbox) -> None:
    signup.save_draft("v1", {"company": "Sol", "order_key": "k1"})
    placed = signup.place(form(), "k1")
    assert signup.availability("panaderia-sol", visitor="v1").state == "yours"
    assert signup.availability("panaderia-sol", visitor="v2").state == "taken"
    assert signup.load_draft("v1")["company"] == "Sol"
    pay(placed)
    billing.look_again(placed.checkout_session_id)
    assert signup.load_draft("v1") == {}


def test_currency_and_language_are_the_countrys_unless_said_otherwise(stripe: StripeSandbox) -> None:
    signup.place(form(), "api:one")
    signup.place(form(subdomain="otra", currency="usd", language="en_US"), "api:two")
    made = [(tenant.currency, tenant.language) for tenant in rows(Tenant)]
    assert made == [("DOP", "es_DO"), ("USD", "en_US")]
    found = signup.problems(form(currency="XXX", language="es_AR"))
    assert [problem.field for problem in found] == ["currency", "language"]
    plain = order_form.clean(form())
    assert order_form.fingerprint(plain) != order_form.fingerprint(plain.model_copy(update={"currency": "EUR"}))
