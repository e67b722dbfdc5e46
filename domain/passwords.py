"""Passwords: what is accepted, how they are kept. The only importer of argon2. Every function here takes CPU time:
call them off the event loop."""

import base64
import hashlib
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from domain.errors import FieldProblem
from domain.settings import WELL_KNOWN, settings

MINIMUM, MAXIMUM = 10, 128  # characters
ODOO_ROUNDS = 600_000  # what Odoo 19 asks for; a hash with fewer is made again at the first login

# Beyond the words that settings refuse, and the 30,000 that zxcvbn knows: what people here type when ten characters are
# asked for.
COMMON = WELL_KNOWN | {
    "1234567890", "0123456789", "12345678910", "123456789a", "1111111111", "0000000000", "1q2w3e4r5t", "q1w2e3r4t5",
    "qwertyuiop", "asdfghjkl1", "abcdefghij", "abc1234567", "password12", "password123", "password1234", "passw0rd123",
    "contraseña", "contrasena", "contraseña1", "contrasena1", "contraseña123", "contrasena123", "micontraseña",
    "micontrasena", "administrador", "administrator", "bienvenido", "bienvenido1", "bienvenida1", "bienvenido123",
    "hola123456", "holahola12", "tequiero12", "teamomucho", "iloveyou12", "qwerty12345", "qwerty123456", "admin12345",
    "admin123456", "odoo123456", "odoo1234567", "cambiame12", "cambiame123", "changeme123", "letmein123", "welcome123",
    "barcelona1", "realmadrid", "realmadrid1", "futbol1234", "colombia123", "mexico1234", "argentina1", "espana1234",
}  # fmt: skip

# With digits and signs around, the first that somebody tries who knows what this is.
CONTEXT = {"odoo", "alta", "altaodoo", "odooalta", "miodoo", "panel", "portal", "factura", "facturas", "empresa"}

# OWASP's profile for Argon2id: 19 MiB, 2 passes, one lane. RFC 9106's 64 MiB and 4 lanes would let a flood of logins
# take the machine's memory and both of its cores.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# However many ask at once, so many are hashed: the others wait their turn. Threads of their own, so that only these
# keep the 19 MiB that each hash takes: the allocator gives them back to the thread and not to the system.
_turns = ThreadPoolExecutor(max(2, os.cpu_count() or 2), thread_name_prefix="passwords")


def digest(password: str) -> str:
    """Argon2id, for Alta's own accounts."""
    return _turns.submit(_hasher.hash, password).result()


def matches(stored: str | None, password: str) -> bool:
    """True when `password` is the one that `stored` was made of. None takes as long as a wrong one, and is False."""
    typed = password[: MAXIMUM + 1].encode("utf-8", "replace")  # none that was accepted is longer
    try:
        return _turns.submit(_hasher.verify, stored or _nobody(), typed).result() and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """True when `stored` was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


@lru_cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_hex(16))


def odoo_digest(password: str) -> str:
    """The same password as Odoo keeps it: passlib's `$pbkdf2-sha512$rounds$salt$checksum`."""
    salt = secrets.token_bytes(16)
    checksum = _turns.submit(hashlib.pbkdf2_hmac, "sha512", password.encode(), salt, ODOO_ROUNDS).result()
    return f"$pbkdf2-sha512${ODOO_ROUNDS}${_adapted(salt)}${_adapted(checksum)}"


def _adapted(data: bytes) -> str:
    """passlib's alphabet: base64 with a dot for the plus, no padding."""
    return base64.b64encode(data).decode().rstrip("=").replace("+", ".")


def problem(password: str, *, personal: tuple[str, ...] = ()) -> FieldProblem | None:
    """Why `password` is refused, or None. `personal`: the login and names, which it must not be."""
    if len(password) < MINIMUM:
        return FieldProblem("password", "too_short", f"Usa al menos {MINIMUM} caracteres.")
    if len(password) > MAXIMUM:
        return FieldProblem("password", "too_long", f"Usa como máximo {MAXIMUM} caracteres.")
    if not password.isprintable():
        return FieldProblem("password", "unprintable", "Usa solo letras, números, signos y espacios.")
    plain = password.strip().casefold()
    if plain in COMMON or plain in FREQUENCY_LISTS["passwords"] or len(set(plain)) < 4:
        return FieldProblem("password", "well_known", "Es una contraseña muy conocida. Prueba con varias palabras.")
    letters = "".join(c for c in plain if c.isalpha())
    if letters in CONTEXT | {settings().operator_name.casefold().replace(" ", "")}:
        return FieldProblem("password", "context", "No uses el nombre del servicio con números detrás.")
    own = {part.casefold() for word in personal for part in (word, word.split("@")[0]) if len(part) >= 4}
    if plain in own:
        return FieldProblem("password", "personal", "No uses tu nombre ni tu correo como contraseña.")
    return None
