"""Coupons put to work: who may have one, for how long, and what has run out."""

from domain.sandbox import ids
from domain.sandbox.errors import Refused
from domain.sandbox.ledger import Ledger
from domain.sandbox.objects import discounts
from domain.sandbox.objects.subscriptions import period_end
from domain.sandbox.store import Document


def coupon_of(
    ledger: Ledger, entry: Document, customer: str, amount: int, currency: str
) -> tuple[Document, str | None]:
    """The coupon of a `discounts[]` entry (`coupon` or `promotion_code`) and the code's id. Raises Refused where the
    customer may not have it: run out, used up, for another, for a first purchase only, for more than `amount`."""
    code = (
        ledger.find("promotion_code", entry["promotion_code"], "promotion_code") if "promotion_code" in entry else None
    )
    coupon = ledger.find("coupon", code["promotion"]["coupon"] if code else entry["coupon"], "coupon")
    if code:
        _check_code(ledger, code, customer, amount)
    _check_coupon(ledger, coupon, currency)
    return coupon, code["id"] if code else None


def _check_coupon(ledger: Ledger, coupon: Document, currency: str) -> None:
    over = coupon["redeem_by"] is not None and coupon["redeem_by"] <= ledger.now()
    used_up = coupon["max_redemptions"] is not None and coupon["times_redeemed"] >= coupon["max_redemptions"]
    if over or used_up or not coupon["valid"]:
        raise Refused(f"Coupon {coupon['id']} is expired.", code="coupon_expired", param="discounts")
    if coupon["amount_off"] is not None and coupon["currency"] != currency:
        raise Refused(f"Coupon {coupon['id']} is in {coupon['currency']}, not {currency}.", param="discounts")


def _check_code(ledger: Ledger, code: Document, customer: str, amount: int) -> None:
    over = code["expires_at"] is not None and code["expires_at"] <= ledger.now()
    used_up = code["max_redemptions"] is not None and code["times_redeemed"] >= code["max_redemptions"]
    if over or used_up or not code["active"]:
        raise Refused("This promotion code is expired.", code="promotion_code_expired", param="discounts")
    if code["customer"] not in {None, customer}:
        raise Refused(
            "This promotion code cannot be used by this customer.",
            code="promotion_code_customer_mismatch",
            param="discounts",
        )
    rules = code["restrictions"]
    if rules["first_time_transaction"] and _has_paid(ledger, customer):
        raise Refused(
            "This promotion code cannot be redeemed because the associated customer has prior transactions.",
            code="promotion_code_customer_not_first_time",
            param="discounts",
        )
    if rules["minimum_amount"] is not None and amount < rules["minimum_amount"]:
        raise Refused(
            "This promotion code needs a larger amount.",
            code="promotion_code_minimum_amount_not_met",
            param="discounts",
        )


def _has_paid(ledger: Ledger, customer: str) -> bool:
    found = ledger.store.newest_first("invoice", customer)
    return any(i["customer"] == customer and i["status"] == "paid" and i["total"] > 0 for i in found)


def give(ledger: Ledger, subscription: Document, coupon: Document, code: str | None) -> str:
    """Put a coupon to work on a subscription; the discount's id. One redemption is counted."""
    now, end = ledger.now(), None
    if coupon["duration"] == "repeating":
        end = period_end(now, "month", coupon["duration_in_months"])
    made = discounts.discount(ids.new("di"), now, end, coupon["id"], subscription=subscription, code=code)
    ledger.save("discount", made)
    _count(ledger, "coupon", coupon["id"])
    if code:
        _count(ledger, "promotion_code", code)
    ledger.emit("customer.discount.created", made)
    return str(made["id"])


def _count(ledger: Ledger, kind: str, identifier: str) -> None:
    document = ledger.find(kind, identifier)
    ledger.save(kind, {**document, "times_redeemed": document["times_redeemed"] + 1})


def at_work(ledger: Ledger, subscription: Document) -> list[tuple[Document, Document]]:
    """The subscription's discounts that count now, each with its coupon."""
    found = [ledger.find("discount", name) for name in subscription["discounts"]]
    now = ledger.now()
    return [(d, ledger.find("coupon", d["source"]["coupon"])) for d in found if d["end"] is None or d["end"] > now]


def left_after_invoice(ledger: Ledger, subscription: Document) -> list[str]:
    """The discounts that stay once an invoice for a whole period was made: those for one invoice have served."""
    return [d["id"] for d, coupon in at_work(ledger, subscription) if coupon["duration"] != "once"]
