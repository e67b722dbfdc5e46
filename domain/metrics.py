"""The business in figures: what the overview, the metrics route and the landing say. Nothing here is estimated."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from domain import database
from domain.recent import recent

ENOUGH = 20  # samples below which a median says nothing to a visitor
DAYS = 30


@dataclass(frozen=True)
class ReadyTime:
    """Seconds from the order's payment to the first answer of its /web/login, over the last 30 days."""

    count: int
    p50: float
    p95: float


_READY = text(
    "select count(*), percentile_cont(0.5) within group (order by took), "
    "percentile_cont(0.95) within group (order by took) "
    "from (select extract(epoch from ready_at - requested_at) as took from tenant "
    "where ready_at > now() - make_interval(days => :days) and requested_at is not null) as sample"
)


def _ready(session: Session) -> ReadyTime:
    count, p50, p95 = session.execute(_READY, {"days": DAYS}).one()
    return ReadyTime(int(count), float(p50 or 0), float(p95 or 0))


@recent(5)
def ready_time() -> ReadyTime | None:
    """The measured time to ready, up to 5 s old; None while there are fewer than 20 samples."""
    with database.reading() as session:
        measured = _ready(session)
    return measured if measured.count >= ENOUGH else None
