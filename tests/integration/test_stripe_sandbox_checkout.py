"""The pages of the stand-in: paid once, declined, expired, cancelled, resumed."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import stripe

from tests.integration.stripe_stand import BAD, GOOD, Shop, open_shop, page, until


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


def test_a_good_card_buys_and_the_buyer_comes_back_when_the_seller_has_answered(shop: Shop) -> None:
    seen: list[int] = []
    session = shop.session(subscription_data={"metadata": {"tenant": "1"}}, metadata={"order": "9"})
    shop.receiver.before = lambda: seen.append(time.monotonic_ns())
    answer = shop.pay(session)
    arrived = time.monotonic_ns()
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://alta.localhost/success?session_id={session.id}"
    assert "checkout.session.completed" in shop.receiver.types()
    assert max(seen) < arrived
    paid = shop.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription.latest_invoice.payments"]})
    subscription = paid.subscription
    assert isinstance(subscription, stripe.Subscription)
    invoice = subscription.latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    assert (paid.status, paid.payment_status, paid.client_reference_id, paid.url) == ("complete", "paid", "7", None)
    assert (subscription.status, subscription.metadata.to_dict()) == ("active", {"tenant": "1"})
    assert 28 * 86400 <= subscription["items"].data[0].current_period_end - time.time() <= 31 * 86400
    assert (invoice.status, invoice.amount_paid, invoice.currency) == ("paid", 2900, "eur")
    assert invoice.payments is not None
    assert [p.status for p in invoice.payments.data] == ["paid"]
    shop.v1.customers.retrieve(shop.customer.id)


def test_a_seller_that_does_not_answer_keeps_the_buyer_only_so_long() -> None:
    with open_shop(patience=0.6) as shop:
        shop.sandbox.faults(pause=True)
        started = time.monotonic()
        assert shop.pay(shop.session()).status_code == 303
        assert 0.6 <= time.monotonic() - started < 5


def test_a_declined_card_buys_nothing_and_another_one_does(shop: Shop) -> None:
    session = shop.session()
    refused = shop.pay(session, BAD)
    assert refused.status_code == 402
    assert "Tu tarjeta ha sido rechazada." in refused.text
    assert shop.v1.subscriptions.list({"status": "all"}).data == []
    assert shop.pay(session).status_code == 303
    [intent] = shop.v1.payment_intents.list().data
    assert intent.status == "succeeded"
    assert [c.status for c in shop.v1.charges.list().data] == ["succeeded", "failed"]


def test_a_double_click_pays_once(shop: Shop) -> None:
    session = shop.session()
    shop.sandbox.faults(delay_ms=300)
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: shop.pay(session), range(5)))
    assert {a.status_code for a in answers} == {303}
    assert len(shop.v1.subscriptions.list().data) == len(shop.v1.charges.list().data) == 1


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("number", "4242 4242 4242 4241", "El número de tu tarjeta no es válido."),
        ("number", "4242", "El número de tu tarjeta está incompleto."),
        ("number", "4111 1111 1111 1111", "solo acepta tarjetas de prueba"),
        ("expiry", "01/20", "ya ha pasado"),
        ("expiry", "13/40", "incompleta"),
        ("cvc", "12", "incompleto"),
        ("name", " ", "Escribe el nombre"),
    ],
)
def test_a_wrong_field_is_told_beside_it(shop: Shop, field: str, value: str, sentence: str) -> None:
    answer = shop.pay(shop.session(), {**GOOD, field: value})
    assert answer.status_code in {402, 422}
    assert sentence in answer.text
    assert 'value="4' not in answer.text


def test_an_expired_session_says_so_and_tells_by_event(shop: Shop) -> None:
    session = shop.session()
    shop.sandbox.advance(25 * 3600)
    assert shop.v1.checkout.sessions.retrieve(session.id).status == "expired"
    until(lambda: "checkout.session.expired" in shop.receiver.types())
    shown = httpx.get(page(session), trust_env=False)
    assert shown.status_code == 410
    assert "ha caducado" in shown.text
    assert shop.pay(session).status_code == 410
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.checkout.sessions.expire(session.id)


def test_a_paid_page_says_so_and_leads_on(shop: Shop) -> None:
    session = shop.session()
    shop.pay(session)
    shown = httpx.get(page(session), trust_env=False)
    assert "Ya has pagado" in shown.text
    assert f"http://alta.localhost/success?session_id={session.id}" in shown.text


def test_the_page_shows_what_is_bought_escaped_and_the_way_back(shop: Shop) -> None:
    shop.v1.customers.update(shop.customer.id, {"email": "<script>@b.es"})
    shown = httpx.get(page(shop.session()), trust_env=False).text
    for text in ("29,00", "al mes", "Alta Pro", 'href="http://alta.localhost/signup"', "&lt;script&gt;@b.es"):
        assert text in shown
    assert "<script>@" not in shown


def test_a_session_without_a_customer_asks_for_the_email_and_makes_one(shop: Shop) -> None:
    session = shop.session(customer=None)
    assert 'name="email"' in httpx.get(page(session), trust_env=False).text
    assert shop.pay(session).status_code == 422
    assert shop.pay(session, {**GOOD, "email": "luis@b.es"}).status_code == 303
    bought = shop.v1.checkout.sessions.retrieve(session.id, {"expand": ["customer"]})
    assert bought.customer.email == "luis@b.es"  # type: ignore[union-attr]


def test_a_trial_costs_nothing_today_and_renews_with_the_card(shop: Shop) -> None:
    session = shop.session(subscription_data={"trial_period_days": 14})
    assert "14 días gratis" in httpx.get(page(session), trust_env=False).text
    shop.pay(session)
    bought = shop.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription"]})
    subscription = bought.subscription
    assert isinstance(subscription, stripe.Subscription)
    assert (bought.payment_status, bought.amount_total, subscription.status) == ("no_payment_required", 0, "trialing")
    shop.sandbox.advance(15 * 86400)
    assert shop.v1.subscriptions.retrieve(subscription.id).status == "active"
    assert [i.amount_paid for i in shop.v1.invoices.list().data] == [2900, 0]


def test_a_cancellation_by_date_comes_on_its_day_or_is_taken_back(shop: Shop) -> None:
    subscription = shop.subscribe()
    update = shop.v1.subscriptions.update
    leaving = update(subscription.id, {"cancel_at": int(time.time()) + 5 * 86400})
    assert (leaving.cancel_at_period_end, leaving.cancel_at is None) == (False, False)
    assert update(subscription.id, {"cancel_at": ""}).cancel_at is None
    with pytest.raises(stripe.InvalidRequestError):
        update(subscription.id, {"cancel_at": 1})
    update(subscription.id, {"cancel_at": int(time.time()) + 5 * 86400})
    shop.sandbox.advance(6 * 86400)
    assert shop.v1.subscriptions.retrieve(subscription.id).status == "canceled"
    assert len(shop.v1.invoices.list().data) == 1


def test_the_invoice_has_a_page_and_a_pdf(shop: Shop) -> None:
    shop.v1.customers.tax_ids.create(shop.customer.id, {"type": "es_cif", "value": "B12345674"})
    shop.subscribe()
    [invoice] = shop.v1.invoices.list({"customer": shop.customer.id}).data
    assert invoice.hosted_invoice_url
    assert invoice.invoice_pdf
    assert "pagada" in httpx.get(invoice.hosted_invoice_url, trust_env=False).text
    pdf = httpx.get(invoice.invoice_pdf, trust_env=False)
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-1.4")
    assert pdf.content.rstrip().endswith(b"%%EOF")
    for text in ("FACTURA", "29,00 \u20ac".replace(" ", "\u00a0"), "B12345674", "Panadería Ana"):
        assert text.encode("cp1252") in pdf.content


def test_the_portal_cancels_resumes_and_changes_the_card(shop: Shop) -> None:
    subscription = shop.subscribe()
    portal = shop.v1.billing_portal.sessions.create(
        {"customer": shop.customer.id, "return_url": "http://alta.localhost/tenant/portal"}
    )
    assert "imita a Stripe" in httpx.get(portal.url, trust_env=False).text
    form = f"{portal.url}/subscriptions/{subscription.id}"
    httpx.post(form, data={"wanted": "cancel"}, trust_env=False)
    leaving = shop.v1.subscriptions.retrieve(subscription.id)
    assert leaving.cancel_at_period_end
    assert leaving.cancel_at == subscription["items"].data[0].current_period_end
    assert "Se cancela el" in httpx.get(portal.url, trust_env=False).text
    httpx.post(form, data={"wanted": "resume"}, trust_env=False)
    assert not shop.v1.subscriptions.retrieve(subscription.id).cancel_at_period_end
    assert httpx.post(f"{portal.url}/card", data=BAD, trust_env=False).status_code == 402
    mastercard = {**GOOD, "number": "5555 5555 5555 4444"}
    assert httpx.post(f"{portal.url}/card", data=mastercard, trust_env=False).status_code == 303
    now = shop.v1.subscriptions.retrieve(subscription.id, {"expand": ["default_payment_method"]})
    assert now.default_payment_method.card.brand == "mastercard"  # type: ignore[union-attr]


def test_cancelled_at_the_periods_end_it_ends_then_and_has_no_next_invoice(shop: Shop) -> None:
    subscription = shop.subscribe()
    assert shop.v1.invoices.create_preview({"subscription": subscription.id}).amount_due == 2900
    shop.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    with pytest.raises(stripe.InvalidRequestError) as raised:
        shop.v1.invoices.create_preview({"subscription": subscription.id})
    assert raised.value.code == "invoice_upcoming_none"
    shop.sandbox.advance(32 * 86400)
    assert shop.v1.subscriptions.retrieve(subscription.id).status == "canceled"
    until(lambda: "customer.subscription.deleted" in shop.receiver.types())
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": False})
