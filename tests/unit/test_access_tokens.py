"""The token that opens an Odoo: what the panel signs, the addon's own file reads; all else is refused, with why."""

import base64
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain import access_tokens
from domain.settings import settings
from provisioning.sandbox.door import tokens

HOSTILE = [
    "", "a.b.c", "....", "a" * 5000, "ñ.ñ.ñ", None, 5, "e30.e30.", "e30.e30.e30", "W10.W10.W10", "a.b", "\0.\0.\0",
    f"{base64.urlsafe_b64encode(b'[' * 3000).decode()}.e30.e30",
]  # fmt: skip


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET_KEY", "unas-palabras-de-pruebas-bastante-largas")
    monkeypatch.setenv("APP_URL", "https://panel.example")
    settings.cache_clear()


def refusal(token: Any, *, audience: str = "sol", copy: bool = False, after: float = 0, keys: Any = None) -> Any:
    """The code of the refusal, or the claims."""
    known = tokens.read_keys(access_tokens.public_line()) if keys is None else keys
    try:
        return tokens.verify(token, known, audience=audience, copy=copy, now=time.time() + after)
    except tokens.Refused as refused:
        return refused.code if refused.message else "silent"


def forged(claims: dict[str, Any], key: Ed25519PrivateKey | None = None, **header: Any) -> str:
    """A token with any claims, signed by `key` or by the panel's own key."""
    signer = key or access_tokens._private(settings().jwt_secret_key.get_secret_value())
    head = {"alg": "Ed25519", "kid": access_tokens.key_id(), **header}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (head, claims)]
    signature = signer.sign(".".join(parts).encode())
    return ".".join([*parts, base64.urlsafe_b64encode(signature).decode().rstrip("=")])


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {"aud": "sol", "sub": "marta@sol.do", "role": "owner", "copy": False, "iat": now, "exp": now + 60,
             "jti": "a-number-of-its-own"}  # fmt: skip
    return {**usual, **changes}


def test_what_the_panel_signs_opens_its_database() -> None:
    found = refusal(access_tokens.sign("sol", "marta@sol.do", "owner"))
    assert (found["sub"], found["role"], found["aud"], found["iss"]) == (
        "marta@sol.do", "owner", "sol", "https://panel.example",
    )  # fmt: skip
    assert found["exp"] - found["iat"] == 60
    assert access_tokens.sign("sol", "a", "owner") != access_tokens.sign("sol", "a", "owner")


def test_it_opens_no_other_database_and_no_copy() -> None:
    token = access_tokens.sign("sol", "marta@sol.do", "owner")
    assert refusal(token, audience="sol-copia") == "audience"
    assert refusal(token, copy=True) == "copy"
    assert refusal(access_tokens.sign("sol", "m", "owner", copy=True)) == "copy"
    assert refusal(access_tokens.sign("sol", "m", "owner", copy=True), copy=True)["copy"] is True


def test_time_is_judged_and_a_wrong_clock_is_named() -> None:
    token = access_tokens.sign("sol", "marta@sol.do", "owner")
    assert isinstance(refusal(token, after=60), dict)
    assert refusal(token, after=70) == "expired"
    assert refusal(token, after=-30) == "clock"
    with pytest.raises(tokens.Refused, match=r"reloj de este servidor va 1.. segundos por detrás"):
        tokens.verify(token, tokens.read_keys(access_tokens.public_line()), audience="sol", copy=False,
                      now=time.time() - 120)  # fmt: skip


def test_support_enters_only_while_the_consent_lasts() -> None:
    token = access_tokens.sign("sol", "ana@alta.do", "staff", staff="ana@alta.do", until=int(time.time()) + 30)
    assert refusal(token)["staff"] == "ana@alta.do"
    assert refusal(token, after=40) == "consent"
    assert refusal(forged(claims(role="staff"))) == "malformed"
    assert refusal(forged(claims(role="staff", staff="ana", until="soon"))) == "malformed"


@pytest.mark.parametrize("token", HOSTILE)
def test_what_is_no_token_opens_nothing(token: Any) -> None:
    assert refusal(token) == "malformed"


@pytest.mark.parametrize(
    "changes",
    [{"jti": "x"}, {"jti": None}, {"jti": "a" * 16 + "'"}, {"exp": 2**40}, {"iat": True}, {"role": "admin"}, {"sub": 2},
     {"copy": 0}, {"exp": "9"}, {"iat": 1.5}],
)  # fmt: skip
def test_a_claim_of_another_shape_opens_nothing_even_signed(changes: dict[str, Any]) -> None:
    assert isinstance(refusal(forged(claims())), dict)
    assert refusal(forged(claims(**changes))) == "malformed"


def test_only_the_panels_key_and_algorithm_count() -> None:
    stranger = Ed25519PrivateKey.generate()
    assert refusal(forged(claims(), stranger)) == "signature"
    assert refusal(forged(claims(), kid="other")) == "signature"
    assert refusal(forged(claims(), kid=None)) == "signature"
    assert [refusal(forged(claims(), alg=alg)) for alg in ("none", "HS256", None, "EdDSA")] == ["malformed"] * 4
    assert refusal(forged(claims(), crit=["exp"])) == "malformed"
    token = access_tokens.sign("sol", "marta@sol.do", "owner")
    head, body, signature = token.split(".")
    other = base64.urlsafe_b64encode(json.dumps(claims(sub="admin")).encode()).decode().rstrip("=")
    assert refusal(f"{head}.{other}.{signature}") == "signature"
    assert refusal(f"{head}.{body}.{signature[:-4]}") == "signature"
    assert refusal(token, keys={}) == "no_key"


def test_a_new_secret_is_a_new_key_and_several_are_known_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    token, before = access_tokens.sign("sol", "m", "owner"), access_tokens.public_line()
    monkeypatch.setenv("JWT_SECRET_KEY", "otras-palabras-de-pruebas-bastante-largas")
    settings.cache_clear()
    after = access_tokens.public_line()
    assert before.split()[:2] != after.split()[:2]
    assert refusal(token) == "signature"
    both = tokens.read_keys(f"# comment\n{before}\nnonsense\nshort AAAA\nbad {'!' * 43} x\n{after}\n")
    assert len(both) == 2
    assert isinstance(refusal(token, keys=both), dict)
