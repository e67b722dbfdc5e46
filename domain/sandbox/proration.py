"""What a change in the middle of a period costs: the old price's unused time back, the new one's remaining time on top.

By the second and to the cent, as Stripe documents it (https://docs.stripe.com/billing/subscriptions/prorations).
"""

from dataclasses import dataclass
from fractions import Fraction

from domain.sandbox import ids, totals
from domain.sandbox.ledger import Ledger
from domain.sandbox.objects import invoiceitems
from domain.sandbox.store import Document


@dataclass(frozen=True)
class Shift:
    """An item before and after a change; None: it was not there, or is there no more."""

    before: Document | None
    after: Document | None


def items(
    ledger: Ledger,
    subscription: Document,
    shifts: list[Shift],
    moment: int,
    *,
    credits_only: bool,
    percent_off: Fraction,
) -> list[Document]:
    """Waiting invoice items for a change at `moment`, kept. `credits_only`: a new period begins, which is billed whole.

    `percent_off`: what of each amount the subscription's discounts take (0 to 1), so that a credit is never more than
    was paid.
    """
    customer, found = ledger.find("customer", subscription["customer"]), []
    for shift in shifts:
        if shift.before:
            found.append(_part(ledger, customer, shift.before, moment, -1, percent_off))
        if shift.after and not credits_only:
            found.append(_part(ledger, customer, shift.after, moment, 1, percent_off))
    for item in found:
        ledger.save("invoiceitem", item)
        ledger.emit("invoiceitem.created", item)
    return found


def _part(
    ledger: Ledger, customer: Document, item: Document, moment: int, sign: int, percent_off: Fraction
) -> Document:
    price, start, end = item["price"], item["current_period_start"], item["current_period_end"]
    whole = Fraction(price["unit_amount"] * item["quantity"]) * (1 - percent_off)
    amount = sign * totals.rounded(whole * Fraction(end - moment, end - start))
    name = ledger.find("product", price["product"])["name"]
    words = "Tiempo no usado de" if sign < 0 else "Tiempo restante de"
    made = invoiceitems.invoiceitem(
        ids.new("ii"), moment, customer, amount, price["currency"], f"{words} {item['quantity']} × {name}"
    )
    return invoiceitems.proration(made, end, item["subscription"], item["id"], price)
