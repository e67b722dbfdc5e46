"""Promotion codes at Stripe: what each takes off, made, switched off, and given to a subscription. Errors as the
gateway's; amounts in cents."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain import stripe_views as views
from domain.errors import Conflict
from domain.stripe_gateway import api, asking


@dataclass(frozen=True)
class Code:
    """`percent` or `amount_cents` off; `duration`: once, repeating (for `months`) or forever; `most` uses or None."""

    id: str
    code: str
    percent: float | None
    amount_cents: int | None
    currency: str | None
    duration: str
    months: int | None
    most: int | None
    used: int
    first_only: bool
    expires_at: datetime | None
    active: bool


def every() -> list[Code]:
    """The newest hundred codes, switched off ones too."""
    with asking("codes"):
        params = {"limit": 100, "expand": ["data.promotion.coupon"]}
        return [_code(one.to_dict()) for one in api().promotion_codes.list(params).data]


def _code(document: dict[str, Any]) -> Code:
    coupon = document["promotion"]["coupon"]
    return Code(
        document["id"],
        document["code"],
        coupon.get("percent_off"),
        coupon.get("amount_off"),
        coupon.get("currency"),
        coupon["duration"],
        coupon.get("duration_in_months"),
        document.get("max_redemptions"),
        int(document.get("times_redeemed") or 0),
        bool((document.get("restrictions") or {}).get("first_time_transaction")),
        views.moment(document.get("expires_at")),
        bool(document["active"]) and bool(coupon.get("valid", True)),
    )


def make(code: str, coupon: dict[str, Any], limits: dict[str, Any]) -> None:
    """A coupon and the code that stands for it; `coupon` and `limits` in Stripe's parameters. Made again, the same."""
    with asking("make_code"):
        made = api().coupons.create({**coupon, "name": code}, {"idempotency_key": f"alta-coupon-{code}-{coupon}"})
        params = {**limits, "code": code, "promotion": {"type": "coupon", "coupon": made.id}}
        api().promotion_codes.create(params)


def switch_off(code_id: str) -> None:
    """Nobody can use it any more; who has used it keeps what it gives."""
    with asking("switch_off_code"):
        api().promotion_codes.update(code_id, {"active": False})


def give(subscription_id: str, code: str) -> None:
    """Takes a code off what a subscription pays from now on. Raises Conflict: `code_unknown`, `code_refused`."""
    with asking("find_code"):
        found = api().promotion_codes.list({"code": code, "active": True, "limit": 1}).data
    if not found:
        raise Conflict("No existe ese código, o ya no se puede usar.", code="code_unknown")
    try:
        with asking("give_code"):
            api().subscriptions.update(subscription_id, {"discounts": [{"promotion_code": found[0].id}]})
    except Conflict as error:
        raise Conflict("Este código no vale para tu suscripción.", code="code_refused") from error
