"""/v1/coupons, /v1/promotion_codes and /v1/tax_rates."""

import secrets
import string
from typing import Any, Literal

from pydantic import Field

from domain.sandbox import ids
from domain.sandbox.api.call import Call, Route
from domain.sandbox.api.customers import within
from domain.sandbox.cursors import page
from domain.sandbox.errors import Refused
from domain.sandbox.objects import discounts
from domain.sandbox.params import Page, Params, Range, merge_metadata
from domain.sandbox.store import Document

_LETTERS = string.ascii_uppercase + string.digits


class CouponCreate(Params):
    """POST /v1/coupons."""

    amount_off: int | None = Field(default=None, gt=0)
    currency: str | None = None
    duration: Literal["forever", "once", "repeating"] = "once"
    duration_in_months: int | None = Field(default=None, gt=0)
    id: str | None = None
    max_redemptions: int | None = Field(default=None, gt=0)
    metadata: dict[str, str] | str = Field(default_factory=dict)
    name: str | None = Field(default=None, max_length=40)
    percent_off: float | None = Field(default=None, gt=0, le=100)
    redeem_by: int | None = None


class CouponUpdate(Params):
    """POST /v1/coupons/{id}."""

    metadata: dict[str, str] | str = Field(default_factory=dict)
    name: str | None = None


class CouponList(Page):
    """GET /v1/coupons."""

    created: Range | int | None = None


class Promotion(Params):
    """What the code stands for."""

    coupon: str
    type: Literal["coupon"]


class Restrictions(Params):
    """Who may use the code."""

    first_time_transaction: bool = False
    minimum_amount: int | None = None
    minimum_amount_currency: str | None = None


class PromotionCodeCreate(Params):
    """POST /v1/promotion_codes. Without `code` one is made up."""

    active: bool = True
    code: str | None = None
    customer: str | None = None
    expires_at: int | None = None
    max_redemptions: int | None = Field(default=None, gt=0)
    metadata: dict[str, str] | str = Field(default_factory=dict)
    promotion: Promotion
    restrictions: Restrictions = Restrictions()


class PromotionCodeUpdate(Params):
    """POST /v1/promotion_codes/{id}."""

    active: bool | None = None
    metadata: dict[str, str] | str = Field(default_factory=dict)


class PromotionCodeList(Page):
    """GET /v1/promotion_codes."""

    active: bool | None = None
    code: str | None = None
    coupon: str | None = None
    created: Range | int | None = None
    customer: str | None = None


class TaxRateCreate(Params):
    """POST /v1/tax_rates."""

    active: bool = True
    country: str | None = None
    description: str | None = None
    display_name: str
    inclusive: bool
    jurisdiction: str | None = None
    metadata: dict[str, str] | str = Field(default_factory=dict)
    percentage: float = Field(ge=0, le=100)
    state: str | None = None
    tax_type: Literal["gst", "hst", "igst", "jct", "pst", "qst", "rst", "sales_tax", "service_tax", "vat"] | None = None


class TaxRateUpdate(Params):
    """POST /v1/tax_rates/{id}. The percentage never changes."""

    active: bool | None = None
    description: str | None = None
    display_name: str | None = None
    metadata: dict[str, str] | str = Field(default_factory=dict)


class TaxRateList(Page):
    """GET /v1/tax_rates."""

    active: bool | None = None
    created: Range | int | None = None
    inclusive: bool | None = None


def create_coupon(call: Call) -> Document:
    """A new coupon."""
    given, ledger = call.take(CouponCreate), call.ledger
    if (given.get("amount_off") is None) == (given.get("percent_off") is None):
        raise Refused("You must pass exactly one of `amount_off` and `percent_off`.", param="percent_off")
    if given.get("amount_off") and not given.get("currency"):
        raise Refused("You must pass `currency` with `amount_off`.", code="parameter_missing", param="currency")
    if (given.get("duration") == "repeating") != bool(given.get("duration_in_months")):
        raise Refused("`duration_in_months` goes with the duration `repeating`.", param="duration_in_months")
    identifier = given.get("id") or "".join(secrets.choice(_LETTERS) for _ in range(8))
    if ledger.store.get("coupon", identifier):
        raise Refused("Coupon already exists.", code="resource_already_exists", param="id")
    given["metadata"] = merge_metadata({}, given.get("metadata") or {})
    coupon = ledger.save("coupon", discounts.coupon(identifier, ledger.now(), given))
    ledger.emit("coupon.created", coupon)
    return coupon


def delete_coupon(call: Call) -> Document:
    """No new discounts from it; those at work go on."""
    ledger, coupon = call.ledger, call.ledger.find("coupon", call.path["id"])
    ledger.change("coupon", coupon, "coupon.deleted", valid=False)
    ledger.store.put("_deleted", {"id": coupon["id"]})
    return {"id": coupon["id"], "object": "coupon", "deleted": True}


def create_promotion_code(call: Call) -> Document:
    """A new code for a coupon. Two active codes never have the same word."""
    given, ledger = call.take(PromotionCodeCreate), call.ledger
    ledger.find("coupon", given["promotion"]["coupon"], "promotion[coupon]")
    code = given.get("code") or "".join(secrets.choice(_LETTERS) for _ in range(8))
    for other in ledger.store.newest_first("promotion_code"):
        if other["active"] and other["code"].lower() == code.lower():
            raise Refused(f"An active promotion code with `code: {code}` already exists.", param="code")
    given["metadata"] = merge_metadata({}, given.get("metadata") or {})
    document = discounts.promotion_code(ids.new("promo"), ledger.now(), code, given)
    ledger.save("promotion_code", document)
    ledger.emit("promotion_code.created", document)
    return document


def create_tax_rate(call: Call) -> Document:
    """A new rate."""
    given, ledger = call.take(TaxRateCreate), call.ledger
    given["metadata"] = merge_metadata({}, given.get("metadata") or {})
    document = ledger.save("tax_rate", discounts.tax_rate(ids.new("txr"), ledger.now(), given))
    ledger.emit("tax_rate.created", document)
    return document


def _update(kind: str, model: type[Params]) -> Any:
    def update(call: Call) -> Document:
        document, changes = call.ledger.find(kind, call.path["id"]), call.take(model)
        if "metadata" in changes:
            changes["metadata"] = merge_metadata(document["metadata"], changes["metadata"])
        return call.ledger.change(kind, document, f"{kind}.updated", **changes)

    return update


def _retrieve(kind: str) -> Any:
    return lambda call: call.ledger.find(kind, call.path["id"])


def coupons(call: Call) -> Document:
    """Coupons that were not deleted, newest first."""
    query, store = call.read(CouponList), call.ledger.store

    def keep(coupon: Document) -> bool:
        return within(query.created, coupon) and not store.get("_deleted", coupon["id"])

    return page(store.newest_first("coupon"), query, call.url, keep=keep)


def promotion_codes(call: Call) -> Document:
    """Codes, newest first."""
    query = call.read(PromotionCodeList)

    def keep(found: Document) -> bool:
        return (
            query.active in {None, found["active"]}
            and (query.code is None or query.code.lower() == found["code"].lower())
            and query.coupon in {None, found["promotion"]["coupon"]}
            and query.customer in {None, found["customer"]}
            and within(query.created, found)
        )

    return page(call.ledger.store.newest_first("promotion_code"), query, call.url, keep=keep)


def tax_rates(call: Call) -> Document:
    """Rates, newest first."""
    query = call.read(TaxRateList)

    def keep(rate: Document) -> bool:
        return (
            query.active in {None, rate["active"]}
            and query.inclusive in {None, rate["inclusive"]}
            and within(query.created, rate)
        )

    return page(call.ledger.store.newest_first("tax_rate"), query, call.url, keep=keep)


ROUTES: list[Route] = [
    ("POST", "/v1/coupons", create_coupon),
    ("GET", "/v1/coupons", coupons),
    ("GET", "/v1/coupons/{id}", _retrieve("coupon")),
    ("POST", "/v1/coupons/{id}", _update("coupon", CouponUpdate)),
    ("DELETE", "/v1/coupons/{id}", delete_coupon),
    ("POST", "/v1/promotion_codes", create_promotion_code),
    ("GET", "/v1/promotion_codes", promotion_codes),
    ("GET", "/v1/promotion_codes/{id}", _retrieve("promotion_code")),
    ("POST", "/v1/promotion_codes/{id}", _update("promotion_code", PromotionCodeUpdate)),
    ("POST", "/v1/tax_rates", create_tax_rate),
    ("GET", "/v1/tax_rates", tax_rates),
    ("GET", "/v1/tax_rates/{id}", _retrieve("tax_rate")),
    ("POST", "/v1/tax_rates/{id}", _update("tax_rate", TaxRateUpdate)),
]
