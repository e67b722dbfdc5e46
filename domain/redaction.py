"""Keeping secrets out of logs: values known to be secret, and shapes that are secret wherever they stand."""

import re
from collections.abc import Iterable

HIDDEN = "[oculto]"

_SHAPES = re.compile(
    r"""
      (?:sk|rk)_(?:live|test)_[A-Za-z0-9]{8,}            # Stripe keys
    | whsec_[A-Za-z0-9+/=]{8,}                           # Stripe signing secrets
    | AGE-SECRET-KEY-[A-Z0-9-]{8,}                       # age keys
    | \$(?:argon2id?|pbkdf2-sha512)\$[^\s'",;]+          # password hashes
    | eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+   # JSON web tokens
    | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*?(?:-----END\ [A-Z ]*PRIVATE\ KEY-----|$)
    | (?<=://)[^\s/:@]+:[^\s/@]+(?=@)                    # user:password in an address
    """,
    re.VERBOSE | re.DOTALL,
)
_NAMED = re.compile(
    r"""(?i)\b(pass(?:word|wd)?|contraseña|secret|token|api[_-]?key|authorization)(["']?\s*[=:]\s*["']?)(?:bearer\s+)?([^\s"',;]{3,})"""
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` with every known secret (of 4 characters or more) and every secret-looking shape hidden."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, HIDDEN)
    text = _SHAPES.sub(HIDDEN, text)
    return _NAMED.sub(lambda match: f"{match[1]}{match[2]}{HIDDEN}", text)
