"""Promotion codes as staff make them and customers use them."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain import audit, currencies, database, mirror, stripe_coupons
from domain.errors import Conflict, FieldProblem, Invalid
from domain.models.base import now
from domain.states import SubscriptionStatus
from domain.stripe_coupons import Code

CODE = re.compile(r"[A-Z0-9]{3,40}")
DURATIONS = {"once": "Una vez", "repeating": "Varios meses", "forever": "Siempre"}


@dataclass(frozen=True)
class CodeForm:
    """As typed. `off`: "20 %" of the price where `currency` is "", else an amount in it; `most` 0: no limit."""

    code: str
    off: str
    currency: str = ""
    duration: str = "once"
    months: int = 0
    most: int = 0
    first_only: bool = False
    expires_at: datetime | None = None


def every() -> list[Code]:
    """The codes, newest first. Raises Unavailable."""
    return stripe_coupons.every()


def make(form: CodeForm, *, by: str) -> None:
    """Makes a code that can be used at once. Raises Invalid, Conflict (it exists already), Unavailable."""
    coupon, wrong = _coupon(form)
    if not CODE.fullmatch(form.code):
        wrong.insert(0, FieldProblem("code", "code", "De 3 a 40 mayúsculas sin acentos y cifras."))
    if form.most < 0:
        wrong.append(FieldProblem("most", "most", "0 o más usos."))
    if form.expires_at is not None and form.expires_at <= now():
        wrong.append(FieldProblem("expires_at", "past", "Tiene que ser un día por venir."))
    if wrong:
        raise Invalid(wrong)
    limits: dict[str, Any] = {"restrictions": {"first_time_transaction": form.first_only}}
    if form.most:
        limits["max_redemptions"] = form.most
    if form.expires_at:
        limits["expires_at"] = int(form.expires_at.timestamp())
    if any(one.code == form.code and one.active for one in stripe_coupons.every()):
        raise Conflict("Ya hay un código así.", code="code_taken")
    stripe_coupons.make(form.code, coupon, limits)
    _record(by, "coupon.make", form.code)


def _coupon(form: CodeForm) -> tuple[dict[str, Any], list[FieldProblem]]:
    wrong: list[FieldProblem] = []
    coupon: dict[str, Any] = {"duration": form.duration}
    if form.currency:
        cents = currencies.parse(form.off, form.currency)
        if not cents or form.currency not in currencies.SOLD_IN:
            wrong.append(FieldProblem("off", "amount", "Escribe un importe mayor que cero."))
        coupon |= {"amount_off": cents, "currency": form.currency.lower()}
    else:
        percent = _percent(form.off)
        if percent is None:
            wrong.append(FieldProblem("off", "percent", "Escribe un porcentaje de 1 a 100."))
        coupon["percent_off"] = percent
    if form.duration not in DURATIONS:
        wrong.append(FieldProblem("duration", "duration", "Elige cuánto dura."))
    if form.duration == "repeating":
        if not 1 <= form.months <= 36:
            wrong.append(FieldProblem("months", "months", "De 1 a 36 meses."))
        coupon["duration_in_months"] = form.months
    return coupon, wrong


def _percent(typed: str) -> float | None:
    text = typed.strip().removesuffix("%").strip().replace(",", ".")
    if not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", text, re.ASCII) or not 0 < float(text) <= 100:
        return None
    return float(text)


def switch_off(code_id: str, *, by: str) -> None:
    """Nobody can use it any more. Raises Conflict, Unavailable."""
    stripe_coupons.switch_off(code_id)
    _record(by, "coupon.switch_off", code_id)


def use(customer_id: int, typed: str, by: str) -> None:
    """Takes a code off what a customer pays from the next charge on. Raises NotFound, Conflict, Unavailable."""
    with database.transaction() as session:
        subscription = mirror.locked(session, mirror.current(session, customer_id).id or 0)
        if subscription.status == SubscriptionStatus.CANCELLED:
            raise Conflict("La suscripción ya terminó: no se puede cambiar.", code="subscription_ended")
        stripe_coupons.give(subscription.stripe_subscription_id or "", typed.strip().upper()[:60])
        audit.record(
            session, actor=by, action="coupon.use", target=f"subscription:{subscription.id}", code=typed.strip()[:60]
        )


def _record(by: str, action: str, code: str) -> None:
    with database.transaction() as session:
        audit.record(session, actor=by, action=action, target=f"coupon:{code}"[:80])
