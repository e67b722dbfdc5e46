"""A business of any size in a scratch database: what `bench admin` measures pages against."""

from pathlib import Path

from sqlalchemy import text

from domain import database

SCRIPT = Path(__file__).with_suffix(".sql")


def business(tenants: int) -> None:
    """Fills the configured, empty database: `tenants` customers, each with tenant, subscription, job and two events."""
    statements = [part for part in SCRIPT.read_text(encoding="utf-8").split(";\n") if part.strip()]
    with database.transaction() as session:
        for statement in statements:
            session.execute(text(statement), {"tenants": tenants} if ":tenants" in statement else {})
    with database.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
