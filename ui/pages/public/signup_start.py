"""What the sign-up's form begins with, and what its draft keeps."""

import uuid
from dataclasses import dataclass, fields, replace
from typing import Any

from domain import subdomains
from domain.plans import PlanView

LONGEST = 200  # characters of any one answer that are kept


@dataclass(frozen=True)
class Start:
    """The form's answers, and what the draft keeps of them.

    `touched`: the visitor chose the address, so that the company no longer names it. `order_key` stays with the draft,
    so that a second try continues the same order.
    """

    company: str = ""
    full_name: str = ""
    email: str = ""
    subdomain: str = ""
    plan: str = ""
    interval: str = ""
    people: str = "1"
    country: str = ""
    tax_id: str = ""
    language: str = ""
    currency: str = ""
    accept_terms: bool = False
    touched: bool = False
    order_key: str = ""


def begin(draft: dict[str, Any], link: dict[str, str], country: str | None, catalogue: list[PlanView]) -> Start:
    """The draft, over it what the link asks for (plan, interval, subdomain), then what is usual.

    What either says that is unknown or of the wrong type is left out. `catalogue` must not be empty.
    """
    kinds = {field.name: type(field.default) for field in fields(Start)}
    kept: dict[str, Any] = {name: value for name, value in draft.items() if isinstance(value, kinds.get(name, ()))}
    start = Start(**kept)
    asked = link.get("subdomain", "").strip()
    if asked:
        start = replace(start, subdomain=subdomains.normalise(asked[:LONGEST]), touched=True)
    offered = {plan.code: plan for plan in catalogue}
    usual = next((plan.code for plan in catalogue if plan.highlighted), catalogue[0].code)
    plan = next(code for code in (link.get("plan", ""), start.plan, usual) if code in offered)
    prices = offered[plan].prices
    interval = next(
        (each for each in (link.get("interval", ""), start.interval, "month") if each in prices), next(iter(prices), "")
    )
    return replace(
        start,
        plan=plan,
        interval=interval,
        country=start.country or country or "",
        order_key=start.order_key or f"form:{uuid.uuid4().hex}",
    )
