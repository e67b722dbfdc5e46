"""The manners of the stand-in's API: keys, errors, idempotency, cursors, expansion, faults."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import stripe

from tests.integration.stripe_stand import BAD, KEY, Shop, client, open_shop, until


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


def _post(shop: Shop, path: str, data: dict[str, str], **headers: str) -> httpx.Response:
    return httpx.post(
        f"{shop.sandbox.url}{path}",
        data=data,
        headers={"Authorization": f"Bearer {KEY}", **{k.replace("_", "-"): v for k, v in headers.items()}},
        trust_env=False,
    )


def test_a_wrong_key_is_told_so_without_repeating_it(shop: Shop) -> None:
    other = stripe.StripeClient("sk_test_0123456789abcdef", base_addresses={"api": shop.sandbox.url})
    with pytest.raises(stripe.AuthenticationError) as raised:
        other.v1.customers.list()
    assert raised.value.http_status == 401
    assert "0123456789ab" not in str(raised.value)


def test_what_it_does_not_do_is_said_and_not_guessed(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="does not do this") as raised:
        shop.v1.quotes.list()
    assert raised.value.http_status == 404
    with pytest.raises(stripe.InvalidRequestError) as raised:
        shop.session(automatic_tax={"enabled": True})
    assert raised.value.param == "automatic_tax[enabled]"


def test_errors_name_the_code_and_the_parameter(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as missing:
        shop.v1.products.create({})  # type: ignore[typeddict-item]
    assert (missing.value.code, missing.value.param) == ("parameter_missing", "name")
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        shop.v1.customers.create({"colour": "red"})  # type: ignore[arg-type]
    assert (unknown.value.code, unknown.value.param) == ("parameter_unknown", "colour")
    with pytest.raises(stripe.InvalidRequestError) as nothing:
        shop.v1.customers.retrieve("cus_nobody")
    assert (nothing.value.code, nothing.value.http_status) == ("resource_missing", 404)
    assert nothing.value.request_id
    with pytest.raises(stripe.InvalidRequestError) as integer:
        _ = shop.v1.prices.list({"limit": "many"})  # type: ignore[arg-type]
    assert integer.value.code == "parameter_invalid_integer"


def test_the_same_key_and_parameters_answer_the_same_once(shop: Shop) -> None:
    before = len(list(shop.v1.customers.list().data))
    first = _post(shop, "/v1/customers", {"email": "a@b.es"}, Idempotency_Key="order-1")
    again = _post(shop, "/v1/customers", {"email": "a@b.es"}, Idempotency_Key="order-1")
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert len(shop.v1.customers.list().data) == before + 1


def test_the_same_key_with_other_parameters_is_refused(shop: Shop) -> None:
    shop.v1.customers.create({"email": "a@b.es"}, {"idempotency_key": "order-1"})
    with pytest.raises(stripe.IdempotencyError) as raised:
        shop.v1.customers.create({"email": "other@b.es"}, {"idempotency_key": "order-1"})
    assert raised.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError):
        shop.v1.products.create({"name": "a@b.es"}, {"idempotency_key": "order-1"})


def test_a_key_in_flight_is_refused_and_the_sdk_comes_back_for_the_answer(shop: Shop) -> None:
    shop.sandbox.faults(api_latency_ms=400)
    with ThreadPoolExecutor(4) as pool:
        bare = [pool.submit(_post, shop, "/v1/customers", {"name": "A"}, Idempotency_Key="k") for _ in range(3)]
        statuses = sorted(future.result().status_code for future in bare)
    assert statuses == [200, 409, 409]
    shop.sandbox.faults(reset=True)
    made = shop.v1.customers.create({"name": "A"}, {"idempotency_key": "k"})
    assert [c.id for c in shop.v1.customers.list({"limit": 1}).data] == [made.id]


def test_a_refused_parameter_does_not_spend_the_key(shop: Shop) -> None:
    assert _post(shop, "/v1/customers", {"colour": "red"}, Idempotency_Key="k").status_code == 400
    assert _post(shop, "/v1/customers", {"name": "Ana"}, Idempotency_Key="k").status_code == 200


def test_an_answer_lost_on_the_way_does_not_make_two(shop: Shop) -> None:
    before = len(shop.v1.customers.list().data)
    shop.sandbox.faults(api_down="lost")
    with pytest.raises(stripe.APIConnectionError):
        client(shop.sandbox.url, retries=1).v1.customers.create({"name": "A"}, {"idempotency_key": "k"})
    shop.sandbox.faults(reset=True)
    shop.v1.customers.create({"name": "A"}, {"idempotency_key": "k"})
    assert len(shop.v1.customers.list().data) == before + 1


def test_a_dropped_call_did_nothing_and_a_500_says_so(shop: Shop) -> None:
    impatient = client(shop.sandbox.url, retries=0)
    before = len(shop.v1.customers.list().data)
    shop.sandbox.faults(api_down="drop")
    with pytest.raises(stripe.APIConnectionError):
        impatient.v1.customers.create({"name": "A"})
    shop.sandbox.faults(api_down="500")
    with pytest.raises(stripe.APIError) as raised:
        impatient.v1.customers.create({"name": "A"})
    assert raised.value.http_status == 500
    shop.sandbox.faults(reset=True)
    assert len(shop.v1.customers.list().data) == before


def test_pages_follow_each_other_in_both_directions(shop: Shop) -> None:
    for number in range(7):
        shop.v1.customers.create({"name": f"C{number}"})
    every = [c.name for c in shop.v1.customers.list({"limit": 3}).auto_paging_iter()]
    assert every == [f"C{n}" for n in range(6, -1, -1)] + ["Panadería Ana"]
    first = shop.v1.customers.list({"limit": 3})
    second = shop.v1.customers.list({"limit": 3, "starting_after": first.data[-1].id})
    back = shop.v1.customers.list({"limit": 3, "ending_before": second.data[0].id})
    assert first.has_more
    assert [c.id for c in back.data] == [c.id for c in first.data]
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.customers.list({"starting_after": "cus_nobody"})
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.customers.list({"limit": 101})


def test_prices_are_found_by_lookup_key_and_the_key_moves(shop: Shop) -> None:
    found = shop.v1.prices.list({"lookup_keys": ["pro_month", "other"], "active": True, "expand": ["data.product"]})
    assert [p.id for p in found.data] == [shop.price.id]
    assert found.data[0].product.name == "Alta Pro"  # type: ignore[union-attr]
    dearer = {
        "product": str(shop.price.product), "currency": "eur", "unit_amount": 3900, "lookup_key": "pro_month",
        "recurring": {"interval": "month"},
    }  # fmt: skip
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        shop.v1.prices.create(dearer)  # type: ignore[arg-type]
    moved = shop.v1.prices.create({**dearer, "transfer_lookup_key": True})  # type: ignore[typeddict-item]
    assert [p.id for p in shop.v1.prices.list({"lookup_keys": ["pro_month"]}).data] == [moved.id]


def _metadata(customer: stripe.Customer) -> dict[str, str]:
    assert customer.metadata is not None
    return customer.metadata.to_dict()


def test_a_product_under_an_identifier_of_ours_is_made_once_and_expands(shop: Shop) -> None:
    shop.v1.products.create({"id": "alta_pro", "name": "Pro"})
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        shop.v1.products.create({"id": "alta_pro", "name": "Pro"})
    price = shop.v1.prices.create(
        {"product": "alta_pro", "currency": "eur", "unit_amount": 1, "expand": ["product"], "lookup_key": "x"}
    )
    assert price.product.name == "Pro"  # type: ignore[union-attr]


def test_metadata_is_merged_and_cleared(shop: Shop) -> None:
    customers, identifier = shop.v1.customers, shop.customer.id
    customers.update(identifier, {"metadata": {"a": "1", "0": "zero"}})
    assert _metadata(customers.update(identifier, {"metadata": {"a": "", "b": "2"}})) == {"0": "zero", "b": "2"}
    assert _metadata(customers.update(identifier, {"metadata": ""})) == {}


def test_what_cannot_be_expanded_is_refused(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        shop.v1.customers.retrieve(shop.customer.id, {"expand": ["email"]})
    with pytest.raises(stripe.InvalidRequestError, match="more than 4 levels"):
        shop.v1.customers.retrieve(shop.customer.id, {"expand": ["a.b.c.d.e"]})


def test_events_are_found_by_type_and_know_their_request(shop: Shop) -> None:
    shop.v1.customers.update(shop.customer.id, {"name": "Otra"}, {"idempotency_key": "rename"})
    events = shop.v1.events
    [event] = events.list({"type": "customer.updated"}).data
    assert event.data.previous_attributes is not None
    assert event.data.previous_attributes.to_dict() == {"name": "Panadería Ana"}
    assert event.request is not None
    assert event.request.idempotency_key == "rename"
    assert {e.type for e in events.list({"types": ["price.created", "product.created"]}).data} == {
        "price.created",
        "product.created",
    }
    assert {e.type for e in events.list({"type": "product.*"}).data} == {"product.created"}
    assert events.list({"created": {"lt": event.created - 3600}}).data == []
    until(lambda: not events.list({"delivery_success": False}).data)


def test_paying_an_open_invoice_with_a_bad_card_is_a_card_error_that_stays_on_record(shop: Shop) -> None:
    subscription = shop.subscribe({**BAD, "number": "4000 0000 0000 0341"}, subscription_data={"trial_period_days": 7})
    shop.sandbox.advance(8 * 86400)
    late = shop.v1.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
    assert late.status == "past_due"
    invoice = str(late.latest_invoice.id)  # type: ignore[union-attr]
    with pytest.raises(stripe.CardError) as raised:
        shop.v1.invoices.pay(invoice)
    assert raised.value.code == "card_declined"
    assert shop.v1.invoices.retrieve(invoice).attempt_count == 2
    answer = httpx.post(f"{shop.sandbox.url}/i/{invoice}", data={**BAD, "number": "4242424242424242"}, trust_env=False)
    assert answer.status_code == 303
    assert shop.v1.subscriptions.retrieve(subscription.id).status == "active"
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        shop.v1.invoices.pay(invoice)


def test_a_name_that_is_not_loopbacks_is_not_answered(shop: Shop) -> None:
    answer = httpx.post(
        f"{shop.sandbox.url}/_sandbox/faults", json={}, headers={"Host": "evil.example"}, trust_env=False
    )
    assert answer.status_code == 400
