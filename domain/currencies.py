"""What we sell in, and how Stripe counts it: amounts are integers of a currency's smallest unit."""

from decimal import Decimal, InvalidOperation, localcontext

# Stripe's lists (docs.stripe.com/currencies): amounts without decimals, and with three, of which the last must be 0.
_WHOLE = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_THREE = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])

# What a price may be in, in the order in which the catalogue shows them. The first is what others pay in.
SOLD_IN = ("USD", "EUR", "DOP", "MXN", "COP", "PEN", "ARS", "CLP", "UYU", "CRC", "PYG", "BOB", "GTQ", "HNL", "NIO")
MOST = 99_999_999  # Stripe's largest amount in the smallest unit


def decimals(currency: str) -> int:
    """How many digits of an amount stand behind the decimal mark, as Stripe counts."""
    code = currency.upper()
    return 0 if code in _WHOLE else 3 if code in _THREE else 2


def parse(typed: str, currency: str) -> int | None:
    """`59`, `59,90` or `1.250,00` as an amount in cents; None for what is no amount of this currency."""
    text = typed.strip().replace("\u00a0", "").replace(" ", "")
    mark = max(text.rfind(","), text.rfind("."))
    whole, part = (text[:mark], text[mark + 1 :]) if mark >= 0 else (text, "")
    if mark >= 0 and len(part) == 3 and decimals(currency) < 3:
        whole, part = text, ""  # 1.250 is a thousand and some
    digits = whole.replace(",", "").replace(".", "")
    if not digits.isascii() or not digits.isdigit() or (part and not (part.isascii() and part.isdigit())):
        return None
    if len(digits) > 15 or len(part) > decimals(currency):
        return None
    with localcontext():
        try:
            cents = int(Decimal(f"{digits}.{part or 0}").scaleb(decimals(currency)))
        except InvalidOperation:
            return None
    return cents if cents <= MOST else None


def written(cents: int, currency: str) -> str:
    """5990, "USD" -> "59,90": as `parse` reads it."""
    places = decimals(currency)
    return f"{Decimal(cents).scaleb(-places):.{places}f}".replace(".", ",")
