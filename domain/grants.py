"""What the application's own database role may do: everything it needs, and nothing to what is on record.

The role that owns the tables migrates them; another one, which owns nothing, serves. It can read the audit and add to
it; that it cannot change it is then PostgreSQL's word and not only a trigger's.
"""

import re

from sqlalchemy import text

from domain import database

RECORD = ("audit_entry", "audit_seal")
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class NoSuchRole(Exception):
    """The database has no role of that name, or the name is none."""


def grant(role: str) -> None:
    """Gives an existing role what the application needs; safe to call again, as after each migration.

    Raises NoSuchRole.
    """
    if not _NAME.fullmatch(role):
        raise NoSuchRole(role)
    with database.transaction() as session:
        if session.execute(text("select 1 from pg_roles where rolname = :role"), {"role": role}).first() is None:
            raise NoSuchRole(role)
        for statement in _statements(role):
            session.execute(text(statement))


def _statements(role: str) -> list[str]:
    # `role` is a checked name: identifiers cannot be parameters.
    record = ", ".join(RECORD)
    return [
        f'grant usage on schema public to "{role}"',
        f'grant select, insert, update, delete on all tables in schema public to "{role}"',
        f'grant usage, select on all sequences in schema public to "{role}"',
        f'grant execute on all functions in schema public to "{role}"',
        f'revoke update, delete, truncate on {record} from "{role}"',
        f'revoke insert, update, delete on alembic_version from "{role}"',
    ]


def owns_the_record() -> bool:
    """Whether the role that we are connected as could switch off what protects the audit."""
    query = text(
        "select pg_has_role(current_user, relowner, 'member') from pg_class where relname = 'audit_entry' "
        "and relnamespace = 'public'::regnamespace"
    )
    with database.reading() as session:
        return bool(session.execute(query).scalar_one())
