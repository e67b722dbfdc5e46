"""What Stripe's refusals mean to us: from the name of the vendor's error to one of ours, with its sentence."""

from domain.errors import AltaError, Conflict, FieldProblem, Invalid, Unavailable

_BY_KIND: dict[str, tuple[type[AltaError], str, str]] = {
    "AuthenticationError": (Unavailable, "stripe_key", "El pago no está disponible: Stripe no acepta nuestra clave."),
    "PermissionError": (Unavailable, "stripe_key", "El pago no está disponible: Stripe no acepta nuestra clave."),
    "CardError": (Conflict, "card_declined", "El banco no aceptó el pago. Prueba con otra tarjeta."),
    "IdempotencyError": (Conflict, "stripe_idempotency", "Este pedido ya se envió a Stripe con otros datos."),
}
_BANK_ASKS = {"invoice_payment_intent_requires_action", "subscription_payment_intent_requires_action"}


def ours(kind: str, code: str | None, param: str | None) -> AltaError:
    """The error to raise. `kind` is the vendor's class name; `code` and `param` are Stripe's words, or None.

    Conflict keeps Stripe's code, with `stripe_missing` for a thing that is not there and `stripe_refused` for none.
    """
    if kind == "CardError" and code in _BANK_ASKS:
        return Conflict("Tu banco pide que confirmes este pago.", code="bank_asks")
    if kind in _BY_KIND:
        error, word, sentence = _BY_KIND[kind]
        return error(sentence, code=word)
    if kind == "InvalidRequestError":
        if code == "tax_id_invalid":
            return Invalid([FieldProblem("tax_id", code, "Stripe no reconoce este identificador fiscal.")])
        if param == "email":
            return Invalid([FieldProblem("email", "email_invalid", "Stripe no acepta esta dirección de correo.")])
        word = "stripe_missing" if code == "resource_missing" else code or "stripe_refused"
        return Conflict("Stripe no aceptó esta operación.", code=word)
    return Unavailable("Stripe no responde en este momento. Inténtalo de nuevo en unos minutos.", code="stripe_away")
