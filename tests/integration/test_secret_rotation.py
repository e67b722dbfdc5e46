"""`main.py secrets rotate`: what was sealed with the old key opens with the new one alone."""

from pathlib import Path

import asyncssh
import pytest
from sqlmodel import select

from domain import database, factors, secret_box, secret_rotation
from domain.models import AuditEntry, Authenticator
from domain.settings import settings
from provisioning.host import key_pair, read_key
from tests.integration.web_stand import person, prove

NEW = "la-llave-nueva-de-pruebas-0123456789-0123456789"


def _use(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.setenv("SECRETS_KEY", words)
    settings.cache_clear()


def test_everything_opens_with_the_new_key_alone(
    configured: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys = tmp_path / "node_keys"
    account = prove(person("marta@sol.do"))
    begun = factors.begin(account.id or 0)
    public = key_pair(keys / "nodo-a", "alta-nodo-a")
    plain = asyncssh.generate_private_key("ssh-ed25519")
    (keys / "nodo-b").write_bytes(plain.export_private_key())
    assert "PRIVATE KEY" not in (keys / "nodo-a").read_text()
    _use(monkeypatch, f"{NEW},{settings().secrets_keys[0]}")
    assert secret_rotation.rotate() == {"authenticator": 1, "hook_endpoint": 0, "node keys": 2}
    assert set(secret_rotation.rotate().values()) == {0}
    _use(monkeypatch, NEW)
    with database.reading() as session:
        row = session.exec(select(Authenticator)).one()
        assert secret_box.unseal(row.secret, f"totp:{account.id}") == begun.secret
        assert "secrets.rotate" in session.exec(select(AuditEntry.action)).all()
    assert key_pair(keys / "nodo-a", "alta-nodo-a") == public
    assert read_key(keys / "nodo-b").export_public_key() == plain.export_public_key()
    assert all(file.stat().st_mode & 0o077 == 0 for file in keys.iterdir())


def test_without_the_old_key_nothing_is_lost(configured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    factors.begin(prove(person("marta@sol.do")).id or 0)
    before = settings().secrets_keys[0]
    _use(monkeypatch, NEW)
    with pytest.raises(secret_box.Unreadable):
        secret_rotation.rotate()
    _use(monkeypatch, before)
    assert set(secret_rotation.rotate().values()) == {0}
