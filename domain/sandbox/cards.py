"""What the buyer types in the card form: checked as Stripe checks it, told in Stripe's Spanish words."""

from datetime import UTC, datetime

from domain.sandbox.objects.payments import Card

# Stripe's published test cards: number -> decline code; None pays.
TEST_CARDS: dict[str, str | None] = {
    "4242424242424242": None,
    "4000056655665556": None,
    "5555555555554444": None,
    "378282246310005": None,
    "4000000000000002": "generic_decline",
    "4000000000009995": "insufficient_funds",
    "4000000000000069": "expired_card",
    "4000000000000127": "incorrect_cvc",
}
# Can be saved, but every charge is refused.
_DECLINES_LATER = "4000000000000341"
# The bank wants to see the customer: once, or before every charge.
_ASKS = {"4000002500003155": "once", "4000002760003184": "always", "4000000000003220": "always"}
# Each charge is contested.
_DISPUTED = "4000000000000259"
_WORK = {_DECLINES_LATER, _DISPUTED, *_ASKS}

# Stripe's ready-made payment methods for tests, by the card that each stands for.
READY_MADE = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeCustomerFail": _DECLINES_LATER,
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_createDispute": _DISPUTED,
}

DECLINED = {
    "generic_decline": "Tu tarjeta ha sido rechazada.",
    "insufficient_funds": "Tu tarjeta no tiene fondos suficientes. Prueba con otra tarjeta.",
    "expired_card": "Tu tarjeta ha caducado. Prueba con otra tarjeta.",
    "incorrect_cvc": "El código de seguridad de tu tarjeta no es correcto.",
    "live_mode_test_card": (
        "Tu tarjeta ha sido rechazada. Esta página es de prueba y solo acepta tarjetas de prueba, "
        "como 4242 4242 4242 4242."
    ),
    "authentication_required": "Tu banco pide que confirmes este pago.",
    "payment_method_missing": "No hay ninguna tarjeta guardada.",
}


class CardProblems(Exception):
    """What is wrong with the form: field name (`number expiry cvc name`) -> sentence."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = problems


def read(number: str, expiry: str, cvc: str, holder: str, *, now: datetime | None = None) -> Card:
    """The card that was typed. Raises CardProblems with a sentence for each field that is wrong."""
    digits = "".join(c for c in number if c not in " -")
    month, year = _expiry(expiry)
    problems = {
        "number": _number_problem(digits),
        "expiry": _expiry_problem(month, year, now or datetime.now(UTC)),
        "cvc": _cvc_problem(cvc.strip(), brand(digits)),
        "name": "" if holder.strip() else "Escribe el nombre que figura en la tarjeta.",
    }
    if any(problems.values()):
        raise CardProblems({field: problem for field, problem in problems.items() if problem})
    return card(digits, month, year, holder.strip()[:200])


def card(digits: str, month: int, year: int, holder: str) -> Card:
    """The test card with this number; one that is none of Stripe's is refused at every charge."""
    return Card(
        brand=brand(digits),
        last4=digits[-4:],
        exp_month=month,
        exp_year=year,
        holder=holder,
        decline=TEST_CARDS.get(digits, None if digits in _WORK else "live_mode_test_card"),
        declines_later=digits == _DECLINES_LATER,
        asks=_ASKS.get(digits),
        disputed=digits == _DISPUTED,
    )


def last_year(moment: int) -> int:
    """Until when ready-made cards are good: four years from `moment` (seconds since 1970)."""
    return datetime.fromtimestamp(moment, UTC).year + 4


def brand(digits: str) -> str:
    """Stripe's word for the network, by the number's first digits."""
    if digits.startswith("4"):
        return "visa"
    if digits[:2] in {"34", "37"}:
        return "amex"
    if digits[:2].isdigit() and (51 <= int(digits[:2]) <= 55 or 22 <= int(digits[:2]) <= 27):
        return "mastercard"
    return "unknown"


def luhn(digits: str) -> bool:
    """Whether the number's check digit is right."""
    doubled = [int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _number_problem(digits: str) -> str:
    if not digits:
        return "Escribe el número de tu tarjeta."
    if not (digits.isascii() and digits.isdigit()):
        return "El número de tu tarjeta no es válido."
    if len(digits) < (15 if brand(digits) == "amex" else 16):
        return "El número de tu tarjeta está incompleto."
    return "" if len(digits) <= 19 and luhn(digits) else "El número de tu tarjeta no es válido."


def _expiry(text: str) -> tuple[int, int]:
    """Month and full year from `MM/YY`, `MM / YYYY` or `MMYY`; (0, 0) when it is neither."""
    digits = "".join(c for c in text if c not in " /-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in {4, 6}:
        return 0, 0
    year = int(digits[2:])
    return int(digits[:2]), year if year > 99 else 2000 + year


def _expiry_problem(month: int, year: int, now: datetime) -> str:
    if not 1 <= month <= 12:
        return "La fecha de caducidad de tu tarjeta está incompleta."
    if (year, month) < (now.year, now.month):
        return "La fecha de caducidad de tu tarjeta ya ha pasado."
    return "La fecha de caducidad de tu tarjeta no es válida." if year > now.year + 50 else ""


def _cvc_problem(cvc: str, network: str) -> str:
    well = cvc.isascii() and cvc.isdigit() and len(cvc) == (4 if network == "amex" else 3)
    return "" if well else "El código de seguridad de tu tarjeta está incompleto."
