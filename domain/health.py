"""Is the machinery alive? What `/readyz` asks."""

from sqlalchemy import text

from domain import database, schema
from domain.settings import settings

_FRESH = text(
    "select exists(select 1 from procrastinate_workers where last_heartbeat > now() - make_interval(secs => :seconds))"
)


def database_alive() -> bool:
    """True when PostgreSQL answers now."""
    return database.alive()


def schema_current() -> bool:
    """True when the database has the schema that this code needs; False also where nobody can tell."""
    try:
        return schema.current() == schema.newest()
    except Exception:  # noqa: BLE001 - any reason is a no
        return False


def worker_alive() -> bool:
    """True when some worker gave a sign of life within `stalled_after` seconds."""
    try:
        with database.reading() as session:
            return bool(session.execute(_FRESH, {"seconds": settings().stalled_after}).scalar_one())
    except Exception:  # noqa: BLE001 - any reason is a no
        return False
