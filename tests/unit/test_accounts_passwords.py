"""Passwords: what is accepted, and hashes that others must be able to read."""

import base64
import hashlib

import pytest

from domain import passwords


def test_a_password_matches_its_own_digest_only() -> None:
    stored = passwords.digest("cuatro palabras sin orden")
    assert stored.startswith("$argon2id$")
    assert passwords.matches(stored, "cuatro palabras sin orden")
    assert not passwords.matches(stored, "cuatro palabras sin orde")
    assert not passwords.matches(stored, "")


def test_nobody_has_no_password_that_matches() -> None:
    assert not passwords.matches(None, "cuatro palabras sin orden")
    assert not passwords.matches("no es un hash", "cuatro palabras sin orden")


def test_what_cannot_be_encoded_is_wrong_and_no_error() -> None:
    assert not passwords.matches(None, "\ud800" + "x" * 10_000_000)


def test_odoos_digest_is_what_passlib_reads() -> None:
    empty, scheme, rounds, salt, checksum = passwords.odoo_digest("contraseña larga").split("$")
    assert (empty, scheme, rounds) == ("", "pbkdf2-sha512", "600000")

    def read(text: str) -> bytes:  # passlib's ab64_decode
        return base64.b64decode(text.replace(".", "+") + "=" * (-len(text) % 4))

    assert len(read(salt)) == 16
    assert read(checksum) == hashlib.pbkdf2_hmac("sha512", "contraseña larga".encode(), read(salt), 600_000)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("corta", "too_short"),
        ("x" * 129, "too_long"),
        ("nueve\0nulos", "unprintable"),
        ("dos\nlineas", "unprintable"),
        ("Contraseña123", "well_known"),
        ("1234567890", "well_known"),
        ("abababababab", "well_known"),
        ("marta.jimenez@sol.do", "personal"),
        ("MARTA.JIMENEZ", "personal"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password: str, code: str) -> None:
    found = passwords.problem(password, personal=("marta.jimenez@sol.do", "Marta Jiménez"))
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("password", ["mango tren lluvia", "ñandú-Ωmega-42", "x" * 5 + "abcdefg"])
def test_a_strong_password_is_accepted(password: str) -> None:
    assert passwords.problem(password, personal=("marta@sol.do", "Marta")) is None
