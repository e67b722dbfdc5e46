"""Shared by every test: a real PostgreSQL, and a fresh migrated database for each test that asks for one."""

import functools
import itertools
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from domain import database, embedded, schema
from domain.settings import settings

SECRETS = {
    "STRIPE_SECRET_KEY": "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
    "STRIPE_WEBHOOK_SECRET": "whsec_pruebas0123456789abcdef",
    "JWT_SECRET_KEY": "pruebas-0123456789-0123456789-0123456789",
    "SECRETS_KEY": "sellos-de-pruebas-0123456789-0123456789",
    "STAFF_SECOND_FACTOR": "False",  # what asks for it has tests of its own
    "ADMIN_USERNAME": "admin",
    "ADMIN_PASSWORD": "una-clave-de-pruebas",
    "BASE_DOMAIN": "localhost",
    "TENANT_SCHEME": "http",
    "STRIPE_API_URL": "http://127.0.0.1:9",  # nobody is there: no test reaches Stripe itself
}
_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Admin URL of an embedded PostgreSQL that lives as long as this test process."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    # Not pytest's own directory: as root the server runs as another user, and a second run shuts that one off.
    directory = Path(tempfile.mkdtemp(prefix="alta-pg-"))
    directory.chmod(0o755)
    with embedded.server(directory) as url:
        _spare_the_disk(url)
        yield url
    shutil.rmtree(directory, ignore_errors=True)


def _spare_the_disk(url: str) -> None:
    """A server that lives for one test run need not survive a power cut; killing it loses nothing all the same."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg2://", 1), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("alter system set fsync = off"))
        connection.execute(text("select pg_reload_conf()"))
    engine.dispose()


@functools.cache
def migrated(admin_url: str) -> str:
    """Name of a migrated database to clone: much faster than migrating for each test."""
    name = f"plantilla_{uuid.uuid4().hex[:8]}"
    schema.migrate(schema.create_database(admin_url, name))
    return name


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """URL of a fresh, migrated database; dropped afterwards."""
    name = f"prueba_{os.getpid()}_{next(_numbers)}"
    yield schema.create_database(postgres_url, name, template=migrated(postgres_url))
    engine = create_engine(
        postgres_url.replace("postgresql://", "postgresql+psycopg2://", 1), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(f'drop database if exists "{name}" with (force)'))
    engine.dispose()


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> Iterator[str]:
    """`domain` pointed at a fresh database with test secrets in the environment; yields the database's URL."""
    monkeypatch.chdir(tmp_path)
    for name, value in {**SECRETS, "DATABASE_URL": database_url, "DATA_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    database.configure(database_url)
    yield database_url
    database.dispose()
    settings.cache_clear()
