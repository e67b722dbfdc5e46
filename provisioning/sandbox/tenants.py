"""What the stand-in's web side knows of a tenant: read from PostgreSQL at each request, as a fresh Odoo would."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

_NAME = re.compile(r"[a-z][a-z0-9-]{2,30}")
_HASH = re.compile(r"\$pbkdf2-sha512\$(\d{1,8})\$([./A-Za-z0-9]+)\$([./A-Za-z0-9]+)")


@dataclass(frozen=True)
class Tenant:
    """One that is ready."""

    name: str
    company: str


class Tenants:
    """Looks into the server at `database_url`, which must be a superuser's; `web`: what the scripts leave for nginx."""

    def __init__(self, database_url: str, web: Path) -> None:
        self._url = database_url
        self._web = web

    def name_for(self, host: str) -> str:
        """The tenant that a host name leads to: by the map of own domains, else by its first label."""
        host = host.lower()
        own = self._web / "domains.map"
        rows = own.read_text().splitlines() if own.exists() else []
        known = dict(row.rstrip(";").split(" ") for row in rows)
        return known.get(host, host.split(".")[0])

    def closed_page(self, name: str) -> str | None:
        """What a visitor of a closed tenant reads, as nginx would serve it; None where it is open."""
        page = self._web / "closed" / f"{name}.html"
        return page.read_text() if _NAME.fullmatch(name) and page.exists() else None

    async def find(self, name: str) -> Tenant | None:
        """The tenant, or None when there is none or it is not finished. Raises psycopg.OperationalError."""
        if not _NAME.fullmatch(name):
            return None
        found = await self._rows(
            None, "select shobj_description(oid, 'pg_database') from pg_database where datname = %s", name
        )
        try:
            state = json.loads(found[0][0])["alta"]["state"]
        except (IndexError, TypeError, KeyError, ValueError):
            return None
        if state != "ready":
            return None
        companies = await self._rows(name, "select name from res_company order by id limit 1")
        return Tenant(name, companies[0][0])

    async def lets_in(self, tenant: Tenant, login: str, password: str) -> bool:
        """Whether Odoo would accept this login: an active user whose stored hash fits."""
        found = await self._rows(tenant.name, "select password from res_users where active and login = %s", login)
        stored = (found[0][0] if found else None) or ""
        return await asyncio.to_thread(verify, password, stored)

    async def _rows(self, database: str | None, query: str, *values: str) -> list[tuple[Any, ...]]:
        more = {"dbname": database} if database else {}
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True, **more) as connection:  # type: ignore[arg-type]
            return await (await connection.execute(query.encode(), values)).fetchall()


def verify(password: str, stored: str) -> bool:
    """Checks `$pbkdf2-sha512$ROUNDS$SALT$CHECKSUM` (passlib's format, its base64 has `.` for `+` and no padding)."""
    parts = _HASH.fullmatch(stored)
    if parts is None:
        return False
    salt, checksum = (base64.b64decode(part.replace(".", "+") + "=" * (-len(part) % 4)) for part in parts.groups()[1:])
    return hmac.compare_digest(hashlib.pbkdf2_hmac("sha512", password.encode(), salt, int(parts[1])), checksum)
