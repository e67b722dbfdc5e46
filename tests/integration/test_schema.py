"""The migrated schema is the models' schema; migrating again changes nothing."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlmodel import SQLModel

from domain import database, schema


def theirs(name: str | None, kind: str) -> bool:
    return kind == "table" and (name or "").startswith("procrastinate_")


def test_the_revisions_make_what_the_models_say(configured: str) -> None:
    with database.engine().connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _parents: not theirs(name, kind)}
        )
        assert compare_metadata(context, SQLModel.metadata) == []


def test_migrating_twice_is_migrating_once(configured: str) -> None:
    schema.migrate(configured)
    assert schema.current() == schema.newest()
