"""The role that serves can do its work, and cannot change what is on record: PostgreSQL says no before any trigger."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlmodel import select

from domain import accounts, audit, database, grants, letters, new_passwords
from domain.errors import Invalid
from domain.models import AuditEntry
from domain.settings import settings
from tests.integration import web_stand
from tests.integration.web_stand import WORDS, another, browser, log_in, owner

ROLE = "alta_sirve"


@pytest.fixture
def serving(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """`domain` connected as a role that owns nothing."""
    owner()
    with database.transaction() as session:
        session.execute(text(f"drop role if exists {ROLE}"))
        session.execute(text(f"create role {ROLE} login password 'una-de-pruebas'"))
    grants.grant(ROLE)
    grants.grant(ROLE)
    assert grants.owns_the_record()
    url = f"postgresql://{ROLE}:una-de-pruebas@{configured.partition('@')[2]}"
    monkeypatch.setenv("DATABASE_URL", url)
    settings.cache_clear()
    database.configure(url)
    yield url
    database.configure(configured)
    with database.transaction() as session:
        session.execute(text(f"drop owned by {ROLE}"))
        session.execute(text(f"drop role {ROLE}"))


def test_the_application_works_as_it(serving: str) -> None:
    with browser() as client:
        assert log_in(client, "marta@sol.do").headers["location"] == "/tenant/portal"
        program = another(client)
        assert program.post("/api/auth/token", json={"username": "marta@sol.do", "password": WORDS}).status_code == 200
    with database.transaction() as session:
        letters.write(session, "security", "marta@sol.do", {"words": "x"})
        audit.record(session, actor="x", action="y", target="z:1")
    with database.reading() as session:
        assert "y" in session.exec(select(AuditEntry.action)).all()
    assert not grants.owns_the_record()


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entry set actor = 'nadie'",
        "delete from audit_entry",
        "truncate audit_entry",
        "delete from audit_seal",
        "alter table audit_entry disable trigger all",
        "drop trigger audit_entry_stays on audit_entry",
        "set session_replication_role = replica",
        "update alembic_version set version_num = '0001'",
        "drop table audit_entry cascade",
    ],
)
def test_what_is_on_record_is_beyond_it(serving: str, statement: str) -> None:
    engine = create_engine(serving.replace("postgresql://", "postgresql+psycopg2://", 1))
    with engine.connect() as connection, pytest.raises(ProgrammingError) as refused:
        connection.execute(text(statement))
    engine.dispose()
    assert "permission denied" in str(refused.value) or "must be owner" in str(refused.value)


@pytest.mark.parametrize("role", ["nadie_hay", 'x"; drop table audit_entry; --', ""])
def test_only_roles_that_are_there(configured: str, role: str) -> None:
    with pytest.raises(grants.NoSuchRole):
        grants.grant(role)


def test_the_first_password_is_not_needed_twice(configured: str) -> None:
    account = owner()
    with pytest.raises(Invalid):
        new_passwords.change_password(account.id or 0, "otra cosa", "palabras nuevas aquí", by="marta@sol.do")
    with pytest.raises(Invalid):
        new_passwords.change_password(account.id or 0, WORDS, "odoo-2026!!", by="marta@sol.do")
    session_id = web_stand.open_session(account.id or 0)
    new_passwords.change_password(account.id or 0, WORDS, "palabras nuevas aquí", by="marta@sol.do")
    assert accounts.identity(session_id) is None
    assert accounts.authenticate("marta@sol.do", "palabras nuevas aquí", "10.0.0.1") == account.id
