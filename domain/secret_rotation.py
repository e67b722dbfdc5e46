"""After SECRETS_KEY got a new first key: everything that is sealed is sealed anew with it."""

import os
from collections.abc import Callable
from typing import Any

from sqlmodel import SQLModel, col, select

from domain import audit, database, secret_box
from domain.models import Authenticator, HookEndpoint
from domain.settings import settings

# Each place where the database keeps something sealed: its table, its column, and what a row's seal is bound to.
SEALED: tuple[tuple[type[SQLModel], str, Callable[[Any], str]], ...] = (
    (Authenticator, "secret", lambda row: f"totp:{row.account_id}"),
    (HookEndpoint, "secret", lambda row: f"hook:{row.id}"),
)


def rotate() -> dict[str, int]:
    """How many were sealed anew, by place. Raises Unreadable, and changes nothing in the database then."""
    done = {}
    with database.transaction() as session:
        for table, column, place in SEALED:
            old = [
                row
                for row in session.exec(select(table).order_by(col(_key(table)))).all()
                if getattr(row, column) and secret_box.outdated(getattr(row, column))
            ]
            for row in old:
                setattr(row, column, secret_box.seal(secret_box.unseal(getattr(row, column), place(row)), place(row)))
                session.add(row)
            done[str(table.__tablename__)] = len(old)
        done["node keys"] = _files()
        audit.record(session, actor="sistema", action="secrets.rotate", target="service:1", **done)
    return done


def _key(table: Any) -> Any:
    return next(iter(table.__table__.primary_key.columns))


def _files() -> int:
    """Key files of nodes, those that were never sealed too; each is replaced whole."""
    folder = (settings().node_keys or settings().data_dir / "node_keys").resolve()
    old = [file for file in sorted(folder.glob("*")) if file.is_file() and not file.name.startswith(".")]
    old = [file for file in old if secret_box.outdated(file.read_text(encoding="utf-8").strip())]
    for file in old:
        fresh = file.with_name(f".{file.name}.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secret_box.seal(secret_box.opened(file), secret_box.key_place(file)), encoding="utf-8")
        fresh.replace(file)
    return len(old)
