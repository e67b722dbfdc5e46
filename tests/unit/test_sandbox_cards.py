"""The card form's checks."""

from datetime import UTC, datetime

import pytest

from domain.sandbox import cards

NOW = datetime(2026, 6, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "brand", "decline"),
    [
        ("4242 4242 4242 4242", "visa", None),
        ("4000-0000-0000-0002", "visa", "generic_decline"),
        ("4000000000009995", "visa", "insufficient_funds"),
        ("5555555555554444", "mastercard", None),
        ("4111111111111111", "visa", "live_mode_test_card"),
    ],
)
def test_test_cards_do_what_stripe_says(number: str, brand: str, decline: str | None) -> None:
    card = cards.read(number, "06/26", "123", " Ana ", now=NOW)
    assert (card.brand, card.decline, card.last4) == (brand, decline, number[-4:])
    assert (card.exp_month, card.exp_year, card.holder) == (6, 2026, "Ana")


def test_every_decline_has_a_sentence() -> None:
    assert {code for code in cards.TEST_CARDS.values() if code} <= set(cards.DECLINED)
    assert cards.DECLINED["generic_decline"] == "Tu tarjeta ha sido rechazada."


def test_american_express_has_fifteen_digits_and_a_longer_code() -> None:
    assert cards.read("378282246310005", "1230", "1234", "Ana", now=NOW).brand == "amex"
    with pytest.raises(cards.CardProblems) as raised:
        cards.read("378282246310005", "12/30", "123", "Ana", now=NOW)
    assert set(raised.value.problems) == {"cvc"}


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("number", ["", "4242", "4242424242424241", "4242 4242 4242 424x", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "42424242424242424242"]),
        ("expiry", ["", "05/26", "13/30", "0/30", "1/2/3", "12/2099"]),
        ("cvc", ["", "12", "1234", "12a"]),
        ("name", ["", "   "]),
    ],
)
def test_each_wrong_field_is_named_alone(field: str, values: list[str]) -> None:
    good = {"number": "4242424242424242", "expiry": "12/30", "cvc": "123", "name": "Ana"}
    for value in values:
        with pytest.raises(cards.CardProblems) as raised:
            cards.read(*{**good, field: value}.values(), now=NOW)
        assert set(raised.value.problems) == {field}, value
