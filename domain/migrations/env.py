"""Alembic's entry: runs the revisions on the URL that `domain.schema` hands over, under an advisory lock."""

from alembic import context
from sqlalchemy import create_engine, pool, text
from sqlmodel import SQLModel

import domain.models  # noqa: F401 - fills the metadata

# Any number that no other program on this database uses: two processes that migrate at once take turns.
LOCK = 4443_0001


def include(name: str | None, kind: str, _parents: object) -> bool:
    """Procrastinate's tables are its own business."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    connection.execute(text("select pg_advisory_lock(:key)"), {"key": LOCK})
    connection.commit()
    context.configure(connection=connection, target_metadata=SQLModel.metadata, include_name=include)
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text("select pg_advisory_unlock(:key)"), {"key": LOCK})
    connection.commit()
