"""Stripe's objects as we read them: plain dataclasses made from plain dicts. No vendor types leave the gateway."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]
PAID = frozenset({"paid", "no_payment_required"})
EXTRA = "alta_extra_"  # begins the ids of the products that are added to a plan; a plan's code has no such mark


@dataclass(frozen=True)
class CardView:
    """The card that pays: `brand` in Stripe's word (`visa`), the last four digits, and the last month it works in."""

    brand: str
    last4: str
    exp_year: int = 0
    exp_month: int = 0


@dataclass(frozen=True)
class ItemView:
    """One line of a subscription: a price of Stripe's, how many of it, and what one costs in cents.

    `extra`: the code of the extra that it is, None for the plan; `id` is None where it has not begun.
    """

    price_id: str
    quantity: int
    amount_cents: int = 0
    id: str | None = None
    extra: str | None = None


@dataclass(frozen=True)
class LaterView:
    """What begins when the present period ends (UTC): prices and how many of each, the plan's among them."""

    items: tuple[tuple[str, int], ...]
    starts_at: datetime


@dataclass(frozen=True)
class PreviewView:
    """An invoice that would come, as Stripe computed it. `lines`: what each is for and its cents, credits negative.

    `due_cents` is what would be charged, `total_cents` the same before a credit of the customer's; `covers_until`: when
    the last period on it ends.
    """

    currency: str
    due_cents: int
    total_cents: int
    tax_cents: int
    lines: tuple[tuple[str, int], ...]
    covers_until: datetime | None


@dataclass(frozen=True)
class SubscriptionView:
    """A subscription as Stripe has it now. `status` is Stripe's word; times in UTC; `amount_cents` is for one period.

    `people`: how many of the plan's price are paid; `extras`: what is paid beside it. `price_id`, `item_id` and
    `plan_cents` (of one) are the plan's.
    `cancel_at_period_end` is also true where Stripe keeps a date instead (`cancel_at`, as its portal does).
    `later`: what its schedule makes of it, where that was fetched. `held_invoice_id`: a change waits for this payment.
    `by_transfer`: invoices are sent, and no card is charged.
    """

    id: str
    status: str
    customer_id: str
    price_id: str | None
    amount_cents: int
    currency: str
    interval: str | None
    current_period_end: datetime | None
    cancel_at_period_end: bool
    ended_at: datetime | None
    metadata: dict[str, str] = field(default_factory=dict)
    card: CardView | None = None
    item_id: str | None = None
    people: int = 1
    plan_cents: int = 0
    extras: tuple[ItemView, ...] = ()
    schedule_id: str | None = None
    later: LaterView | None = None
    held_invoice_id: str | None = None
    by_transfer: bool = False

    @property
    def pieces(self) -> dict[str, int]:
        """How many of each extra, by its code."""
        return {item.extra: item.quantity for item in self.extras if item.extra}

    @property
    def order_id(self) -> int | None:
        """Our number of the order, which travels in its metadata."""
        word = self.metadata.get("alta_subscription", "")
        return int(word) if word.isascii() and word.isdigit() and len(word) < 19 else None


@dataclass(frozen=True)
class CheckoutView:
    """A Checkout session. `url` is None once it is complete or expired; `status`: open, complete, expired."""

    id: str
    url: str | None
    expires_at: datetime
    status: str
    payment_status: str
    customer_id: str | None
    client_reference_id: str | None
    subscription: SubscriptionView | None = None
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def paid(self) -> bool:
        """True when nothing is owed any more."""
        return self.payment_status in PAID


@dataclass(frozen=True)
class InvoiceView:
    """An invoice for its reader: `amount_cents` is the total as Stripe computed it; `status`: open, paid, void…

    `due_cents` is what is still to be paid.
    """

    id: str
    number: str | None
    date: datetime
    status: str
    amount_cents: int
    currency: str
    hosted_url: str | None
    pdf_url: str | None
    due_cents: int = 0
    customer_id: str | None = None
    paid_at: datetime | None = None


@dataclass(frozen=True)
class ChargeView:
    """What the next invoice will ask for."""

    amount_cents: int
    currency: str


def moment(seconds: Any) -> datetime | None:
    """Stripe's seconds since 1970 as a moment in UTC."""
    return datetime.fromtimestamp(int(seconds), UTC) if seconds is not None else None


def identifier(value: Any) -> str | None:
    """The id of something that may be expanded, named, or absent."""
    found = value.get("id") if isinstance(value, dict) else value
    return str(found) if found else None


def _card(document: Document) -> CardView | None:
    customer = document.get("customer")
    settings = customer.get("invoice_settings") or {} if isinstance(customer, dict) else {}
    for method in (document.get("default_payment_method"), settings.get("default_payment_method")):
        if isinstance(method, dict) and method.get("card"):
            card = method["card"]
            return CardView(card["brand"], card["last4"], int(card["exp_year"]), int(card["exp_month"]))
    return None


def subscription(document: Document) -> SubscriptionView:
    """Items carry the period and the price since API 2025-03-31."""
    items = (document.get("items") or {}).get("data") or []
    ends = [item["current_period_end"] for item in items if item.get("current_period_end")]
    lines = [_item(item) for item in items]
    # What is not ours, added by hand at Stripe, is neither the plan nor an extra, but it is paid.
    place = next((at for at, line in enumerate(lines) if line.extra is None), 0)
    price = items[place]["price"] if items else {}
    ended = document["status"] in ("canceled", "incomplete_expired")
    return SubscriptionView(
        id=document["id"],
        status=document["status"],
        customer_id=identifier(document["customer"]) or "",
        price_id=price.get("id"),
        amount_cents=sum(line.amount_cents * line.quantity for line in lines),
        currency=document["currency"],
        interval=(price.get("recurring") or {}).get("interval"),
        current_period_end=moment(max(ends)) if ends else None,
        cancel_at_period_end=bool(
            document.get("cancel_at_period_end") or (document.get("cancel_at") is not None and not ended)
        ),
        ended_at=moment(document.get("ended_at") or document.get("canceled_at")) if ended else None,
        metadata=dict(document.get("metadata") or {}),
        card=_card(document),
        item_id=lines[place].id if lines else None,
        people=lines[place].quantity if lines else 1,
        plan_cents=lines[place].amount_cents if lines else 0,
        extras=tuple(line for line in lines if line.extra),
        schedule_id=identifier(document.get("schedule")),
        later=_later(document.get("schedule")),
        held_invoice_id=identifier(document.get("latest_invoice")) if document.get("pending_update") else None,
        by_transfer=document.get("collection_method") == "send_invoice",
    )


def _item(document: Document) -> ItemView:
    price, quantity = document["price"], document.get("quantity")
    return ItemView(
        price["id"],
        1 if quantity is None else int(quantity),
        int(price.get("unit_amount") or 0),
        document["id"],
        extra_of(identifier(price.get("product")) or ""),
    )


def extra_of(product_id: str) -> str | None:
    """The code of the extra that a product is; None for a plan, or what is not ours."""
    return product_id.removeprefix(EXTRA) if product_id.startswith(EXTRA) else None


def _later(schedule: Any) -> LaterView | None:
    """The phase that follows the present one, of a schedule that was fetched whole."""
    if not isinstance(schedule, dict) or not schedule.get("current_phase"):
        return None
    begins = schedule["current_phase"]["end_date"]
    for phase in schedule["phases"]:
        if phase["start_date"] == begins and phase["items"]:
            found = tuple((identifier(item["price"]) or "", int(item.get("quantity") or 1)) for item in phase["items"])
            return LaterView(found, datetime.fromtimestamp(begins, UTC))
    return None


def preview(document: Document) -> PreviewView:
    """An invoice of `create_preview`."""
    lines = document["lines"]["data"]
    ends = [line["period"]["end"] for line in lines]
    return PreviewView(
        currency=document["currency"],
        due_cents=int(document["amount_due"]),
        total_cents=int(document["total"]),
        tax_cents=sum(int(entry["amount"]) for entry in document.get("total_taxes") or []),
        lines=tuple((str(line.get("description") or ""), int(line["amount"])) for line in lines),
        covers_until=moment(max(ends)) if ends else None,
    )


def checkout(document: Document) -> CheckoutView:
    """`subscription` is filled when the session was fetched with it expanded."""
    bought = document.get("subscription")
    return CheckoutView(
        id=document["id"],
        url=document.get("url"),
        expires_at=datetime.fromtimestamp(int(document["expires_at"]), UTC),
        status=document.get("status") or "open",
        payment_status=document["payment_status"],
        customer_id=identifier(document.get("customer")),
        client_reference_id=document.get("client_reference_id"),
        subscription=subscription(bought) if isinstance(bought, dict) else None,
        metadata=dict(document.get("metadata") or {}),
    )


def invoice(document: Document) -> InvoiceView:
    """The date is that of finalisation where there is one."""
    finalised = (document.get("status_transitions") or {}).get("finalized_at")
    return InvoiceView(
        id=document["id"],
        number=document.get("number"),
        date=datetime.fromtimestamp(int(finalised or document["created"]), UTC),
        status=document.get("status") or "draft",
        amount_cents=int(document["total"]),
        currency=document["currency"],
        hosted_url=document.get("hosted_invoice_url"),
        pdf_url=document.get("invoice_pdf"),
        due_cents=int(document.get("amount_remaining") or 0) if document.get("status") == "open" else 0,
        customer_id=identifier(document.get("customer")),
        paid_at=moment((document.get("status_transitions") or {}).get("paid_at")),
    )
