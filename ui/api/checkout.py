"""POST /api/checkout: an order by program. The form's own function does the work."""

import hashlib
import uuid
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, JsonValue

from domain import signup

router = APIRouter(tags=["checkout"])
KEY_LONGEST = 200

EXAMPLE: dict[str, JsonValue] = {
    "customer_id": 41,
    "checkout_session_id": "cs_test_a1Vx0d7Fh2",
    "checkout_url": "https://checkout.stripe.com/c/pay/cs_test_a1Vx0d7Fh2",
    "expires_at": "2026-12-08T14:03:22Z",
}
TAKEN = {
    "code": "subdomain_taken",
    "message": "«panaderia-sol» ya está en uso. Elige otro nombre.",
    "proposals": ["panaderia-sol-rd", "panaderiasol", "sol-panaderia"],
}
REUSED = {
    "code": "idempotency_key_reused",
    "message": "Esta clave de idempotencia ya se usó con otros datos. Usa una nueva para cada pedido.",
}
PAID = {
    "code": "already_paid",
    "message": "Este pedido ya está pagado: no hace falta pagar otra vez.",
    "success_url": "https://alta.example/success?session_id=cs_test_a1Vx0d7Fh2",
}
FIELDS = [{"field": "email", "code": "no_at", "message": "Falta la @: un correo se escribe así: nombre@empresa.com."}]
AWAY = {
    "code": "stripe_away",
    "message": "Stripe no responde en este momento. Inténtalo de nuevo en unos minutos.",
    "reference": "01JD4Z",
}


def _json(**examples: Any) -> dict[str, Any]:
    named = {name: {"value": {"detail": value}} for name, value in examples.items()}
    return {"content": {"application/json": {"examples": named}}}


RESPONSES: dict[int | str, dict[str, Any]] = {
    409: {
        "description": "The name is somebody else's, the key was used with other data, or the order is already paid.",
        **_json(subdomain_taken=TAKEN, idempotency_key_reused=REUSED, already_paid=PAID),
    },
    422: {"description": "Everything that is wrong, a fault an entry.", **_json(invalid=FIELDS)},
    429: {"description": "Too many orders from one network; `Retry-After` says when to try again."},
    503: {
        "description": "Stripe does not answer. Nothing is lost: the same key continues the same order.",
        **_json(stripe_away=AWAY),
    },
}


class CheckoutPage(BaseModel):
    """Where the buyer pays, and until when the name is kept for them (UTC)."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [EXAMPLE]})

    customer_id: int
    checkout_session_id: str
    checkout_url: str
    expires_at: datetime


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=KEY_LONGEST,
        pattern=r"^[\x21-\x7e]+$",
        description="Any text of yours for this order, of up to 200 visible ASCII characters. The same key with the "
        "same data gives the same order and page (a new page when the old one has expired); with other data, 409. "
        "A key belongs to the e-mail of the order, so that two clients may use the same one.",
        examples=["pedido-2026-000123"],
    ),
]


@router.post(
    "/api/checkout",
    status_code=201,
    response_model=CheckoutPage,
    responses=RESPONSES,
    summary="Reserve a name and open a page to pay",
)
def create_checkout(form: signup.OrderForm, request: Request, idempotency_key: IdempotencyKey = None) -> Any:
    """Customer, reserved name and order in one commit, then Stripe's Checkout page. Send the buyer to `checkout_url`.

    Stripe brings them back to `/success`; a page that is not paid in 24 hours gives the name back.
    """
    address = request.client.host if request.client else ""
    try:
        placed = signup.order(form, _order_key(idempotency_key, form.email), address)
    except signup.AlreadyPaid as paid:
        detail = {"code": paid.code, "message": paid.message, "success_url": paid.success_url}
        return JSONResponse({"detail": detail}, 409)
    return CheckoutPage.model_validate(placed)


def _order_key(given: str | None, email: str) -> str:
    if given is None:
        return f"once:{uuid.uuid4().hex}"
    whose = hashlib.sha256(email.strip().lower().encode("utf-8", "replace")).hexdigest()[:24]
    return f"api:{whose}:{given}"
