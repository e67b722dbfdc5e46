"""What is sealed opens for its place only, and a new key takes over while the old one still opens."""

import pytest

from domain import secret_box
from domain.settings import settings


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, "la-primera-llave-0123456789-0123456789")


def _use(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.setenv("SECRETS_KEY", words)
    settings.cache_clear()


def test_what_is_sealed_opens_and_two_seals_of_one_secret_differ() -> None:
    first, second = secret_box.seal("JBSWY3DPEHPK3PXP", "totp:7"), secret_box.seal("JBSWY3DPEHPK3PXP", "totp:7")
    assert first != second
    assert "JBSWY3DPEHPK3PXP" not in first
    assert secret_box.unseal(first, "totp:7") == secret_box.unseal(second, "totp:7") == "JBSWY3DPEHPK3PXP"


@pytest.mark.parametrize("change", ["place", "data", "cut", "nothing", "other key"])
def test_what_was_changed_or_swapped_does_not_open(monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    sealed, place = secret_box.seal("secreto", "totp:7"), "totp:7"
    if change == "place":
        place = "totp:8"
    elif change == "data":
        sealed = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    elif change == "cut":
        sealed = sealed[:-20]
    elif change == "nothing":
        sealed = ""
    else:
        _use(monkeypatch, "una-llave-de-otros-0123456789-0123456789")
    with pytest.raises(secret_box.Unreadable):
        secret_box.unseal(sealed, place)


def test_a_new_key_seals_and_the_old_one_still_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = secret_box.seal("secreto", "x")
    assert not secret_box.outdated(sealed)
    _use(monkeypatch, "la-llave-nueva-0123456789-0123456789, la-primera-llave-0123456789-0123456789")
    assert secret_box.unseal(sealed, "x") == "secreto"
    assert secret_box.outdated(sealed)
    assert not secret_box.outdated(secret_box.seal("secreto", "x"))
