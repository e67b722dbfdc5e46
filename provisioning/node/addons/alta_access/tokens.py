"""The portal's token: Ed25519 over a JSON Web Token (RFC 7519, 9864). Knows no Odoo: the stand-in node runs this file.

Claims: `aud` the database's name (so a clone, a copy, or any other database refuses it, while a restored one takes it),
`sub` the login, `role` owner, member or staff, `copy` whether the database is a neutralised copy, `iat` `exp` `jti`;
for staff also `staff` (who), `until` (when the session must end, seconds since 1970).
"""

import base64
import binascii
import json
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEY_FILE = "/etc/alta/access.pub"  # lines of `KID BASE64URL PANEL`; several while a key is being changed
LIFE = 60  # seconds
LEEWAY = 5  # seconds that two honest clocks may differ
LIMIT = 4096  # characters
ROLES = ("owner", "member", "staff")
_JTI = re.compile(r"[A-Za-z0-9_-]{16,64}")
AGAIN = "Vuelve al portal y pulsa «Entrar a Odoo» otra vez."


class Refused(Exception):
    """The token opens nothing; `code` is for programs, the message (Spanish) for whoever holds it."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


def read_keys(text):
    """The file's keys by their id; lines that are no key are passed over."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and not line.startswith("#"):
            try:
                found[words[0]] = Ed25519PublicKey.from_public_bytes(_decoded(words[1]))
            except ValueError:
                continue
    return found


def verify(token, keys, *, audience, copy, now):
    """The claims of a token that opens this database now; whether it was used before is the caller's to know.

    `keys` as from `read_keys`, `copy`: this database is a neutralised copy, `now` in seconds. Raises Refused.
    """
    claims = _signed(token, keys)
    if claims.get("aud") != audience:
        raise Refused("audience", f"Este acceso es para otra base de datos, no para {audience}. {AGAIN}")
    if claims["copy"] != copy:
        here = "una copia de pruebas" if copy else "la base original"
        raise Refused("copy", f"Esta base es {here} y el acceso no es para ella. {AGAIN}")
    _in_time(claims, now)
    if claims["role"] == "staff" and claims["until"] <= now:
        raise Refused("consent", "El permiso para que el equipo de soporte entre ya terminó.")
    return claims


def _in_time(claims, now):
    early, late = claims["iat"] - now, now - claims["exp"]
    if early > LEEWAY:
        raise Refused(
            "clock",
            f"El reloj de este servidor va {early:.0f} segundos por detrás del reloj del portal, y por eso no acepta "
            "el acceso. Avisa a soporte: hay que ponerlo en hora.",
        )
    if late > LEEWAY:
        raise Refused(
            "expired",
            f"El acceso caducó hace {late:.0f} segundos; vale {LIFE}. {AGAIN} Si lo acabas de pulsar, el reloj de este "
            "servidor va adelantado: avisa a soporte.",
        )


def _signed(token, keys):
    unreadable = Refused("malformed", f"El acceso llegó incompleto. {AGAIN}")
    parts = token.split(".") if isinstance(token, str) and len(token) <= LIMIT else []
    if len(parts) != 3:
        raise unreadable
    try:
        header, claims = (json.loads(_decoded(part)) for part in parts[:2])
        signature = _decoded(parts[2])
    except (ValueError, RecursionError) as error:
        raise unreadable from error
    if not isinstance(header, dict) or header.get("alg") != "Ed25519" or "crit" in header:
        raise unreadable
    if not keys:
        raise Refused("no_key", "Este servidor todavía no tiene la clave del portal. Prueba otra vez en un minuto.")
    key = keys.get(header["kid"]) if isinstance(header.get("kid"), str) else None
    try:
        if key is None:
            raise InvalidSignature
        key.verify(signature, f"{parts[0]}.{parts[1]}".encode())
    except InvalidSignature as error:
        raise Refused("signature", f"Este acceso no lo firmó el portal de esta base. {AGAIN}") from error
    if not _whole(claims):
        raise unreadable
    return claims


def _whole(claims):
    """Whether every claim is there, in its type, and the token lives no longer than it may."""
    return (
        isinstance(claims, dict)
        and all(_number(claims.get(name)) for name in ("iat", "exp"))
        and 0 < claims["exp"] - claims["iat"] <= LIFE
        and isinstance(claims.get("sub"), str)
        and isinstance(claims.get("jti"), str)
        and _JTI.fullmatch(claims["jti"]) is not None
        and claims.get("role") in ROLES
        and isinstance(claims.get("copy"), bool)
        and (claims["role"] != "staff" or (isinstance(claims.get("staff"), str) and _number(claims.get("until"))))
    )


def _number(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _decoded(text):
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise ValueError("not base64url")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error
