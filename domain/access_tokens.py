"""The signed token that opens a tenant's Odoo for a minute, and the key that signs it. Its reader is the addon's
`tokens.py` on the node, which knows the public key from a file there (`access_key.sh`)."""

import base64
import hashlib
import secrets
import time
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwt
from joserfc.jwk import OKPKey

from domain.settings import settings

ALGORITHM = "Ed25519"
LIFE = 60  # seconds; the addon takes no token that lives longer


def sign(audience: str, login: str, role: str, *, copy: bool = False, **more: Any) -> str:
    """A token for the database `audience`, good once and for `LIFE` seconds; claims as the addon describes them."""
    issued = int(time.time())
    claims = {
        "iss": settings().app_url,
        "aud": audience,
        "sub": login,
        "role": role,
        "copy": copy,
        "iat": issued,
        "exp": issued + LIFE,
        "jti": secrets.token_urlsafe(24),
        **more,
    }
    secret = settings().jwt_keys[0]
    return jwt.encode({"alg": ALGORITHM, "kid": key_id()}, claims, _key(secret), algorithms=[ALGORITHM])


def key_id() -> str:
    """The name of our key among those that a node knows."""
    return hashlib.sha256(_public()).hexdigest()[:16]


def public_line() -> str:
    """Our public key as a line of the node's file: id, key, and whose it is."""
    return f"{key_id()} {_base64url(_public())} {urlsplit(settings().app_url).netloc.lower()}"


def _public() -> bytes:
    private = _private(settings().jwt_keys[0])
    return private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


@lru_cache(maxsize=2)
def _private(secret: str) -> Ed25519PrivateKey:
    # Derived, so that every process on every machine has it, no file can be lost, and a new JWT_SECRET_KEY is a new key
    # (the workers tell the nodes). Who knows that secret can log in as anybody here anyway.
    seed = HKDF(SHA256(), length=32, salt=None, info=b"alta odoo access 1").derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(seed)


@lru_cache(maxsize=2)
def _key(secret: str) -> OKPKey:
    pem = _private(secret).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return OKPKey.import_key(pem)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
