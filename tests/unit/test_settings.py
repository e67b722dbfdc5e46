"""Configuration: documented whole, and weak secrets are named."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from domain.settings import Settings

EXAMPLE = Path(__file__).parent.parent.parent / ".env.example"
LINE = re.compile(r"^([A-Z_]+)=(.*)$")


def documented() -> dict[str, str]:
    return dict(match.groups() for line in EXAMPLE.read_text().splitlines() if (match := LINE.match(line)))  # type: ignore[misc]


def test_every_setting_is_documented_and_nothing_else_is() -> None:
    assert set(documented()) == {name.upper() for name in Settings.model_fields}


def test_the_documented_values_are_the_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in documented():
        monkeypatch.delenv(name, raising=False)
    plain = Settings()
    for name, value in documented().items():
        default = getattr(plain, name.lower())
        shown = default.get_secret_value() if hasattr(default, "get_secret_value") else default
        text = f"{shown:g}" if isinstance(shown, float) else str(shown if shown is not None else "")
        assert text == value, name


def test_each_setting_has_a_comment_above_its_group() -> None:
    lines = EXAMPLE.read_text().splitlines()
    for index, line in enumerate(lines):
        if LINE.match(line):
            above = [text for text in lines[max(0, index - 3) : index] if text.startswith("#")]
            assert above, f"{line} has no comment near it"


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("ADMIN_PASSWORD", "admin123", "well-known"),
        ("ADMIN_PASSWORD", "", "missing"),
        ("JWT_SECRET_KEY", "short", "too short"),
        ("JWT_SECRET_KEY", "changeme-changeme-changeme-changeme", "well-known"),
        ("STRIPE_WEBHOOK_SECRET", "", "missing"),
    ],
)
def test_weak_secrets_are_named(
    configured: str, monkeypatch: pytest.MonkeyPatch, name: str, value: str, word: str
) -> None:
    assert Settings().weaknesses() == []
    monkeypatch.setenv(name, value)
    assert any(sentence.startswith(name) and word in sentence for sentence in Settings().weaknesses())


PUBLIC = {
    "APP_URL": "https://alta.do", "TRUSTED_PROXIES": "10.0.0.1", "STAFF_SECOND_FACTOR": "True", "STRIPE_API_URL": "",
    "STRIPE_SECRET_KEY": "sk_test_0123456789abcdefghij",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APP_URL", "http://alta.do"),
        ("TRUSTED_PROXIES", ""),
        ("STAFF_SECOND_FACTOR", "False"),
        ("STRIPE_API_URL", "http://127.0.0.1:9000"),
        ("STRIPE_SECRET_KEY", "sk_test_4eC39HqLyjWDarjtT1zdp7dc"),  # pragma: allowlist secret
        ("SECRETS_KEY", ""),
        ("DATABASE_URL", "postgresql://alta:x@db.alta.do/alta"),  # pragma: allowlist secret
        ("JWT_SECRET_KEY", "una-buena-0123456789-0123456789-0123,corta"),
    ],
)
def test_what_is_for_ones_own_machine_does_not_start_where_others_come(
    configured: str, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    for variable, good in PUBLIC.items():
        monkeypatch.setenv(variable, good)
    assert Settings().weaknesses() == []
    monkeypatch.setenv(name, value)
    assert any(sentence.startswith(name) for sentence in Settings().weaknesses())


def test_keys_may_come_from_a_file(configured: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "llaves").write_text("la-primera-0123456789-0123456789-01\n\nla-segunda-0123456789-0123456789-01\n")
    monkeypatch.setenv("SECRETS_KEY_FILE", str(tmp_path / "llaves"))
    assert Settings().secrets_keys == ["la-primera-0123456789-0123456789-01", "la-segunda-0123456789-0123456789-01"]
    assert Settings().weaknesses() == []


@pytest.mark.parametrize("name", ["HOOK_NETWORKS", "TRUSTED_PROXIES"])
@pytest.mark.parametrize("value", ["10.0.0.0/8x", "*", "todas", "10.0.0.1,*"])
def test_networks_are_networks(configured: str, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        Settings()
