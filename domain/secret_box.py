"""Secrets that the database keeps are sealed: AES-256-GCM under a key of SECRETS_KEY, bound to the place they are for.

Who reads the database, or a copy of it, has none of them; who swaps two rows has neither.
"""

import base64
import hashlib
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.settings import settings

NONCE = 12  # bytes, as GCM wants; random ones are safe far beyond what one key will ever seal here


class Unreadable(Exception):
    """It was sealed with a key that SECRETS_KEY does not have, for another place, or it was changed."""


def seal(secret: str, place: str) -> str:
    """`secret` as the database keeps it: `v1.KEY.DATA`. `place` says what it is for, as `totp:7`."""
    name, key = _keys()[0]
    nonce = secrets.token_bytes(NONCE)
    sealed = nonce + AESGCM(key).encrypt(nonce, secret.encode(), place.encode())
    return f"v1.{name}.{base64.urlsafe_b64encode(sealed).decode()}"


def unseal(sealed: str, place: str) -> str:
    """What `seal` was given. Raises Unreadable."""
    _, _, rest = sealed.partition(".")
    name, _, data = rest.partition(".")
    key = dict(_keys()).get(name)
    if key is None:
        raise Unreadable(f"no key {name} in SECRETS_KEY")
    try:
        raw = base64.urlsafe_b64decode(data)
        return AESGCM(key).decrypt(raw[:NONCE], raw[NONCE:], place.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise Unreadable("the sealed secret was changed, or is for another place") from error


def outdated(sealed: str) -> bool:
    """True when it was not sealed with the first key of SECRETS_KEY."""
    return not sealed.startswith(f"v1.{_keys()[0][0]}.")


def key_place(file: Path) -> str:
    """What a sealed key file is bound to."""
    return f"node_key:{file.name}"


def opened(file: Path) -> str:
    """What a key file holds, sealed or not. Raises OSError, Unreadable."""
    words = file.read_text(encoding="utf-8").strip()
    return unseal(words, key_place(file)) if words.startswith("v1.") else words + "\n"


def _keys() -> tuple[tuple[str, bytes], ...]:
    return _derived(tuple(settings().secrets_keys))


@lru_cache(maxsize=2)
def _derived(words: tuple[str, ...]) -> tuple[tuple[str, bytes], ...]:
    if not words:
        raise Unreadable("SECRETS_KEY is not set")
    keys = [HKDF(SHA256(), length=32, salt=None, info=b"alta secret box 1").derive(word.encode()) for word in words]
    return tuple((hashlib.sha256(key).hexdigest()[:8], key) for key in keys)
