"""The `Stripe-Signature` header."""

import hashlib
import hmac


def sign(body: str, secrets: list[str], timestamp: int) -> str:
    """`t=…,v1=…` with one v1 for each active secret, as during a roll of the secret."""
    payload = f"{timestamp}.{body}".encode()
    codes = [hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={timestamp}", *(f"v1={code}" for code in codes)])
