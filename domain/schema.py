"""The schema: created and moved forward by Alembic only."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text

from domain import database, embedded

MIGRATIONS = Path(__file__).parent / "migrations"


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url.replace("postgresql://", "postgresql+psycopg2://", 1)
    return config


def migrate(url: str) -> None:
    """Brings the database at `url` to the newest version; several processes may call it at once."""
    command.upgrade(_config(url), "head")


def create_database(admin_url: str, name: str, *, template: str | None = None) -> str:
    """Creates `name` on the server of `admin_url` unless it is there; returns its URL."""
    engine: Engine = create_engine(
        admin_url.replace("postgresql://", "postgresql+psycopg2://", 1), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        there = connection.execute(text("select 1 from pg_database where datname = :name"), {"name": name}).first()
        if there is None:
            quoted = connection.dialect.identifier_preparer.quote(name)
            source = f" template {connection.dialect.identifier_preparer.quote(template)}" if template else ""
            connection.execute(text(f"create database {quoted}{source}"))
    engine.dispose()
    return embedded.with_database(admin_url, name)


def newest() -> str:
    """The revision that this code needs."""
    head = ScriptDirectory.from_config(_config("")).get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations")
    return head


def current() -> str | None:
    """The revision that the configured database has; None where nothing was ever migrated."""
    with database.engine().connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
