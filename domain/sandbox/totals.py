"""What an invoice comes to: discounts, taxes, the customer's balance. Whole cents, each rounded half up on its line."""

from fractions import Fraction
from math import floor

from domain.sandbox.store import Document


def rounded(amount: Fraction) -> int:
    """To whole cents, halves away from zero."""
    return floor(amount + Fraction(1, 2)) if amount >= 0 else -floor(-amount + Fraction(1, 2))


def percent(amount: int, percentage: float) -> Fraction:
    """So many hundredths of an amount, exactly."""
    return Fraction(amount) * Fraction(str(percentage)) / 100


def discount(lines: list[Document], applied: Document, coupon: Document) -> int:
    """Take one coupon off the lines that may have it, written on each as `discount_amounts`; what it took in all."""
    open_to_it = [line for line in lines if line["discountable"] and _left(line) > 0]
    if coupon["percent_off"] is not None:
        shares = [rounded(percent(_left(line), coupon["percent_off"])) for line in open_to_it]
    else:
        whole = sum(_left(line) for line in open_to_it)
        shares = _spread(min(coupon["amount_off"], whole), [_left(line) for line in open_to_it])
    for line, share in zip(open_to_it, shares, strict=True):
        line["discount_amounts"].append({"amount": share, "discount": applied["id"]})
    return sum(shares)


def _left(line: Document) -> int:
    """What a line still asks for once its discounts are off."""
    return int(line["amount"]) - sum(int(taken["amount"]) for taken in line["discount_amounts"])


def _spread(amount: int, weights: list[int]) -> list[int]:
    """An amount over weights, in whole cents that add up to it: the last one takes what rounding left."""
    whole = sum(weights)
    shares = [rounded(Fraction(amount * weight, whole)) for weight in weights[:-1]]
    return [*shares, amount - sum(shares)] if weights else []


_EXEMPT = {"exempt": "customer_exempt", "reverse": "reverse_charge"}


def tax(lines: list[Document], rate: Document, exempt: str) -> None:
    """Add one rate to each line's `taxes`. `exempt` is the customer's `tax_exempt`: exempt and reverse pay none."""
    for line in lines:
        base, inclusive = Fraction(_left(line)), rate["inclusive"]
        if inclusive:
            base = base / (1 + Fraction(str(rate["percentage"])) / 100)
        amount = 0 if exempt in _EXEMPT else rounded(base * Fraction(str(rate["percentage"])) / 100)
        line["taxes"].append(
            {
                "amount": amount,
                "tax_behavior": "inclusive" if inclusive else "exclusive",
                "tax_rate_details": {"tax_rate": rate["id"]},
                "taxability_reason": _EXEMPT.get(exempt, "standard_rated"),
                "taxable_amount": rounded(base),
                "type": "tax_rate_details",
            }
        )


def write(invoice: Document, balance: int) -> None:
    """The sums of an invoice's lines, written into it. `balance`: the customer's, negative for a credit of theirs."""
    lines = invoice["lines"]["data"]
    subtotal = sum(line["amount"] for line in lines)
    discounts, taxes = _by_discount(lines), _by_rate(lines)
    off = sum(entry["amount"] for entry in discounts)
    added = sum(entry["amount"] for entry in taxes if entry["tax_behavior"] == "exclusive")
    inside = sum(entry["amount"] for entry in taxes if entry["tax_behavior"] == "inclusive")
    total = subtotal - off + added
    due = max(total + balance, 0)
    invoice.update(
        subtotal=subtotal,
        subtotal_excluding_tax=subtotal - inside,
        total=total,
        total_excluding_tax=total - added - inside,
        total_discount_amounts=discounts,
        total_taxes=taxes,
        starting_balance=balance,
        amount_due=due,
        amount_remaining=due,
    )


def balance_after(invoice: Document) -> int:
    """The customer's balance once the invoice is final: a negative total is kept for them, a credit is used up."""
    return min(int(invoice["starting_balance"]) + int(invoice["total"]), 0)


def _by_discount(lines: list[Document]) -> list[Document]:
    sums: dict[str, int] = {}
    for line in lines:
        for taken in line["discount_amounts"]:
            sums[taken["discount"]] = sums.get(taken["discount"], 0) + taken["amount"]
    return [{"amount": amount, "discount": name} for name, amount in sums.items()]


def _by_rate(lines: list[Document]) -> list[Document]:
    sums: dict[str, Document] = {}
    for line in lines:
        for entry in line["taxes"]:
            rate = entry["tax_rate_details"]["tax_rate"]
            kept = sums.setdefault(rate, {**entry, "amount": 0, "taxable_amount": 0})
            kept["amount"] += entry["amount"]
            kept["taxable_amount"] += entry["taxable_amount"]
    return list(sums.values())
