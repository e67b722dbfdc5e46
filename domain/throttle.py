"""Counting tries in PostgreSQL, so that all processes share one limit."""

import hashlib
import ipaddress
from dataclasses import dataclass

from sqlalchemy import text

from domain import database
from domain.errors import TooMany


@dataclass(frozen=True)
class Limit:
    """At most `tries` in `seconds`, counted in a window that starts with the first."""

    name: str
    tries: int
    seconds: int


# One statement: concurrent tries are counted one after the other, whatever process they are in.
_TAKE = text(
    "insert into throttle as t (key, count, since) values (:key, 1, now()) on conflict (key) do update set "
    "count = case when t.since < now() - make_interval(secs => :seconds) then 1 else t.count + 1 end, "
    "since = case when t.since < now() - make_interval(secs => :seconds) then now() else t.since end "
    "returning count, ceil(extract(epoch from since + make_interval(secs => :seconds) - now()))::int"
)
_GIVE_BACK = text("update throttle set count = greatest(count - 1, 0) where key = :key")
_FORGET = text("delete from throttle where key = :key")
_FORGET_OLD = text("delete from throttle where since < now() - interval '1 day'")


def take(limit: Limit, *about: str) -> None:
    """Counts a try; raises TooMany when it is one too many. Kept even where the caller's own work is undone."""
    with database.transaction() as session:
        count, wait = session.execute(_TAKE, {"key": _key(limit, about), "seconds": limit.seconds}).one()
    if count > limit.tries:
        minutes = max(1, round(wait / 60))
        when = "un minuto" if minutes == 1 else f"{minutes} minutos"
        raise TooMany(f"Demasiados intentos. Vuelve a probar dentro de {when}.", retry_after=max(1, wait))


def give_back(limit: Limit, *about: str) -> None:
    """The try was a good one: it does not count."""
    with database.transaction() as session:
        session.execute(_GIVE_BACK, {"key": _key(limit, about)})


def forget(limit: Limit, *about: str) -> None:
    """Starts counting anew; keys that nobody used for a day go as well."""
    with database.transaction() as session:
        session.execute(_FORGET, {"key": _key(limit, about)})
        session.execute(_FORGET_OLD)


def network(address: str) -> str:
    """What one person's address is counted as: IPv4 whole, IPv6 by its /64, since each home has one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _key(limit: Limit, about: tuple[str, ...]) -> str:
    """Hashed: a key holds whatever a stranger typed, of any length."""
    return f"{limit.name}:{hashlib.sha256(chr(0).join(about).encode()).hexdigest()}"
