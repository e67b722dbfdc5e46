"""PostgreSQL: one engine a process, and `transaction()`, the only place that commits.

Everything here is synchronous: pages call it through `run.io_bound`, routes are plain `def`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT
from sqlalchemy import Engine, create_engine, make_url, text
from sqlmodel import Session

_engine: Engine | None = None
_url = ""


def configure(url: str, *, pool_size: int = 16) -> None:
    """Points this process at `url` (postgresql://…). Connections are opened when needed."""
    global _engine, _url  # noqa: PLW0603 - one engine a process is the point
    dispose()
    _url = url
    address = make_url(url.replace("postgresql://", "postgresql+psycopg2://", 1))
    _engine = create_engine(
        address,
        pool_size=pool_size,
        max_overflow=32,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={
            "connect_timeout": 5,
            "application_name": "alta",
            # Moments are read in the session's zone, which a server may take from its machine; ours are UTC.
            "options": f"{address.query.get('options', '')} -c timezone=UTC".strip(),
        },
    )


def dispose() -> None:
    """Closes every pooled connection."""
    if _engine is not None:
        _engine.dispose()


def engine() -> Engine:
    """The engine; `configure` must have been called."""
    if _engine is None:
        raise RuntimeError("database.configure(url) was not called")
    return _engine


def url() -> str:
    """The address given to `configure`."""
    return _url


@contextmanager
def transaction() -> Iterator[Session]:
    """A session whose work is committed as a whole when the block ends well, and undone otherwise."""
    with Session(engine(), expire_on_commit=False) as session:
        yield session
        session.commit()


@contextmanager
def reading() -> Iterator[Session]:
    """A session for looking; nothing done in it is kept."""
    with Session(engine(), expire_on_commit=False) as session:
        yield session


def notify(session: Session, *topics: str) -> None:
    """Tells every process, when the transaction commits, to look at `topics` again (see `notices`)."""
    session.execute(
        text("select pg_notify('alta', topic) from unnest(cast(:topics as text[])) as topic"), {"topics": list(topics)}
    )


def listening_connection() -> Any:
    """A connection of its own, in autocommit, already listening to the channel `alta`."""
    # Keepalives: on a cut that nobody reports it would otherwise listen to nothing for two hours.
    connection = psycopg2.connect(
        _url,
        connect_timeout=5,
        application_name="alta-notices",
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
    )
    connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    with connection.cursor() as cursor:
        cursor.execute("listen alta")
    return connection


def alive() -> bool:
    """True when the database answers a query now."""
    try:
        with engine().connect() as connection:
            connection.execute(text("select 1"))
    except Exception:  # noqa: BLE001 - any reason is a no
        return False
    return True
